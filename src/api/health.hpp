// How well a provider does, judged from its sums of the last hour. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lectr::api {

enum class HealthState : std::uint8_t { healthy, degraded, down, idle };

struct HealthMinute {
  std::int64_t start_us = 0;
  std::int64_t requests = 0, failures = 0;  // failures that are the provider's: not what the client asked wrongly, not its key
  std::int64_t p95_us = -1;                 // -1: no request
};
struct HealthInput {
  std::int64_t now_us = 0;
  std::vector<HealthMinute> minutes;               // the last hour, oldest first, without gaps
  std::int64_t recent_p95_us = -1;                 // of the last 15 minutes
  std::int64_t day_requests = 0, day_p95_us = -1;  // of the last 24 hours
  std::optional<std::int64_t> last_request_us;
};
struct Health {
  HealthState state = HealthState::idle;
  std::optional<std::int64_t> since_us;  // empty: longer than what was looked at
  std::string reason;                    // in numbers
  std::optional<std::int64_t> last_request_us;
};

// idle: no request in 15 minutes. down: at least 5 requests in the last 5 minutes, and 90 % of them failed by the provider. degraded: in the last
// 15 minutes at least 5 and 10 % failed so, or P95 is twice the day's (20 requests in both at least). Else healthy.
Health judge(const HealthInput& input);

const char* to_text(HealthState state) noexcept;

}  // namespace lectr::api
