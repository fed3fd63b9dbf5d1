#include "lectr/base/money.hpp"

#include <limits>

namespace lectr {
namespace {

// Dollars in units of 10^-places, exact or nothing.
std::optional<std::int64_t> parse_decimal(std::string_view text, int most_places) noexcept {
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  __extension__ using Wide = unsigned __int128;
  Wide value = 0;
  int places = -1, digits = 0;
  for (const char c : text) {
    if (c == '.') {
      if (places >= 0) return {};
      places = 0;
      continue;
    }
    if (c < '0' || c > '9') return {};
    ++digits;
    if (places >= most_places) {
      if (c != '0') return {};
      continue;
    }
    if (places >= 0) ++places;
    value = value * 10 + static_cast<unsigned>(c - '0');
    if (value > Wide{1} << 100) return {};
  }
  if (digits == 0) return {};
  for (int i = places < 0 ? 0 : places; i < most_places; ++i) {
    value *= 10;
    if (value > Wide{1} << 100) return {};
  }
  if (value > static_cast<Wide>(std::numeric_limits<std::int64_t>::max())) return {};
  const auto units = static_cast<std::int64_t>(value);
  return negative ? -units : units;
}

std::string decimal_text(std::int64_t units, std::uint64_t per_dollar, std::size_t places) {
  const bool negative = units < 0;
  const std::uint64_t value = negative ? 0 - static_cast<std::uint64_t>(units) : static_cast<std::uint64_t>(units);
  std::string out = (negative ? "-" : "") + std::to_string(value / per_dollar);
  std::string fraction = std::to_string(value % per_dollar);
  fraction.insert(0, places - fraction.size(), '0');
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? out : out + '.' + fraction;
}

}  // namespace

std::optional<Money> Money::parse(std::string_view text) noexcept {
  const auto units = parse_decimal(text, 15);
  return units ? std::optional{Money{*units}} : std::nullopt;
}
std::string Money::to_text() const { return decimal_text(femto, kPerDollar, 15); }

std::optional<NanoMoney> NanoMoney::parse(std::string_view text) noexcept {
  const auto units = parse_decimal(text, 9);
  return units ? std::optional{NanoMoney{*units}} : std::nullopt;
}
std::string NanoMoney::to_text() const { return decimal_text(nano, kPerDollar, 9); }

}  // namespace lectr
