#include "lectr/insight/rates.hpp"

#include <cmath>

namespace lectr::insight {
namespace {

constexpr double kZ = 1.959963984540054;  // 95 %

struct Interval {
  double rate = 0, low = 0, high = 1;
};
Interval wilson(const Counted& c) noexcept {
  const double n = static_cast<double>(c.requests), p = static_cast<double>(c.errors) / n, z2 = kZ * kZ;
  const double middle = (p + z2 / (2 * n)) / (1 + z2 / n), half = kZ * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  return {p, middle - half, middle + half};
}

}  // namespace

std::string_view to_text(RateChange change) noexcept {
  switch (change) {
    case RateChange::unclear: return "unclear";
    case RateChange::unchanged: return "unchanged";
    case RateChange::higher: return "higher";
    case RateChange::lower: return "lower";
  }
  return "unclear";
}

RateDifference compare_rates(const Counted& before, const Counted& after) noexcept {
  if (before.requests <= 0 || after.requests <= 0) return {};
  const Interval was = wilson(before), is = wilson(after);
  RateDifference out;
  out.before = was.rate, out.after = is.rate;
  const double difference = is.rate - was.rate;
  out.low = difference - std::hypot(is.rate - is.low, was.high - was.rate);
  out.high = difference + std::hypot(is.high - is.rate, was.rate - was.low);
  if (out.low > 0)
    out.change = RateChange::higher;
  else if (out.high < 0)
    out.change = RateChange::lower;
  else if (out.low >= -kUnchangedMargin && out.high <= kUnchangedMargin)
    out.change = RateChange::unchanged;
  return out;
}

}  // namespace lectr::insight
