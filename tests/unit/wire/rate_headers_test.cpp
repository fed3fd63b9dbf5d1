#include "lectr/wire/rate_headers.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lectr::wire {
namespace {

constexpr std::int64_t kNow = 1'795'098'571'000'000;  // Thu, 19 Nov 2026 14:29:31 GMT

struct Case {
  const char* name;
  std::vector<std::pair<const char*, const char*>> fields;
  const char* want;  // requests, tokens, wait
};
std::string text(const Quota& q) {
  return std::to_string(q.remaining) + "/" + std::to_string(q.limit) + "/" + std::to_string(q.reset_ms) + (q.told() ? "" : "?");
}
class Rates : public ::testing::TestWithParam<Case> {};
TEST_P(Rates, AreRead) {
  RateHeaders got;
  for (const auto& [name, value] : GetParam().fields) got.take(name, value, kNow);
  EXPECT_EQ(text(got.requests) + " " + text(got.tokens) + " " + std::to_string(got.wait_ms), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, Rates,
    ::testing::Values(
        Case{"nothing", {{"content-type", "application/json"}}, "-1/-1/-1? -1/-1/-1? -1"},
        Case{"openai",
             {{"x-ratelimit-limit-requests", "500"},
              {"X-RateLimit-Remaining-Requests", "499"},
              {"x-ratelimit-reset-requests", "120ms"},
              {"x-ratelimit-limit-tokens", "30000"},
              {"x-ratelimit-remaining-tokens", "29980"},
              {"x-ratelimit-reset-tokens", "6m0s"}},
             "499/500/120 29980/30000/360000 -1"},
        Case{"anthropic",
             {{"anthropic-ratelimit-requests-limit", "50"},
              {"anthropic-ratelimit-requests-remaining", "0"},
              {"anthropic-ratelimit-requests-reset", "2026-11-19T14:29:41Z"},
              {"anthropic-ratelimit-input-tokens-remaining", "7"},
              {"retry-after", "10"}},
             "0/50/10000 -1/-1/-1? 10000"},
        Case{"anthropic_reset_that_is_past", {{"anthropic-ratelimit-tokens-reset", "2026-11-19T14:29:30Z"}}, "-1/-1/-1? -1/-1/0? -1"},
        Case{"azure_placeholders",
             {{"x-ratelimit-limit-requests", "0"}, {"x-ratelimit-remaining-requests", "-1"}, {"x-ratelimit-reset-requests", "0"}},
             "-1/0/-1? -1/-1/-1? -1"},
        Case{"plain_seconds", {{"x-ratelimit-reset-requests", "1.5"}}, "-1/-1/1500? -1/-1/-1? -1"},
        Case{"milliseconds_before_seconds", {{"retry-after-ms", "250"}, {"retry-after", "1"}}, "-1/-1/-1? -1/-1/-1? 250"},
        Case{"milliseconds_after_seconds", {{"Retry-After", "1"}, {"x-ms-retry-after-ms", "250"}}, "-1/-1/-1? -1/-1/-1? 250"},
        Case{"a_date", {{"retry-after", "Thu, 19 Nov 2026 14:30:01 GMT"}}, "-1/-1/-1? -1/-1/-1? 30000"},
        Case{"a_date_that_is_past", {{"retry-after", "Thu, 19 Nov 2026 14:29:01 GMT"}}, "-1/-1/-1? -1/-1/-1? -1"},
        Case{"no_time_at_all", {{"retry-after", "soon"}, {"x-ratelimit-reset-tokens", "soon"}}, "-1/-1/-1? -1/-1/-1? -1"},
        Case{"too_long", {{"retry-after", "86401"}}, "-1/-1/-1? -1/-1/-1? -1"},
        Case{"not_finite", {{"retry-after", "inf"}, {"retry-after-ms", "nan"}}, "-1/-1/-1? -1/-1/-1? -1"},
        Case{"odd_names", {{"x-ratelimit-", "1"}, {"x-ratelimit-limit", "1"}, {"anthropic-ratelimit-", "1"}, {"", "1"}}, "-1/-1/-1? -1/-1/-1? -1"}),
    [](const auto& instance) { return std::string{instance.param.name}; });

}  // namespace
}  // namespace lectr::wire
