#include "lectr/policy/latency_target.hpp"

#include <algorithm>

namespace lectr::policy {
namespace {

constexpr std::int64_t kMsUs = 1000, kMinuteUs = 60'000'000;
constexpr std::int64_t kEasedPercent = 90;

bool over(std::int64_t seen_us, std::int64_t target_ms, std::int64_t percent) noexcept {
  return target_ms > 0 && seen_us >= 0 && seen_us > target_ms * kMsUs / 100 * percent;
}
bool over(const config::LatencyTarget& target, const LatencyReading& now, std::int64_t percent) noexcept {
  return over(now.p95_us, target.p95_ms, percent) || over(now.ttfb_p95_us, target.ttfb_p95_ms, percent);
}

}  // namespace

LatencyVerdict judge(const LatencyVerdict& before, const config::LatencyTarget& target, const LatencyReading& now, std::int64_t unix_us) noexcept {
  const std::int64_t window_us = target.window_min * kMinuteUs;
  const bool known = now.requests >= kLatencyMinRequests;
  LatencyVerdict next = before;
  if (before.state == LatencyState::breached) {
    const std::int64_t hold_us = window_us << before.relapses;
    if (unix_us - before.since_us < hold_us || (known && over(target, now, kEasedPercent))) return next;
    next.state = known ? LatencyState::within : LatencyState::no_data;
    next.ended_us = unix_us;
  } else if (known && over(target, now, 100)) {
    next.state = LatencyState::breached;
    const bool again = before.ended_us > 0 && unix_us - before.ended_us <= window_us;
    next.relapses = again ? std::min(before.relapses + 1, kMostRelapses) : 0;
  } else {
    next.state = known ? LatencyState::within : LatencyState::no_data;
  }
  if (next.state != before.state || before.since_us == 0) next.since_us = unix_us;
  return next;
}

}  // namespace lectr::policy
