// The CSV files of `lectr detect --csv`: a header, then rows of timestamp and value, or of a window's start and end. Line by line. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lectr/base/result.hpp"

namespace lectr::insight {

// "2026-11-19 14:29:31", with fraction or offset; RFC 3339; a day alone; seconds since 1970. Without an offset it is taken as UTC.
std::optional<std::int64_t> parse_any_time(std::string_view text) noexcept;

// Where two named columns are. They may be quoted and in any place; where neither name is found the first two columns are taken.
struct AnyColumns {
  std::size_t first = 0, second = 1;
};
inline constexpr std::size_t kAnyLongestLine = 4096;
// Fails on a line with fewer than two columns, and on one that is a row already: its record would be lost.
Result<AnyColumns> read_any_header(std::string_view line, std::string_view first, std::string_view second) noexcept;

struct AnyRow {
  std::string_view timestamp;  // as it came, without quotes; a part of the line
  std::int64_t unix_seconds = 0;
  std::optional<double> value;  // none: missing (empty, nan, null), which is no error
};
// The error's text says what is wrong; the caller knows the line's number. Line ends (\r) and blanks around fields are left out.
Result<AnyRow> read_any_row(std::string_view line, const AnyColumns& columns) noexcept;

struct AnyWindow {
  std::int64_t start = 0, end = 0;  // unix seconds, both inclusive
};
Result<AnyWindow> read_any_window(std::string_view line, const AnyColumns& columns) noexcept;
// Nothing but blanks: such lines are passed over.
bool is_blank(std::string_view line) noexcept;

}  // namespace lectr::insight
