#include "lectr/insight/contribution.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace lectr::insight {
namespace {

using Cells = std::vector<CellShare>;

struct Case {
  const char* name;
  Metric metric;
  Cells during, before;
  std::string_view want;
};

class Sentence : public testing::TestWithParam<Case> {};

TEST_P(Sentence, NamesTheCause) {
  const Case& c = GetParam();
  EXPECT_EQ(to_sentence(c.metric, explain(c.metric, c.during, c.before, 1.0 / 7)), c.want);
}

INSTANTIATE_TEST_SUITE_P(
    Causes, Sentence,
    testing::Values(
        Case{"one_model",
             Metric::cost,
             {{"chat", "gpt-4o", "1", 50, 92}, {"chat", "mini", "1", 50, 18}},
             {{"chat", "gpt-4o", "1", 350, 0}, {"chat", "mini", "1", 350, 70}},
             "92 % of the extra cost comes from model gpt-4o"},
        Case{"the_largest_at_its_usual_is_no_cause",
             Metric::cost,
             {{"chat", "big", "1", 1000, 1000}, {"search", "small", "2", 50, 40}},
             {{"chat", "big", "1", 7000, 6965}, {"search", "small", "2", 350, 35}},
             "88 % of the extra cost comes from feature search"},
        Case{"a_pair_says_more",
             Metric::cost,
             {{"chat", "gpt-4o", "1", 10, 10}, {"chat", "gpt-4o", "3", 60, 102}, {"chat", "mini", "3", 10, 0}, {"chat", "mini", "1", 10, 10}},
             {{"chat", "gpt-4o", "1", 70, 210}, {"chat", "gpt-4o", "3", 70, 70}, {"chat", "mini", "3", 70, 140}, {"chat", "mini", "1", 70, 70}},
             "100 % of the extra cost comes from model gpt-4o, key 3"},
        Case{"one_key_of_a_model",
             Metric::cost,
             {{"chat", "gpt-4o", "1", 100, 42}, {"chat", "gpt-4o", "2", 50, 100}, {"chat", "mini", "1", 50, 2}},
             {{"chat", "gpt-4o", "1", 700, 280}, {"chat", "gpt-4o", "2", 350, 140}, {"chat", "mini", "1", 350, 14}},
             "98 % of the extra cost comes from model gpt-4o, key 2"},
        Case{"a_model_of_nearly_one_key",
             Metric::cost,
             {{"chat", "gpt-4o", "1", 95, 95}, {"chat", "gpt-4o", "2", 5, 5}, {"chat", "mini", "1", 50, 2}, {"chat", "mini", "2", 50, 2}},
             {{"chat", "gpt-4o", "1", 665, 266}, {"chat", "gpt-4o", "2", 35, 14}, {"chat", "mini", "1", 350, 14}, {"chat", "mini", "2", 350, 14}},
             "100 % of the extra cost comes from model gpt-4o"},
        Case{"a_model_that_moved_with_all_its_keys",
             Metric::cost,
             {{"chat", "gpt-4o", "1", 70, 160}, {"chat", "gpt-4o", "2", 30, 24}, {"chat", "mini", "1", 50, 2}},
             {{"chat", "gpt-4o", "1", 490, 280}, {"chat", "gpt-4o", "2", 210, 84}, {"chat", "mini", "1", 350, 14}},
             "100 % of the extra cost comes from model gpt-4o"},
        Case{"a_new_key_of_a_known_model",
             Metric::volume,
             {{"chat", "m", "1", 100}, {"chat", "m", "2", 300}, {"chat", "n", "1", 20}},
             {{"chat", "m", "1", 700}, {"chat", "n", "1", 140}},
             "100 % of the extra requests come from model m, key 2"},
        Case{"two_keys",
             Metric::volume,
             {{"chat", "m", "1", 60}, {"chat", "m", "2", 50}, {"chat", "m", "3", 10}},
             {{"chat", "m", "1", 70}, {"chat", "m", "2", 70}, {"chat", "m", "3", 70}},
             "100 % of the extra requests come from key 1 and key 2"},
        Case{"spread_over_all", Metric::volume, {{"a", "x", "1", 20}, {"b", "y", "2", 20}, {"c", "z", "3", 20}}, {}, "no single cause"},
        Case{"missing_requests",
             Metric::volume,
             {{"a", "x", "1", 0}, {"b", "x", "2", 100}},
             {{"a", "x", "1", 700}, {"b", "x", "2", 700}},
             "100 % of the missing requests come from feature a"},
        Case{"errors_of_one_model",
             Metric::errors,
             {{"a", "x", "1", 100, 0, 50}, {"a", "y", "1", 100, 0, 1}},
             {{"a", "x", "1", 700, 0, 7}, {"a", "y", "1", 700, 0, 7}},
             "100 % of the extra errors come from model x"},
        Case{"more_of_the_worse_model",
             Metric::errors,
             {{"a", "x", "1", 150, 0, 30}, {"a", "y", "1", 50, 0, 0}},
             {{"a", "x", "1", 700, 0, 140}, {"a", "y", "1", 700, 0, 0}},
             "100 % of the extra errors come from model x and model y"},
        Case{"slow_key",
             Metric::latency,
             {{"a", "x", "1", 100, 0, 0, 0, 5}, {"a", "x", "2", 100, 0, 0, 0, 60}},
             {},
             "100 % of the extra slow requests come from key 2"},
        Case{"nothing_changed", Metric::cost, {{"a", "x", "1", 1, 1}}, {{"a", "x", "1", 7, 7}}, "no single cause"},
        Case{"empty", Metric::cost, {}, {}, "no single cause"}),
    [](const auto& one) { return std::string{one.param.name}; });

TEST(Explain, TheCostSplitAddsUp) {
  const Cells during = {{"a", "x", "1", 200, 300}, {"a", "y", "1", 50, 10}}, before = {{"a", "x", "1", 700, 700}, {"a", "y", "1", 700, 70}};
  const auto e = explain(Metric::cost, during, before, 1.0 / 7);
  EXPECT_NEAR(e.extra, 310 - 110, 1e-9);
  EXPECT_NEAR(e.split.volume + e.split.mix + e.split.price, e.extra, 1e-9);
  EXPECT_NEAR(e.split.volume, 50 * 0.55, 1e-9);
  EXPECT_NEAR(e.split.mix, 205 - 250 * 0.55, 1e-9);
  EXPECT_NEAR(e.split.price, 310 - 205, 1e-9);
}

TEST(Explain, SenselessFiguresDoNoHarm) {
  const Cells bad = {{"a", "x", "1", std::nan(""), -5, 1.0 / 0.0}, {"b", "x", "1", 10, 10, 1}};
  for (int m = 0; m < kMetrics; ++m) {
    const auto e = explain(static_cast<Metric>(m), bad, bad, std::nan(""));
    EXPECT_TRUE(std::isfinite(e.extra) && std::isfinite(e.share));
  }
}

}  // namespace
}  // namespace lectr::insight
