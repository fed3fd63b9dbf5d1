#include "lectr/policy/latency_target.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lectr::policy {
namespace {

constexpr std::int64_t kMinute = 60'000'000;
constexpr std::int64_t kBegin = 1'790'000'000'000'000;

struct Look {
  int minute;
  std::int64_t requests, p95_ms, ttfb_ms;
};
struct Case {
  const char* name;
  std::vector<Look> looks;
  const char* want;  // a letter per look
};
class Latency : public testing::TestWithParam<Case> {};
TEST_P(Latency, IsJudged) {
  config::LatencyTarget target;
  target.p95_ms = 1000, target.ttfb_p95_ms = 200, target.window_min = 5;
  LatencyVerdict verdict;
  std::string got;
  for (const Look& look : GetParam().looks) {
    const auto us = [](std::int64_t ms) { return ms < 0 ? -1 : ms * 1000; };
    verdict = judge(verdict, target, {look.requests, us(look.p95_ms), us(look.ttfb_ms)}, kBegin + look.minute * kMinute);
    got += verdict.state == LatencyState::breached ? 'b' : verdict.state == LatencyState::within ? 'w' : '-';
  }
  EXPECT_EQ(got, GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Windows, Latency,
    testing::Values(Case{"nothing", {{0, 0, -1, -1}, {1, 19, 5000, 5000}}, "--"}, Case{"at_the_target_is_within", {{0, 20, 1000, 200}}, "w"},
                    Case{"over", {{0, 20, 1001, 100}}, "b"}, Case{"first_byte_alone", {{0, 20, 500, 201}}, "b"},
                    Case{"no_first_byte_known", {{0, 20, 500, -1}}, "w"},
                    Case{"held_for_a_window", {{0, 20, 1001, 100}, {1, 20, 100, 100}, {4, 20, 100, 100}, {5, 20, 100, 100}}, "bbbw"},
                    Case{"not_before_it_eased", {{0, 20, 1001, 100}, {6, 20, 950, 100}, {7, 20, 901, 100}, {8, 20, 900, 100}}, "bbbw"},
                    Case{"without_traffic_it_ends", {{0, 20, 1001, 100}, {4, 0, -1, -1}, {5, 0, -1, -1}}, "bb-"},
                    Case{"a_relapse_is_held_twice_as_long",
                         {{0, 20, 1001, 1}, {5, 20, 1, 1}, {8, 20, 1001, 1}, {13, 20, 1, 1}, {17, 20, 1, 1}, {18, 20, 1, 1}},
                         "bwbbbw"},
                    Case{"later_it_is_no_relapse", {{0, 20, 1001, 1}, {5, 20, 1, 1}, {11, 20, 1001, 1}, {16, 20, 1, 1}}, "bwbw"}),
    [](const auto& c) { return std::string{c.param.name}; });

}  // namespace
}  // namespace lectr::policy
