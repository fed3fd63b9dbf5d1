// Whether a latency target is met, with hysteresis: pure transitions from one look at a window to the next.
//
//   no_data   fewer than kLatencyMinRequests in the window
//   within    P95 is within the target
//   breached  P95 is over it. It stays so for at least a window's length, twice as long each time it came back within a window of having been over
//             (eight times at most), and until P95 is at most 90 % of the target: what a switch brought about must not undo it at once.
#pragma once

#include <cstdint>

#include "lectr/config/control.hpp"

namespace lectr::policy {

enum class LatencyState : std::uint8_t { no_data, within, breached };

inline constexpr std::int64_t kLatencyMinRequests = 20;
inline constexpr int kMostRelapses = 3;

// Of the window that ends now. -1: not known.
struct LatencyReading {
  std::int64_t requests = 0, p95_us = -1, ttfb_p95_us = -1;
};
struct LatencyVerdict {
  LatencyState state = LatencyState::no_data;
  std::int64_t since_us = 0;  // unix; of the state
  std::int64_t ended_us = 0;  // when it was breached last; 0: never
  int relapses = 0;
};

LatencyVerdict judge(const LatencyVerdict& before, const config::LatencyTarget& target, const LatencyReading& now, std::int64_t unix_us) noexcept;

}  // namespace lectr::policy
