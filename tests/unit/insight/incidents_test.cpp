#include "lectr/insight/incidents.hpp"

#include <gtest/gtest.h>

namespace lectr::insight {
namespace {

constexpr auto kHigh = Direction::high, kLow = Direction::low;
constexpr std::optional<std::string> kOrg;

EpisodeOf at(int minute, std::optional<std::string> feature, Metric metric, std::int64_t incident = 0, int window = 1, Direction direction = kHigh) {
  return {std::move(feature), metric, direction, (1'000 + minute) * 60'000'000LL, window, incident};
}

struct Case {
  const char* name;
  EpisodeOf fresh;
  std::vector<EpisodeOf> others;
  std::int64_t want;
};
class Incidents : public testing::TestWithParam<Case> {};
TEST_P(Incidents, OneForOneCause) { EXPECT_EQ(incident_of(GetParam().fresh, GetParam().others), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(
    Episodes, Incidents,
    testing::Values(
        Case{"alone", at(0, "chat", Metric::cost), {}, 0},
        Case{"another_metric_of_the_feature", at(10, "chat", Metric::cost), {at(0, "chat", Metric::volume, 7)}, 7},
        Case{"half_an_hour_is_together", at(30, "chat", Metric::cost), {at(0, "chat", Metric::errors, 7)}, 7},
        Case{"later_is_another", at(35, "chat", Metric::cost), {at(0, "chat", Metric::errors, 7)}, 0},
        Case{"found_earlier_begun_later", at(0, "chat", Metric::cost), {at(25, "chat", Metric::errors, 7)}, 7},
        Case{"another_metric_of_another_feature", at(5, "chat", Metric::cost), {at(0, "search", Metric::errors, 7)}, 0},
        Case{"the_metric_of_another_feature", at(5, "chat", Metric::errors), {at(0, "search", Metric::errors, 7)}, 7},
        Case{"but_the_other_way", at(5, "chat", Metric::volume, 0, 1, kLow), {at(0, "search", Metric::volume, 7)}, 0},
        Case{"of_a_feature_and_the_org", at(0, kOrg, Metric::errors), {at(0, "search", Metric::errors, 7)}, 7},
        Case{"of_the_org_and_a_feature", at(5, "chat", Metric::errors), {at(0, kOrg, Metric::errors, 7)}, 7},
        Case{"its_own_feature_first", at(5, "chat", Metric::errors), {at(0, kOrg, Metric::errors, 7), at(0, "chat", Metric::latency, 8)}, 8},
        Case{"then_the_org", at(5, "chat", Metric::errors), {at(0, "search", Metric::errors, 8), at(0, kOrg, Metric::errors, 7)}, 7},
        Case{
            "through_another_metric", at(20, "chat", Metric::latency), {at(0, "search", Metric::errors, 7), at(10, "search", Metric::latency, 7)}, 7},
        Case{"no_chain_without_an_end", at(50, "chat", Metric::drift), {at(0, "chat", Metric::errors, 7), at(25, "chat", Metric::cost, 7)}, 0},
        // A window of an hour begins up to an hour before what it found.
        Case{"began_within_a_long_window", at(-45, "chat", Metric::cost, 0, 12), {at(5, "chat", Metric::volume, 7)}, 7},
        Case{"a_long_window_long_before", at(-120, "chat", Metric::cost, 7, 12), {at(5, "chat", Metric::volume, 8)}, 0},
        Case{"other_sums_of_the_org", at(5, kOrg, Metric::cost), {at(0, kOrg, Metric::volume, 7)}, 7},
        Case{"sums_that_two_features_caused", at(5, kOrg, Metric::volume), {at(0, kOrg, Metric::cost, 7), at(0, "chat", Metric::cost, 7)}, 0},
        Case{"the_sum_of_the_other_cause",
             at(5, kOrg, Metric::volume),
             {at(0, kOrg, Metric::cost, 7), at(0, "chat", Metric::cost, 7), at(5, "batch", Metric::volume, 8)},
             8},
        Case{"in_no_incident_yet", at(5, "chat", Metric::cost), {at(0, "chat", Metric::volume)}, 0}),
    [](const auto& one) { return std::string{one.param.name}; });

TEST(Incidents, TheOrgLeadsWhereSeveralFeaturesAreInIt) {
  const EpisodeOf org = at(0, kOrg, Metric::errors);
  EXPECT_FALSE(org_leads(org, std::vector{org}));
  EXPECT_FALSE(org_leads(org, std::vector{at(0, "chat", Metric::errors), org}));
  EXPECT_TRUE(org_leads(org, std::vector{at(0, "chat", Metric::errors), at(0, "search", Metric::errors), org}));
  EXPECT_FALSE(org_leads(org, std::vector{at(0, "chat", Metric::errors), at(0, "search", Metric::latency), org}));
  EXPECT_FALSE(org_leads(org, std::vector{at(0, "chat", Metric::errors), at(0, "search", Metric::errors, 0, 1, kLow), org}));
}

}  // namespace
}  // namespace lectr::insight
