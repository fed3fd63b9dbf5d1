#include "insight/any_announce.hpp"

#include <algorithm>

namespace lectr::insight {
namespace {

constexpr double kLowest = 2, kStep = 1.3, kUsual = 4.394;
// A quiet time is a share of the series so far, in records: who knows a series for longer wants to hear less often.
constexpr double kShare = 0.05, kShortest = 80, kLongest = 400;
constexpr double kHolding = 0.5, kAtMost = 2.5;  // of a quiet time: what each further record of an anomaly adds, and all together
constexpr double kHeldBack = 0.02;               // the part of the evidence that is shown all the same

}  // namespace

double AnyAnnounce::score(std::int64_t record, double evidence) noexcept {
  const double now = static_cast<double>(record), quiet = std::clamp(kShare * now, kShortest, kLongest);
  double shown = kHeldBack * evidence, threshold = kLowest;
  for (Level& level : levels_) {
    if (threshold > evidence) break;
    if (now >= level.quiet_until) {
      level = {now, now + quiet};
      shown = std::min(evidence, threshold * kStep * 0.999);
    } else {
      level.quiet_until = std::max(level.quiet_until, std::min(now + kHolding * quiet, level.begun + kAtMost * quiet));
    }
    threshold *= kStep;
  }
  return shown / (shown + kUsual);
}

bool AnyAnnounce::strong(double evidence) noexcept { return evidence >= kUsual; }

}  // namespace lectr::insight
