#include "lectr/insight/incidents.hpp"

#include <gtest/gtest.h>

namespace lectr::insight {
namespace {

constexpr std::int64_t kMinute = 60'000'000;
Onset at(int minute, Metric metric, Severity severity = Severity::low) { return {metric, minute * kMinute, severity}; }

std::string text(const std::vector<Incident>& incidents) {
  std::string out;
  for (const Incident& i : incidents) {
    out += out.empty() ? "" : " | ";
    out += std::to_string(i.opened_us / kMinute) + " " + std::string{name(i.severity)} + ":";
    for (const std::size_t e : i.episodes) out += " " + std::to_string(e);
  }
  return out;
}

struct GroupCase {
  const char* name;
  std::vector<Onset> episodes;
  std::string_view want;
};
class Group : public testing::TestWithParam<GroupCase> {};
TEST_P(Group, CauseFirst) { EXPECT_EQ(text(group(GetParam().episodes)), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(
    Tables, Group,
    testing::Values(
        GroupCase{"none", {}, ""}, GroupCase{"one", {at(5, Metric::cost, Severity::high)}, "5 high: 0"},
        GroupCase{"cause_before_what_was_seen_first", {at(0, Metric::drift), at(10, Metric::latency), at(30, Metric::volume)}, "0 low: 2 1 0"},
        GroupCase{"all_five",
                  {at(4, Metric::drift), at(3, Metric::cost), at(2, Metric::latency), at(1, Metric::errors), at(0, Metric::volume)},
                  "0 low: 4 3 2 1 0"},
        GroupCase{"half_an_hour_and_no_more", {at(0, Metric::errors), at(30, Metric::latency), at(35, Metric::cost)}, "0 low: 0 1 | 35 low: 2"},
        GroupCase{"no_chain", {at(0, Metric::errors), at(20, Metric::latency), at(40, Metric::cost)}, "0 low: 0 1 | 40 low: 2"},
        GroupCase{"any_order_of_input", {at(100, Metric::cost), at(0, Metric::cost), at(95, Metric::errors)}, "0 low: 1 | 95 low: 2 0"},
        GroupCase{"highest_severity", {at(0, Metric::volume), at(5, Metric::cost, Severity::medium)}, "0 medium: 0 1"},
        GroupCase{"same_metric_by_onset", {at(10, Metric::volume), at(0, Metric::volume)}, "0 low: 1 0"}),
    [](const auto& info) { return std::string{info.param.name}; });

}  // namespace
}  // namespace lectr::insight
