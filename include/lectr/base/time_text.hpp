// Times as text: RFC 3339, UTC, microseconds ("2026-11-19T14:29:31.418000Z"). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lectr {

std::string to_rfc3339(std::int64_t unix_us);
// Any offset, up to 9 fractional digits (cut to microseconds); years 1970 to 9999. Leap seconds are refused.
std::optional<std::int64_t> parse_rfc3339(std::string_view text) noexcept;

}  // namespace lectr
