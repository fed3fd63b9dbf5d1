// From rows to what the hot path knows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "control_states.hpp"
#include "latency_watch.hpp"
#include "lectr/config/snapshot.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::app {

// Resolves "env:NAME" and "file:/path" (first line, white space trimmed). Empty when there is none; never logs the value.
Secret resolve_credential(const std::string& reference);

// Whether an org's own admin may name this reference. An org also says where its provider is, so it must not reach other secrets of the
// machine: variables that end in _API_KEY, and files right in /run/secrets or the state folder's "secrets". Operators, on the command line, may
// name anything.
bool org_may_name(std::string_view reference, std::string_view state_dir);
// The same for channels of alerts, which may also name variables that end in _WEBHOOK_URL or _WEBHOOK_SECRET.
bool alert_may_name(std::string_view reference, std::string_view state_dir);

// The ids of the keys that the state's limits name, of these keys of its org; null: it names none.
std::shared_ptr<const config::LimitKeys> limit_keys(const config::Control& control, std::uint64_t version, const std::vector<store::KeyRow>& keys,
                                                    OrgId org);

std::shared_ptr<const config::Snapshot> build_snapshot(std::uint64_t version, std::shared_ptr<const config::Registry> registry,
                                                       std::shared_ptr<const config::PriceTable> prices, const store::Control& control,
                                                       const ControlStates& states = {}, const SwitchedRules& switched = {});

}  // namespace lectr::app
