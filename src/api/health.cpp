#include "api/health.hpp"

#include <algorithm>
#include <cstdio>

namespace lectr::api {
namespace {

constexpr std::int64_t kMinute = 60'000'000, kIdleAfter = 15 * kMinute, kDownWithin = 5 * kMinute;
constexpr std::int64_t kDownRequests = 5, kDegradedFailures = 5, kLatencyRequests = 20;

struct Tally {
  std::int64_t requests = 0, failures = 0;
};
// Over the minutes that touch the last `within_us`.
Tally tally(const HealthInput& in, std::int64_t within_us) {
  Tally out;
  for (const HealthMinute& minute : in.minutes)
    if (minute.start_us + kMinute > in.now_us - within_us) out.requests += minute.requests, out.failures += minute.failures;
  return out;
}

std::string failed_text(const Tally& t, std::int64_t within_us) {
  return std::to_string(t.failures) + " of " + std::to_string(t.requests) + " requests failed in " + std::to_string(within_us / kMinute) + " min";
}

std::string seconds(std::int64_t us) {
  char text[32];
  std::snprintf(text, sizeof text, us < 10'000'000 ? "%.2f s" : "%.0f s", static_cast<double>(us) / 1e6);
  return text;
}

std::string ago(std::int64_t us) {
  const std::int64_t minutes = us / kMinute;
  if (minutes < 120) return std::to_string(minutes) + " min";
  return minutes < 2880 ? std::to_string(minutes / 60) + " h" : std::to_string(minutes / 1440) + " days";
}

// Since when it has been so: the first of the latest minutes that all `hold`; minutes without a request say nothing. Empty: all of the hour.
template <class Holds>
std::optional<std::int64_t> since(const HealthInput& in, Holds holds) {
  std::optional<std::int64_t> start;
  for (auto minute = in.minutes.rbegin(); minute != in.minutes.rend(); ++minute) {
    if (minute->requests == 0) continue;
    if (!holds(*minute)) return start;
    start = minute->start_us;
  }
  return {};
}

bool failing(const HealthMinute& m, std::int64_t tenths) { return m.failures > 0 && m.failures * 10 >= m.requests * tenths; }

}  // namespace

Health judge(const HealthInput& in) {
  Health out;
  out.last_request_us = in.last_request_us;
  const Tally recent = tally(in, kIdleAfter), now = tally(in, kDownWithin);
  if (recent.requests == 0) {
    out.since_us = in.last_request_us;
    out.reason = in.last_request_us ? "no request for " + ago(in.now_us - *in.last_request_us) : "no request in 24 h";
    return out;
  }
  if (now.requests >= kDownRequests && now.failures * 10 >= now.requests * 9) {
    out.state = HealthState::down;
    out.since_us = since(in, [](const HealthMinute& m) { return failing(m, 9); });
    out.reason = failed_text(now, kDownWithin);
    return out;
  }
  if (recent.failures >= kDegradedFailures && recent.failures * 10 >= recent.requests) {
    out.state = HealthState::degraded;
    out.since_us = since(in, [](const HealthMinute& m) { return failing(m, 1); });
    out.reason = failed_text(recent, kIdleAfter);
    return out;
  }
  if (in.recent_p95_us >= 2 * in.day_p95_us && in.day_p95_us > 0 && recent.requests >= kLatencyRequests && in.day_requests >= kLatencyRequests) {
    out.state = HealthState::degraded;
    out.since_us = since(in, [&](const HealthMinute& m) { return m.p95_us >= 2 * in.day_p95_us; });
    out.reason = "P95 is " + seconds(in.recent_p95_us) + ", the day's is " + seconds(in.day_p95_us);
    return out;
  }
  out.state = HealthState::healthy;
  out.since_us = since(in, [](const HealthMinute& m) { return !failing(m, 1); });
  out.reason = failed_text(recent, kIdleAfter);
  return out;
}

const char* to_text(HealthState state) noexcept {
  switch (state) {
    case HealthState::healthy: return "healthy";
    case HealthState::degraded: return "degraded";
    case HealthState::down: return "down";
    case HealthState::idle: return "idle";
  }
  return "idle";
}

}  // namespace lectr::api
