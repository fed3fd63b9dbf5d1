#include "lectr/wire/rate_headers.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <ctime>

#include "lectr/base/text.hpp"
#include "lectr/base/time_text.hpp"
#include "wire/numbers.hpp"

namespace lectr::wire {
namespace {

constexpr std::int64_t kSecondUs = 1'000'000;

std::int64_t believed(double ms) noexcept { return ms > 0 && ms <= static_cast<double>(kMaxWaitMs) ? static_cast<std::int64_t>(std::ceil(ms)) : -1; }

std::int64_t until(std::int64_t at_us, std::int64_t now_us) noexcept { return at_us <= now_us ? 0 : (at_us - now_us + 999) / 1000; }

std::int64_t parse_number_ms(std::string_view value, double unit) noexcept {
  double number = 0;
  const auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), number, std::chars_format::fixed);
  return bad == std::errc{} && end == value.data() + value.size() ? believed(number * unit) : -1;
}

// IMF-fixdate, RFC 9110 §5.6.7.
std::int64_t parse_date_ms(std::string_view value, std::int64_t now_us) noexcept {
  char text[32];
  if (value.size() >= sizeof text) return -1;
  std::memcpy(text, value.data(), value.size());
  text[value.size()] = '\0';
  std::tm parts{};
  const char* const end = ::strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return -1;
  return believed(static_cast<double>(until(::timegm(&parts) * kSecondUs, now_us)));
}

// "1s", "6m0s"; Anthropic: a moment; some compatible ones: plain seconds.
std::int64_t parse_reset_ms(std::string_view value, std::int64_t now_us) noexcept {
  if (const std::int64_t duration = parse_duration_ms(value); duration >= 0) return duration;
  if (const auto moment = parse_rfc3339(value)) return until(*moment, now_us);
  return parse_number_ms(value, 1000);
}

void set(Quota& quota, std::string_view what, std::string_view value, std::int64_t now_us) noexcept {
  if (iequals(what, "limit"))
    quota.limit = parse_count(value);
  else if (iequals(what, "remaining"))
    quota.remaining = parse_count(value);
  else if (iequals(what, "reset"))
    quota.reset_ms = parse_reset_ms(value, now_us);
}

}  // namespace

void RateHeaders::take(std::string_view name, std::string_view value, std::int64_t unix_us) noexcept {
  constexpr std::string_view kOpenAi = "x-ratelimit-", kAnthropic = "anthropic-ratelimit-";
  const auto quota = [this](std::string_view of) -> Quota* {
    if (iequals(of, "requests")) return &requests;
    return iequals(of, "tokens") ? &tokens : nullptr;
  };
  if (istarts_with(name, kOpenAi)) {
    const std::string_view rest = name.substr(kOpenAi.size());
    const std::size_t dash = rest.rfind('-');
    if (dash == rest.npos) return;
    if (Quota* const q = quota(rest.substr(dash + 1))) set(*q, rest.substr(0, dash), value, unix_us);
  } else if (istarts_with(name, kAnthropic)) {
    const std::string_view rest = name.substr(kAnthropic.size());
    const std::size_t dash = rest.rfind('-');
    if (dash == rest.npos) return;
    if (Quota* const q = quota(rest.substr(0, dash))) set(*q, rest.substr(dash + 1), value, unix_us);
  } else if (iequals(name, "retry-after-ms") || iequals(name, "x-ms-retry-after-ms")) {
    if (const std::int64_t ms = parse_number_ms(value, 1); ms > 0) wait_ms = ms, exact_wait_ = true;
  } else if (!exact_wait_ && iequals(name, "retry-after")) {
    wait_ms = parse_number_ms(value, 1000);
    if (wait_ms < 0) wait_ms = parse_date_ms(value, unix_us);
  }
}

}  // namespace lectr::wire
