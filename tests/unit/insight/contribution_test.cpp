#include "lectr/insight/contribution.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace lectr::insight {
namespace {

CellShare cell(const char* feature, const char* model, const char* key, double requests, double cost, double errors = 0, double drifted = 0,
               double slow = 0) {
  return {feature, model, key, requests, cost, errors, drifted, slow};
}
using Cells = std::vector<CellShare>;

struct ExplainCase {
  const char* name;
  Metric metric;
  Direction direction;
  Cells episode, baseline;  // the baseline covers twice the time of the episode
  std::string_view want;
};
class Explain : public testing::TestWithParam<ExplainCase> {};
TEST_P(Explain, Says) {
  const auto& c = GetParam();
  const Explanation e = explain(c.metric, c.direction, c.episode, c.baseline, 0.5);
  EXPECT_EQ(sentence(e), c.want);
  double sum = 0;
  for (const Cause& cause : e.causes) {
    EXPECT_GT(cause.share, 0);
    sum += cause.share;
  }
  EXPECT_NEAR(sum, e.share, 1e-9);
  EXPECT_LE(e.share, 1 + 1e-9);
  EXPECT_EQ(e.dimension == Dimension::none, e.causes.empty());

  Cells turned = c.episode, turned_baseline = c.baseline;  // the order of cells means nothing
  std::reverse(turned.begin(), turned.end()), std::reverse(turned_baseline.begin(), turned_baseline.end());
  EXPECT_EQ(sentence(explain(c.metric, c.direction, turned, turned_baseline, 0.5)), c.want);
}
constexpr auto high = Direction::high, low = Direction::low;
INSTANTIATE_TEST_SUITE_P(
    Tables, Explain,
    testing::Values(
        ExplainCase{"one_key_of_two",
                    Metric::cost,
                    high,
                    {cell("chat", "gpt-4o", "1", 100, 10), cell("chat", "gpt-4o", "2", 500, 60)},
                    {cell("chat", "gpt-4o", "1", 200, 20), cell("chat", "gpt-4o", "2", 200, 20)},
                    "all of the extra cost comes from key 2"},
        ExplainCase{"one_model_by_one_key",  // model and key each say 3 in 4 of what is usual, the pair 1 in 4
                    Metric::cost,
                    high,
                    {cell("chat", "gpt-4o", "3", 500, 102), cell("chat", "gpt-4o", "4", 100, 14), cell("chat", "o3", "3", 100, 14),
                     cell("chat", "o3", "4", 100, 10)},
                    {cell("chat", "gpt-4o", "3", 200, 20), cell("chat", "gpt-4o", "4", 200, 20), cell("chat", "o3", "3", 200, 20),
                     cell("chat", "o3", "4", 200, 20)},
                    "92 % of the extra cost comes from model gpt-4o, key 3"},
        ExplainCase{"no_cell_stands_out",
                    Metric::volume,
                    high,
                    {cell("chat", "a", "1", 20, 0), cell("chat", "b", "2", 20, 0), cell("chat", "c", "3", 20, 0)},
                    {cell("chat", "a", "1", 20, 0), cell("chat", "b", "2", 20, 0), cell("chat", "c", "3", 20, 0)},
                    "no single cause"},
        ExplainCase{"two_that_reach_80_percent",
                    Metric::volume,
                    high,
                    {cell("chat", "a", "1", 60, 0), cell("chat", "a", "2", 50, 0), cell("chat", "a", "3", 20, 0)},
                    {cell("chat", "a", "1", 20, 0), cell("chat", "a", "2", 20, 0), cell("chat", "a", "3", 20, 0)},
                    "90 % of the extra requests comes from key 1 and key 2"},
        ExplainCase{"a_fall",
                    Metric::volume,
                    low,
                    {cell("chat", "a", "1", 0, 0), cell("chat", "a", "2", 110, 0)},
                    {cell("chat", "a", "1", 200, 0), cell("chat", "a", "2", 200, 0)},
                    "all of the missing requests comes from key 1"},
        ExplainCase{
            "the_sum_went_the_other_way", Metric::volume, high, {cell("chat", "a", "1", 10, 0)}, {cell("chat", "a", "1", 200, 0)}, "no single cause"},
        ExplainCase{"errors_of_one_model",
                    Metric::errors,
                    high,
                    {cell("chat", "a", "1", 100, 0, 1), cell("chat", "b", "1", 100, 0, 41)},
                    {cell("chat", "a", "1", 200, 0, 2), cell("chat", "b", "1", 200, 0, 2)},
                    "all of the extra errors comes from model b"},
        ExplainCase{"latency_by_exceedance",  // a: usual 5 %, b: 30 of 100 are slow
                    Metric::latency,
                    high,
                    {cell("chat", "a", "1", 100, 0, 0, 0, 5), cell("chat", "b", "1", 100, 0, 0, 0, 30)},
                    {cell("chat", "a", "1", 200, 0), cell("chat", "b", "1", 200, 0)},
                    "all of the slow requests comes from model b"},
        ExplainCase{"drift_by_rate",
                    Metric::drift,
                    high,
                    {cell("chat", "a", "1", 100, 0, 0, 50), cell("chat", "b", "1", 100, 0, 0, 1)},
                    {cell("chat", "a", "1", 200, 0, 0, 2), cell("chat", "b", "1", 200, 0, 0, 2)},
                    "all of the extra drift comes from model a"},
        ExplainCase{"drift_by_mix",  // no rate changed, only the mix: a adds 0.65 × 0.45 of the 0.325
                    Metric::drift,
                    high,
                    {cell("chat", "a", "1", 150, 0, 0, 75), cell("chat", "b", "1", 50, 0, 0, 0)},
                    {cell("chat", "a", "1", 40, 0, 0, 20), cell("chat", "b", "1", 360, 0, 0, 0)},
                    "90 % of the extra drift comes from model a"},
        ExplainCase{"a_new_key",
                    Metric::cost,
                    high,
                    {cell("chat", "a", "1", 100, 10), cell("chat", "a", "9", 100, 50)},
                    {cell("chat", "a", "1", 200, 20)},
                    "all of the extra cost comes from key 9"},
        ExplainCase{"features_of_an_org",
                    Metric::cost,
                    high,
                    {cell("chat", "a", "1", 100, 10), cell("mail", "a", "1", 100, 50)},
                    {cell("chat", "a", "1", 200, 20), cell("mail", "a", "1", 200, 20)},
                    "all of the extra cost comes from feature mail"},
        ExplainCase{"all_there_is_is_one_cell",
                    Metric::cost,
                    high,
                    {cell("chat", "a", "1", 100, 50)},
                    {cell("chat", "a", "1", 200, 20)},
                    "all of the extra cost comes from model a, key 1"},
        ExplainCase{"untagged",
                    Metric::volume,
                    high,
                    {cell("", "a", "1", 100, 0), cell("chat", "a", "1", 100, 0)},
                    {cell("", "a", "1", 20, 0), cell("chat", "a", "1", 200, 0)},
                    "all of the extra requests comes from untagged requests"},
        ExplainCase{
            "nothing_known_of_before", Metric::cost, high, {cell("chat", "a", "1", 100, 50)}, {}, "all of the extra cost comes from model a, key 1"},
        ExplainCase{"nothing_at_all", Metric::cost, high, {}, {}, "no single cause"}),
    [](const auto& info) { return std::string{info.param.name}; });

struct SplitCase {
  const char* name;
  Cells episode, baseline;
  double volume, mix, price;
};
class Split : public testing::TestWithParam<SplitCase> {};
TEST_P(Split, SumsToTheChange) {
  const auto& c = GetParam();
  const Explanation e = explain(Metric::cost, high, c.episode, c.baseline, 0.5);
  ASSERT_TRUE(e.split);
  EXPECT_NEAR(e.split->volume, c.volume, 1e-9);
  EXPECT_NEAR(e.split->mix, c.mix, 1e-9);
  EXPECT_NEAR(e.split->price, c.price, 1e-9);
  EXPECT_NEAR(e.split->volume + e.split->mix + e.split->price, e.extra, 1e-9);
}
INSTANTIATE_TEST_SUITE_P(Tables, Split,
                         testing::Values(SplitCase{"more_requests", {cell("f", "a", "1", 300, 30)}, {cell("f", "a", "1", 200, 20)}, 20, 0, 0},
                                         SplitCase{"a_dearer_model",
                                                   {cell("f", "a", "1", 50, 5), cell("f", "b", "1", 50, 50)},
                                                   {cell("f", "a", "1", 180, 18), cell("f", "b", "1", 20, 20)},
                                                   0,
                                                   36,
                                                   0},
                                         SplitCase{"longer_requests", {cell("f", "a", "1", 100, 40)}, {cell("f", "a", "1", 200, 20)}, 0, 0, 30},
                                         SplitCase{"a_model_never_seen", {cell("f", "b", "1", 100, 40)}, {cell("f", "a", "1", 200, 20)}, 0, 30, 0},
                                         SplitCase{"nothing_before", {cell("f", "a", "1", 100, 40)}, {}, 40, 0, 0},
                                         SplitCase{"all_at_once",
                                                   {cell("f", "a", "1", 100, 20), cell("f", "b", "1", 100, 110)},
                                                   {cell("f", "a", "1", 180, 18), cell("f", "b", "1", 20, 20)},
                                                   19,
                                                   72,
                                                   20}),
                         [](const auto& info) { return std::string{info.param.name}; });

TEST(Explain, NamesAtMostThree) {
  Cells episode, baseline;
  for (int i = 0; i < 40; ++i) {
    const std::string key = std::to_string(i);
    episode.push_back(cell("f", "a", key.c_str(), i == 0 ? 500 : 20, 0)), baseline.push_back(cell("f", "a", key.c_str(), 20, 0));
  }
  const Explanation e = explain(Metric::volume, high, episode, baseline, 0.5);
  ASSERT_EQ(e.causes.size(), kMaxCauses);
  EXPECT_EQ(e.causes[0].key, "0");
  EXPECT_LT(e.share, 0.8);
}

}  // namespace
}  // namespace lectr::insight
