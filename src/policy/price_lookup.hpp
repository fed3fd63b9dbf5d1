// Finds the price of a model at a time: exact name, then as a snapshot or variant of a known one.
#pragma once

#include <cstdint>
#include <string_view>

#include "lectr/config/snapshot.hpp"

namespace lectr::policy {

struct PriceHit {
  const config::ModelPrice* price = nullptr;
  bool alias = false;
};  // lives as long as the table

// A provider that resells others (PriceTable::fallbacks) is asked first, then those. No allocation.
PriceHit find_price(const config::PriceTable& table, std::string_view provider, std::string_view model, std::int64_t at_us) noexcept;

}  // namespace lectr::policy
