// From rows to what the hot path knows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lectr/config/snapshot.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::app {

// Resolves "env:NAME" and "file:/path" (first line, white space trimmed). Empty when there is none; never logs the value.
Secret resolve_credential(const std::string& reference);

std::shared_ptr<const config::Snapshot> build_snapshot(std::uint64_t version, std::shared_ptr<const config::Registry> registry,
                                                       std::shared_ptr<const config::PriceTable> prices, const store::Control& control);

}  // namespace lectr::app
