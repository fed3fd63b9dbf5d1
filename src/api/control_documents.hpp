// What the endpoints of the control state share: versions, documents that are looked at before they are taken, and what is different between two.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "api/context.hpp"
#include "api/json.hpp"
#include "lectr/config/control.hpp"
#include "lectr/config/control_changes.hpp"

namespace lectr::api {

inline constexpr std::size_t kMaxDocumentBytes = 1u << 20;

// Version 0: what there is before the first change.
store::ControlStateRow no_control_state();
// The newest, or the one asked for.
Result<store::ControlStateRow> control_state_of(const Call& call, std::optional<std::int64_t> version = {});
// A document that was stored, as JSON. One that does not read is null.
Json document_of(const store::ControlStateRow& state);
std::vector<config::Change> difference(const store::ControlStateRow& before, const store::ControlStateRow& after);

Json problem_list(const config::Problems& problems);

}  // namespace lectr::api
