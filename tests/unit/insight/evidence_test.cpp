#include <gtest/gtest.h>

#include "insight/window.hpp"

namespace lectr::insight {
namespace {

Window at_once(Metric metric, Sample sample) {
  Track track;
  track.ring[0] = sample, track.count = 1;
  return look(metric, track, 0, 0, 1);
}

TEST(Evidence, ScoreStaysBetweenNoughtAndOne) {
  for (const double e : {0.0, 0.3, 1.0, 2.5, 40.0, 1e6}) {
    EXPECT_GE(score(e), 0);
    EXPECT_LE(score(e), 1);
  }
  EXPECT_NEAR(score(1), 0.865, 0.001);
}

struct Case {
  const char* name;
  Metric metric;
  Sample sample;  // x, m, a, b
  bool opens;
};

class OneBucket : public testing::TestWithParam<Case> {};

TEST_P(OneBucket, IsWeighed) {
  const Case& c = GetParam();
  const std::array<Window, kWindows> windows = {at_once(c.metric, c.sample)};
  Track track;
  EXPECT_EQ(weigh(c.metric, track, windows, 1, 1).e >= 1, c.opens) << windows[0].z;
}

INSTANTIATE_TEST_SUITE_P(
    Minima, OneBucket,
    testing::Values(Case{"as_expected", Metric::volume, {100, 100, 100, 100}, false}, Case{"trebled", Metric::volume, {300, 100, 100, 100}, true},
                    Case{"within_the_next_quarter", Metric::volume, {300, 100, 100, 320}, false},
                    Case{"nothing", Metric::volume, {0, 100, 100, 100}, true}, Case{"nothing_of_little", Metric::volume, {0, 14, 14, 14}, false},
                    Case{"too_few_to_rise", Metric::volume, {19, 0, 0, 0}, false},
                    Case{"less_than_the_effect", Metric::volume, {120000, 100000, 100000, 100000}, false},
                    Case{"two_errors_in_three", Metric::errors, {2, 0.03F, 3}, false}, Case{"twenty_errors", Metric::errors, {20, 2, 200}, true},
                    Case{"four_errors", Metric::errors, {4, 0, 400}, false}, Case{"fewer_errors", Metric::errors, {0, 100, 10000}, false},
                    Case{"one_dear_request", Metric::cost, {400, 100, 100, 90000}, false},
                    Case{"all_dearer", Metric::cost, {400, 100, 100, 1600}, true}, Case{"dearer_of_few", Metric::cost, {400, 100, 59, 1600}, false},
                    Case{"slow_of_three", Metric::latency, {}, false}, Case{"slower", Metric::latency, {110, 100, 169, 14}, true},
                    Case{"faster", Metric::latency, {-110, 100, 169, 14}, false}),
    [](const auto& one) { return std::string{one.param.name}; });

TEST(Evidence, DailyMaximaAreCappedAndTheirMedianCounts) {
  Track track;
  for (int day = 0; day < 40; ++day) {
    note_maximum(track, 0, day % 5 == 0 ? 1000 : 3);
    end_day(track);
  }
  EXPECT_FLOAT_EQ(track.usual_max[0], 3);
  EXPECT_LE(track.days, 2 * kDays);
}

}  // namespace
}  // namespace lectr::insight
