#include "insight/any_evidence.hpp"

#include <algorithm>
#include <cmath>

namespace lectr::insight {
namespace {

constexpr double kFast = 0.5, kLevel = 0.01, kSlow = 0.005, kSlowest = 0.002;  // gains of the averages
constexpr double kSpreadNow = 0.1, kSpread = 0.002;
constexpr double kSpreadFloor = 0.02;  // how still a series can get before it is told apart no more
constexpr double kMostSurprise = 8;    // of one record in the mean: one spike is not restlessness

}  // namespace

double AnyMean::add(double v) noexcept {
  double& slot = ring_[seen_ % ring_.size()];
  sum_ += v - slot;
  slot = v;
  if (++seen_ % ring_.size() == 0) {  // added up anew, so that rounding does not pile up over millions of records
    sum_ = 0;
    for (const double x : ring_) sum_ += x;
  }
  return sum_ / static_cast<double>(std::min(seen_, ring_.size()));
}

AnyEvidence::Found AnyEvidence::add(std::int64_t unix_seconds, double value) {
  ++seen_;
  const double place = scale_.place(value);
  if (seen_ == 1) fast_ = level_ = slow_ = slowest_ = place, raw_ = value;
  Statistics s{};
  measure_levels(s, value, place);
  measure_spread(s, place - fast_);
  const double expected = measure_season(s, unix_seconds, place);
  s[shape] = nearest_.add(place), s[long_shape] = nearest_long_.add(place);
  measure_surprise(s);
  Found found = weigh(s);
  found.expected = scale_.value_at(expected);
  follow(value, place);
  return found;
}

void AnyEvidence::measure_levels(Statistics& s, double value, double place) noexcept {
  const auto both = [&s](int up, double v) { s[static_cast<std::size_t>(up)] = v, s[static_cast<std::size_t>(up) + 1] = -v; };
  both(jump_up, place - fast_);
  both(high, place - level_);
  both(high4, mean4_.add(place) - level_);
  both(high16, mean16_.add(place) - slow_);
  both(high64, mean64_.add(place) - slowest_);
  both(raw_up, value - raw_);
}

void AnyEvidence::measure_spread(Statistics& s, double jump) noexcept {
  spread_now_ += kSpreadNow * (std::abs(jump) - spread_now_);
  spread_ += std::max(kSpread, 1.0 / static_cast<double>(seen_)) * (std::abs(jump) - spread_);
  if (spread_ <= 0) return;
  s[unsteady] = std::log((spread_now_ + kSpreadFloor * spread_) / spread_);
  s[still] = -s[unsteady];
}

// Returns the place that was expected.
double AnyEvidence::measure_season(Statistics& s, std::int64_t unix_seconds, double place) noexcept {
  const auto off = season_.add(unix_seconds, seen_, place, place - level_);
  const double off8 = off8_.add(off.value), off32 = off32_.add(off.value);
  if (!off.earned) return level_;
  s[off_up] = off.value, s[off_down] = -off.value;
  s[off_up8] = off8, s[off_down8] = -off8;
  s[off_up32] = off32, s[off_down32] = -off32;
  return off.expected;
}

void AnyEvidence::measure_surprise(Statistics& s) noexcept {
  const double surprise = std::min(kMostSurprise, std::max(tails_[jump_up].level(s[jump_up]), tails_[jump_down].level(s[jump_down])));
  s[restless16] = surprise16_.add(surprise), s[restless64] = surprise64_.add(surprise);
}

AnyEvidence::Found AnyEvidence::weigh(const Statistics& s) noexcept {
  Found found;
  for (int i = 0; i < kStatistics; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const double size = tails_[at].level(s[at]);
    tails_[at].add(s[at]);
    if (size > found.size) found.size = size, found.reason = reason_of(i);
  }
  return found;
}

void AnyEvidence::follow(double value, double place) noexcept {
  const double first = 1.0 / static_cast<double>(seen_);
  fast_ += kFast * (place - fast_);
  raw_ += kFast * (value - raw_);
  level_ += std::max(kLevel, first) * (place - level_);
  slow_ += std::max(kSlow, first) * (place - slow_);
  slowest_ += std::max(kSlowest, first) * (place - slowest_);
}

AnyReason AnyEvidence::reason_of(int statistic) noexcept {
  switch (statistic) {
    case jump_up:
    case raw_up: return AnyReason::jump_up;
    case jump_down:
    case raw_down: return AnyReason::jump_down;
    case high:
    case high4:
    case high16:
    case high64: return AnyReason::high;
    case low:
    case low4:
    case low16:
    case low64: return AnyReason::low;
    case unsteady: return AnyReason::unsteady;
    case still: return AnyReason::still;
    case shape:
    case long_shape: return AnyReason::new_shape;
    case restless16:
    case restless64: return AnyReason::restless;
    default: return AnyReason::off_season;
  }
}

}  // namespace lectr::insight
