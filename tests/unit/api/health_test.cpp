#include "api/health.hpp"

#include <gtest/gtest.h>

namespace lectr::api {
namespace {

constexpr std::int64_t kMinute = 60'000'000, kNow = 1'795'098'600'000'000;

// The last hour, a request count and a failure count for each of the latest minutes, newest last.
struct HealthCase {
  const char* name;
  std::vector<std::pair<int, int>> latest;
  std::int64_t recent_p95, day_p95, day_requests;
  const char *state, *reason;
  int since_minutes_ago; /* -1: none */
};
HealthInput input(const HealthCase& c) {
  HealthInput in;
  in.now_us = kNow;
  for (int i = 0; i < 60; ++i) in.minutes.push_back({kNow - (60 - i) * kMinute, 0, 0, -1});
  for (std::size_t i = 0; i < c.latest.size(); ++i) {
    HealthMinute& minute = in.minutes[60 - c.latest.size() + i];
    minute.requests = c.latest[i].first;
    minute.failures = c.latest[i].second;
    minute.p95_us = minute.requests > 0 ? c.recent_p95 : -1;
    if (minute.requests > 0) in.last_request_us = minute.start_us;
  }
  in.recent_p95_us = c.recent_p95;
  in.day_p95_us = c.day_p95;
  in.day_requests = c.day_requests;
  return in;
}
class ProviderHealth : public testing::TestWithParam<HealthCase> {};
TEST_P(ProviderHealth, IsJudged) {
  const auto& c = GetParam();
  const Health got = judge(input(c));
  EXPECT_STREQ(to_text(got.state), c.state);
  EXPECT_EQ(got.reason, c.reason);
  EXPECT_EQ(got.since_us ? (kNow - *got.since_us) / kMinute : -1, c.since_minutes_ago);
}
std::vector<std::pair<int, int>> then_quiet(int minutes) {
  std::vector<std::pair<int, int>> out{{3, 0}};
  out.resize(static_cast<std::size_t>(minutes) + 1, {0, 0});
  return out;
}
INSTANTIATE_TEST_SUITE_P(
    Cases, ProviderHealth,
    testing::Values(
        HealthCase{"never_used", {}, -1, -1, 0, "idle", "no request in 24 h", -1},
        HealthCase{"quiet_for_twenty", then_quiet(20), -1, 900, 3, "idle", "no request for 21 min", 21},
        HealthCase{"quiet_for_ten", then_quiet(10), 900, 900, 3, "healthy", "0 of 3 requests failed in 15 min", -1},
        HealthCase{"all_fail", {{9, 0}, {2, 2}, {3, 3}}, 900, 900, 14, "degraded", "5 of 14 requests failed in 15 min", 2},
        HealthCase{"down", {{9, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {2, 2}, {3, 3}}, 900, 900, 14, "down", "5 of 5 requests failed in 5 min", 2},
        HealthCase{"four_are_too_few_for_down", {{4, 4}}, 900, 900, 4, "healthy", "4 of 4 requests failed in 15 min", -1},
        HealthCase{"nine_of_ten", {{10, 9}}, 900, 900, 10, "down", "9 of 10 requests failed in 5 min", -1},
        HealthCase{"a_tenth", {{40, 0}, {10, 5}}, 900, 900, 50, "degraded", "5 of 50 requests failed in 15 min", 1},
        HealthCase{"less_than_a_tenth", {{51, 5}}, 900, 900, 51, "healthy", "5 of 51 requests failed in 15 min", -1},
        HealthCase{"twice_as_slow", {{20, 0}}, 4'200'000, 2'100'000, 100, "degraded", "P95 is 4.20 s, the day's is 2.10 s", -1},
        HealthCase{"slow_but_few", {{19, 0}}, 4'200'000, 2'100'000, 100, "healthy", "0 of 19 requests failed in 15 min", -1},
        HealthCase{
            "back_again",
            {{9, 9}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {4, 0}},
            900,
            900,
            13,
            "healthy",
            "0 of 4 requests failed in 15 min",
            1}),
    [](const auto& c) { return std::string{c.param.name}; });

}  // namespace
}  // namespace lectr::api
