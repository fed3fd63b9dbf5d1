#include "lectr/policy/breaker.hpp"

#include <algorithm>

namespace lectr::policy {
namespace {

constexpr std::int64_t kTickUs = 62'500;
constexpr std::uint16_t kMost = 1023;  // of the two counters, 10 bits each

Breaker open(Breaker b, BreakerReason reason, std::int64_t wait_us, std::int64_t now_us) noexcept {
  b.state = BreakerState::open;
  b.reason = reason;
  b.at_us = now_us + wait_us;
  b.streak = 0;
  b.opens = static_cast<std::uint8_t>(std::min(b.opens + 1, 15));
  b.requests = b.failures = 0;
  return b;
}

std::int64_t wait_of(const Breaker& b, std::int64_t asked_us) noexcept {
  if (asked_us <= 0) return std::min(kBreakerWaitUs << std::min<int>(b.opens, 4), kBreakerMaxWaitUs);
  // A short one that turned out too short is doubled: each probe that fails costs one of the retries.
  const std::int64_t longer = std::min(asked_us << std::min<int>(b.opens, 6), kBreakerWaitUs);
  return std::min(std::max(asked_us, longer), kBreakerMaxWaitUs);
}

Breaker settle_closed(Breaker b, Outcome outcome, std::int64_t wait_us, std::int64_t now_us) noexcept {
  if (now_us - b.at_us >= kBreakerWindowUs) {
    b.at_us = now_us;
    b.requests = b.failures = 0;
  }
  b.requests = std::min<std::uint16_t>(static_cast<std::uint16_t>(b.requests + 1), kMost);
  if (outcome == Outcome::good) {
    b.streak = 0;
    return b;
  }
  b.failures = std::min<std::uint16_t>(static_cast<std::uint16_t>(b.failures + 1), kMost);
  b.streak = static_cast<std::uint8_t>(std::min(b.streak + 1, 15));
  const BreakerReason reason = outcome == Outcome::rate ? BreakerReason::rate : BreakerReason::failures;
  if (wait_us > 0 || b.streak >= kBreakerStreak || (b.requests >= kBreakerMinRequests && b.failures * 2 >= b.requests))
    return open(b, reason, wait_of(b, wait_us), now_us);
  return b;
}

Breaker settle_probe(Breaker b, Outcome outcome, std::int64_t wait_us, std::int64_t now_us) noexcept {
  if (outcome != Outcome::good) return open(b, outcome == Outcome::rate ? BreakerReason::rate : b.reason, wait_of(b, wait_us), now_us);
  b.at_us = 0;
  if (++b.streak < kProbesToClose) return b;
  return Breaker{.at_us = now_us};
}

RetryBudget roll(RetryBudget b, std::int64_t now_us) noexcept {
  const auto window = static_cast<std::uint16_t>(now_us / kBreakerWindowUs);
  if (window == b.window) return b;
  const bool next = window == static_cast<std::uint16_t>(b.window + 1);
  return {window, next ? b.requests : std::uint16_t{0}, 0, 0};
}

}  // namespace

Breaker Breaker::unpack(std::uint64_t word) noexcept {
  const auto bits = [word](int at, int count) { return (word >> at) & ((1ULL << count) - 1); };
  Breaker b;
  b.state = static_cast<BreakerState>(bits(0, 2));
  b.reason = static_cast<BreakerReason>(bits(2, 2));
  b.streak = static_cast<std::uint8_t>(bits(4, 4));
  b.opens = static_cast<std::uint8_t>(bits(8, 4));
  b.requests = static_cast<std::uint16_t>(bits(12, 10));
  b.failures = static_cast<std::uint16_t>(bits(22, 10));
  b.at_us = static_cast<std::int64_t>(bits(32, 32)) * kTickUs;  // 8 years of uptime
  return b;
}

std::uint64_t Breaker::pack() const noexcept {
  const auto ticks = static_cast<std::uint64_t>((at_us + kTickUs - 1) / kTickUs);
  return static_cast<std::uint64_t>(state) | static_cast<std::uint64_t>(reason) << 2 | std::uint64_t{streak} << 4 | std::uint64_t{opens} << 8 |
         std::uint64_t{requests} << 12 | std::uint64_t{failures} << 22 | ticks << 32;
}

bool admits(const Breaker& b, std::int64_t now_us) noexcept { return b.state == BreakerState::closed || now_us >= b.at_us; }

Breaker enter(Breaker b, std::int64_t now_us) noexcept {
  if (b.state == BreakerState::closed) return b;
  if (b.state == BreakerState::open) b.streak = 0;
  b.state = BreakerState::half_open;
  b.at_us = now_us + kProbeUs;
  return b;
}

Breaker settle(Breaker b, Outcome outcome, std::int64_t wait_us, std::int64_t now_us) noexcept {
  if (outcome == Outcome::account) return open(b, BreakerReason::account, kAccountWaitUs, now_us);
  switch (b.state) {
    case BreakerState::open: break;  // one that was under way when it opened: it has been judged
    case BreakerState::closed: return outcome == Outcome::neutral ? b : settle_closed(b, outcome, wait_us, now_us);
    case BreakerState::half_open:
      if (outcome != Outcome::neutral) return settle_probe(b, outcome, wait_us, now_us);
      b.at_us = 0;  // the next one is the probe
  }
  return b;
}

RetryBudget RetryBudget::unpack(std::uint64_t word) noexcept {
  return {static_cast<std::uint16_t>(word >> 48), static_cast<std::uint16_t>(word >> 32), static_cast<std::uint16_t>(word >> 16),
          static_cast<std::uint16_t>(word)};
}

std::uint64_t RetryBudget::pack() const noexcept {
  return std::uint64_t{window} << 48 | std::uint64_t{before} << 32 | std::uint64_t{requests} << 16 | retries;
}

RetryBudget count_request(RetryBudget b, std::int64_t now_us) noexcept {
  b = roll(b, now_us);
  if (b.requests != UINT16_MAX) ++b.requests;
  return b;
}

bool take_retry(RetryBudget& b, std::int64_t now_us) noexcept {
  const RetryBudget now = roll(b, now_us);
  const unsigned allowed = std::max((unsigned{now.before} + now.requests) / kRetryShare, kRetryFloor);
  if (now.retries >= allowed || now.retries == UINT16_MAX) return false;
  b = now;
  ++b.retries;
  return true;
}

}  // namespace lectr::policy
