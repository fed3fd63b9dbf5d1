#include "lectr/insight/incidents.hpp"

#include <gtest/gtest.h>

namespace lectr::insight {
namespace {

constexpr std::int64_t kMinute = 60'000'000;

struct Case {
  const char* name;
  std::vector<EpisodeOf> episodes;
  std::vector<std::vector<std::int64_t>> want;  // ids
};

class Incidents : public testing::TestWithParam<Case> {};

TEST_P(Incidents, Group) {
  std::vector<std::vector<std::int64_t>> ids;
  for (const Incident& i : group_incidents(GetParam().episodes)) {
    ids.emplace_back();
    for (const EpisodeOf& e : i.episodes) ids.back().push_back(e.id);
  }
  EXPECT_EQ(ids, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Onsets, Incidents,
    testing::Values(
        Case{"none", {}, {}},
        Case{"cause_first", {{1, Metric::cost, 0}, {2, Metric::latency, 5 * kMinute}, {3, Metric::volume, 10 * kMinute}}, {{3, 2, 1}}},
        Case{"half_an_hour_is_together", {{1, Metric::errors, 0}, {2, Metric::latency, 30 * kMinute}}, {{1, 2}}},
        Case{"later_is_another", {{1, Metric::errors, 0}, {2, Metric::latency, 35 * kMinute}}, {{1}, {2}}},
        Case{"no_chain_without_an_end", {{1, Metric::errors, 0}, {2, Metric::cost, 25 * kMinute}, {3, Metric::drift, 50 * kMinute}}, {{1, 2}, {3}}},
        Case{"any_order", {{2, Metric::latency, 60 * kMinute}, {1, Metric::errors, 0}}, {{1}, {2}}}),
    [](const auto& one) { return std::string{one.param.name}; });

}  // namespace
}  // namespace lectr::insight
