// What a provider's answer tells of its own limits: how long to stay away, and what is left of its quotas. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace lectr::wire {

// Of requests or of tokens. -1: not told.
struct Quota {
  std::int64_t limit = -1, remaining = -1, reset_ms = -1;
  // Placeholders ("-1", "0 of 0", seen on Azure) tell nothing.
  bool told() const noexcept { return limit > 0 && remaining >= 0 && reset_ms >= 0; }
};

struct RateHeaders {
  Quota requests, tokens;
  std::int64_t wait_ms = -1;  // before the next request; -1: not told

  // One field of the head, its name in any case. x-ratelimit-{limit,remaining,reset}-{requests,tokens} as OpenAI, Groq and Azure send them, Anthropic's
  // anthropic-ratelimit-{requests,tokens}-{limit,remaining,reset}, retry-after-ms, x-ms-retry-after-ms, and retry-after in seconds or as a date (RFC 9110
  // §10.2.3). Milliseconds are believed before seconds. Everything else, and what can't be read, changes nothing.
  void take(std::string_view name, std::string_view value, std::int64_t unix_us) noexcept;

 private:
  bool exact_wait_ = false;
};

// Longer waits than a day are not believed.
inline constexpr std::int64_t kMaxWaitMs = 24 * 3'600'000;

}  // namespace lectr::wire
