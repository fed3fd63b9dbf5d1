// What to do about an export that did not succeed (OTLP specification, "Failures" and "OTLP/HTTP Response"). Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace lectr::telemetry {

enum class Sent : std::uint8_t { yes, again, never };

// `status` 0: there was no answer.
constexpr Sent judge(int status) noexcept {
  if (status >= 200 && status < 300) return Sent::yes;
  return status == 0 || status == 429 || status == 502 || status == 503 || status == 504 ? Sent::again : Sent::never;
}

// How long to wait after so many failures in a row: what the receiver asked for (five minutes at most), else 1 s doubling to 30 s, with a quarter of
// jitter either way by `dice`, so that instances don't come in step.
constexpr std::chrono::milliseconds wait_after(int failures, std::chrono::seconds asked, std::uint64_t dice) noexcept {
  using std::chrono::milliseconds;
  if (asked.count() > 0) return std::min<milliseconds>(asked, std::chrono::minutes{5});
  const milliseconds base = std::min<milliseconds>(milliseconds{1000} * (1 << std::clamp(failures - 1, 0, 10)), std::chrono::seconds{30});
  return base * 3 / 4 + milliseconds{dice % static_cast<std::uint64_t>(base.count() / 2 + 1)};
}

}  // namespace lectr::telemetry
