#include "insight/any_evidence.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>

namespace lectr::insight {
namespace {

constexpr double kFast = 0.5, kLevel = 0.01, kSlow = 0.005, kSlowest = 0.002;  // gains of the averages
constexpr double kSpreadNow = 0.1, kSpread = 0.002;
constexpr double kSpreadFloor = 0.02;  // how still a series can get before it is told apart no more
constexpr double kStillWeight = 1.1;   // stillness is rarer news than it looks
constexpr double kSecond = 0.4;        // of the second largest kind of evidence: what two kinds show is less likely chance

// What a statistic says, in their order, and which of them say nearly the same.
struct Meaning {
  AnyReason reason;
  std::uint8_t kind;
};
constexpr std::size_t kKinds = 10;
constexpr Meaning kMeanings[] = {
    {AnyReason::jump_up, 0},    {AnyReason::jump_down, 0},  {AnyReason::jump_up, 0},    {AnyReason::jump_down, 0},  {AnyReason::high, 1},
    {AnyReason::low, 1},        {AnyReason::high, 2},       {AnyReason::low, 2},        {AnyReason::high, 3},       {AnyReason::low, 3},
    {AnyReason::high, 4},       {AnyReason::low, 4},        {AnyReason::unsteady, 5},   {AnyReason::still, 6},      {AnyReason::off_season, 7},
    {AnyReason::off_season, 7}, {AnyReason::off_season, 8}, {AnyReason::off_season, 8}, {AnyReason::off_season, 8}, {AnyReason::off_season, 8},
    {AnyReason::new_shape, 9},  {AnyReason::new_shape, 9},
};

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

AnyEvidence::Found AnyEvidence::weigh(const Statistics& s) noexcept {
  static_assert(std::size(kMeanings) == kStatistics);
  Found found;
  std::array<double, kKinds> kinds{};
  for (std::size_t i = 0; i < kStatistics; ++i) {
    const double size = tails_[i].level(s[i]) * (i == still ? kStillWeight : 1);
    tails_[i].add(s[i]);
    kinds[kMeanings[i].kind] = std::max(kinds[kMeanings[i].kind], size);
    if (size > found.size) found.size = size, found.reason = kMeanings[i].reason;
  }
  std::nth_element(kinds.begin(), kinds.begin() + 1, kinds.end(), std::greater<>{});
  found.size += kSecond * kinds[1];
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

}  // namespace lectr::insight
