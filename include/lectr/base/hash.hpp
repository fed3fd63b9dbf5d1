// Hash of a text, for tables in memory: fast for short names, and seeded anew in each process, so that nobody outside can choose texts that meet in one
// place. Never for what is stored, sent, or must be the same elsewhere.
#pragma once

#include <cstdint>
#include <string_view>

namespace lectr {

std::uint64_t hash_text(std::string_view text) noexcept;

}  // namespace lectr
