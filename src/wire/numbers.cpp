#include "wire/numbers.hpp"

#include <charconv>
#include <cmath>

namespace lectr::wire {

std::int64_t parse_count(std::string_view text) noexcept {
  const char* const end = text.data() + text.size();
  std::int64_t value = 0;
  constexpr std::size_t kPlain = 15;  // digits that are below kMaxCount whatever they are
  if (text.size() <= kPlain) {
    const char* p = text.data();
    for (; p != end && *p >= '0' && *p <= '9'; ++p) value = value * 10 + (*p - '0');
    if (p == end && !text.empty()) return value;
    value = 0;
  }
  const auto whole = std::from_chars(text.data(), end, value);
  if (whole.ec == std::errc{} && whole.ptr == end) return value < 0 ? -1 : std::min(value, kMaxCount);
  double real = 0;
  const auto any = std::from_chars(text.data(), end, real);
  if (any.ec != std::errc{} || any.ptr != end || real < 0 || real != std::floor(real)) return -1;
  return real < static_cast<double>(kMaxCount) ? static_cast<std::int64_t>(real) : kMaxCount;
}

std::int64_t parse_duration_ms(std::string_view text) noexcept {
  static constexpr double kLongest = 1e12;  // ms; thirty years
  double total = 0;
  if (text.empty()) return -1;
  while (!text.empty()) {
    double value = 0;
    const auto number = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (number.ec != std::errc{} || !(value >= 0 && value < kLongest)) return -1;
    text.remove_prefix(static_cast<std::size_t>(number.ptr - text.data()));
    const std::string_view unit = text.substr(0, text.find_first_of("0123456789."));
    const double factor = unit == "ms" ? 1 : unit == "s" ? 1e3 : unit == "m" ? 6e4 : unit == "h" ? 3.6e6 : unit == "d" ? 8.64e7 : 0;
    if (factor == 0) return -1;
    total += value * factor;
    text.remove_prefix(unit.size());
  }
  return total < kLongest ? static_cast<std::int64_t>(std::ceil(total)) : -1;
}

}  // namespace lectr::wire
