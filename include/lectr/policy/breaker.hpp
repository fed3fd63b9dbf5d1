// When a target is left alone, and when it is tried again: a circuit breaker as pure transitions over one 64-bit word, so that threads can share it
// by compare-and-swap. Beside it the retry budget, likewise. Time comes in as microseconds of a monotonic clock.
//
//   closed     requests go; counted in windows of 10 s. Opens after 5 failures in a row, or when half of 20 or more in a window failed, or at once where
//              the provider says for how long (retry-after) or that the account is empty.
//   open       none go. The wait is 5 s, doubled each time it opens again without having been closed, 60 s at most; a retry-after of up to 60 s is kept,
//              and doubled up to 5 s while probes fail.
//   half open  one request at a time goes as a probe: two good ones close it, one bad one opens it again. A probe that is not heard of for 30 s is lost.
#pragma once

#include <cstdint>

namespace lectr::policy {

enum class BreakerState : std::uint8_t { closed, open, half_open };
enum class BreakerReason : std::uint8_t { none, failures, rate, account };  // account: no money, or a credential that is refused

// What became of a request, as a breaker sees it. `neutral`: it says nothing about the target (the client left).
enum class Outcome : std::uint8_t { good, bad, rate, account, neutral };

inline constexpr std::int64_t kBreakerWindowUs = 10'000'000, kBreakerWaitUs = 5'000'000, kBreakerMaxWaitUs = 60'000'000, kProbeUs = 30'000'000,
                              kAccountWaitUs = 300'000'000;
inline constexpr unsigned kBreakerStreak = 5, kBreakerMinRequests = 20, kProbesToClose = 2;

struct Breaker {
  BreakerState state = BreakerState::closed;
  BreakerReason reason = BreakerReason::none;
  std::uint8_t streak = 0;  // closed: failures in a row; half open: good probes in a row
  std::uint8_t opens = 0;   // times it opened since it was last closed
  std::uint16_t requests = 0, failures = 0;
  std::int64_t at_us = 0;  // closed: its window began; open: ends then; half open: the probe under way is lost then, 0: there is none

  static Breaker unpack(std::uint64_t word) noexcept;
  std::uint64_t pack() const noexcept;  // at_us is kept to 1/16 s, rounded up
};

// Whether a request may go now. enter() is what it means when it does go: in half open it becomes the probe.
bool admits(const Breaker& b, std::int64_t now_us) noexcept;
Breaker enter(Breaker b, std::int64_t now_us) noexcept;
// `wait_us`: what the provider asked for (retry-after); 0: nothing.
Breaker settle(Breaker b, Outcome outcome, std::int64_t wait_us, std::int64_t now_us) noexcept;

// Retries elsewhere are a share of the traffic, so that a provider's bad hour does not become a storm at the next one: at most a fifth of the requests
// of this window of 10 s and the one before, but always kRetryFloor per window.
inline constexpr unsigned kRetryFloor = 20, kRetryShare = 5;
struct RetryBudget {
  std::uint16_t window = 0, before = 0, requests = 0, retries = 0;
  static RetryBudget unpack(std::uint64_t word) noexcept;
  std::uint64_t pack() const noexcept;
};
RetryBudget count_request(RetryBudget b, std::int64_t now_us) noexcept;
// Takes one retry; false: there is none left, and b stays.
bool take_retry(RetryBudget& b, std::int64_t now_us) noexcept;

}  // namespace lectr::policy
