// Exact money. Integers of 1e-15 USD: prices per token stay whole (0.003625 USD per million tokens is 3,625,000 units), and one request
// fits 64 bits up to 9,223 USD. Sums over many rows belong into 128 bits or the store's decimal type.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lectr {

struct Money {
  std::int64_t femto = 0;  // 1e-15 USD

  static constexpr std::int64_t kPerDollar = 1'000'000'000'000'000;

  // Decimal text in dollars ("0.15", "12", "1e-6" is refused) to exact units; empty when it is no decimal number, has more than
  // 15 places that are not zero, or does not fit.
  static std::optional<Money> parse(std::string_view dollars) noexcept;
  // Exact decimal text in dollars, without trailing zeros: "0.000043".
  std::string to_text() const;

  friend constexpr auto operator<=>(const Money&, const Money&) = default;
};

// Money of many requests (a cap): integers of 1e-9 USD, as limits count it.
struct NanoMoney {
  std::int64_t nano = 0;

  static constexpr std::int64_t kPerDollar = 1'000'000'000;

  static std::optional<NanoMoney> parse(std::string_view dollars) noexcept;  // as Money::parse, with at most 9 places
  std::string to_text() const;

  friend constexpr auto operator<=>(const NanoMoney&, const NanoMoney&) = default;
};

}  // namespace lectr
