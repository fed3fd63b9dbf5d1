// Numbers in peers' texts, without exceptions and without locale.
#pragma once

#include <cstdint>
#include <string_view>

namespace lectr::wire {

// More tokens than any request has; larger claims are cut to it, so that sums of a few counts can't overflow.
inline constexpr std::int64_t kMaxCount = 1'000'000'000'000'000;

// A JSON number as a count: "12", "12.0", "1.2e1". -1: negative, no whole number, or no number.
std::int64_t parse_count(std::string_view text) noexcept;

// "46s", "1.5s", "250ms", "1h2m3s" in ms; -1: none of these.
std::int64_t parse_duration_ms(std::string_view text) noexcept;

}  // namespace lectr::wire
