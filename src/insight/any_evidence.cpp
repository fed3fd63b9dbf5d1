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
constexpr double kWeight = 1.15;       // of the sum: puts the best threshold at kAnyAnnounced
// What seems new in a series of few records often is not: less is made of it until kYoung records are known.
constexpr double kYoung = 2000, kLessWhenYoung = 0.6;

// What a statistic says, in their order, and which of them say nearly the same.
struct Meaning {
  AnyReason reason;
  std::uint8_t kind;
};
constexpr std::size_t kKinds = 8;
constexpr Meaning kMeanings[] = {
    {AnyReason::jump_up, 0},    {AnyReason::jump_down, 0},  {AnyReason::jump_up, 0},   {AnyReason::jump_down, 0},  {AnyReason::high, 1},
    {AnyReason::low, 1},        {AnyReason::high, 2},       {AnyReason::low, 2},       {AnyReason::high, 3},       {AnyReason::low, 3},
    {AnyReason::high, 4},       {AnyReason::low, 4},        {AnyReason::unsteady, 5},  {AnyReason::still, 6},      {AnyReason::jump_up, 0},
    {AnyReason::jump_down, 0},  {AnyReason::jump_up, 0},    {AnyReason::jump_down, 0}, {AnyReason::off_season, 7}, {AnyReason::off_season, 7},
    {AnyReason::off_season, 7}, {AnyReason::off_season, 7},
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
  const double expected = measure_forecast(s, unix_seconds, place);
  Found found = weigh(s);
  found.expected = scale_.value_at(expected);
  follow(value, place);
  return found;
}

void AnyEvidence::measure_levels(Statistics& s, double value, double place) noexcept {
  both(s, jump_up, place - fast_);
  both(s, high, place - level_);
  both(s, high4, mean4_.add(place) - level_);
  both(s, high16, mean16_.add(place) - slow_);
  both(s, high64, mean64_.add(place) - slowest_);
  both(s, raw_up, value - raw_);
}

void AnyEvidence::measure_spread(Statistics& s, double jump) noexcept {
  spread_now_ += kSpreadNow * (std::abs(jump) - spread_now_);
  spread_ += std::max(kSpread, 1.0 / static_cast<double>(seen_)) * (std::abs(jump) - spread_);
  if (spread_ <= 0) return;
  s[unsteady] = std::log((spread_now_ + kSpreadFloor * spread_) / spread_);
  s[still] = -s[unsteady];
}

// Returns the place that was expected: the day's course or the level, not the forecast, which follows an anomaly within a few records.
double AnyEvidence::measure_forecast(Statistics& s, std::int64_t unix_seconds, double place) noexcept {
  const auto course = season_.add(unix_seconds, seen_, place, level_);
  const auto surprise = forecast_.add(place, level_, course.expected, place - fast_);
  both(s, surprise_up, surprise.value);
  both(s, relative_up, surprise.relative);
  both(s, off_up4, off4_.add(surprise.value));
  both(s, off_up16, off16_.add(surprise.value));
  return course.earned ? course.expected : level_;
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
  const double young = std::max(0.0, std::log(kYoung / static_cast<double>(seen_)));
  found.size = std::max(0.0, kWeight * (found.size + kSecond * kinds[1]) - kLessWhenYoung * young);
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
