#include "lectr/base/money.hpp"

#include <limits>

namespace lectr {

std::optional<Money> Money::parse(std::string_view text) noexcept {
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
    if (places >= 15) {
      if (c != '0') return {};
      continue;
    }
    if (places >= 0) ++places;
    value = value * 10 + static_cast<unsigned>(c - '0');
    if (value > Wide{1} << 100) return {};
  }
  if (digits == 0) return {};
  for (int i = places < 0 ? 0 : places; i < 15; ++i) {
    value *= 10;
    if (value > Wide{1} << 100) return {};
  }
  if (value > static_cast<Wide>(std::numeric_limits<std::int64_t>::max())) return {};
  const auto femto = static_cast<std::int64_t>(value);
  return Money{negative ? -femto : femto};
}

std::string Money::to_text() const {
  const bool negative = femto < 0;
  const std::uint64_t value = negative ? 0 - static_cast<std::uint64_t>(femto) : static_cast<std::uint64_t>(femto);
  std::string out = (negative ? "-" : "") + std::to_string(value / kPerDollar);
  std::string fraction = std::to_string(value % kPerDollar);
  fraction.insert(0, 15 - fraction.size(), '0');
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? out : out + '.' + fraction;
}

}  // namespace lectr
