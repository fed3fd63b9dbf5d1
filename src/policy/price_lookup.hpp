// Finds the price of a model at a time: exact name, then as a snapshot or variant of a known one.
#pragma once

#include <cstdint>
#include <string_view>

#include "lectr/policy/price.hpp"

namespace lectr::policy {

// A provider that resells others (PriceTable::fallbacks) is asked first, then those. No allocation.
Listed find_listed(const config::PriceTable& table, std::string_view provider, std::string_view model) noexcept;
// The one that holds then; null: none does.
const config::ModelPrice* price_at(const Listed& listed, std::int64_t at_us) noexcept;

}  // namespace lectr::policy
