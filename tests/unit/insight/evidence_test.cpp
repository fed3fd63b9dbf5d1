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

TEST(Evidence, ASkewedTailIsFartherOutThanItsDeviations) {
  EXPECT_EQ(normal_score(5, 0), 5);
  EXPECT_NEAR(normal_score(0, 0.5), 0.08, 0.01) << "half of what is skewed lies below its mean";
  double last = -100;
  for (const double z : {-40.0, -2.0, 0.0, 1.0, 3.0, 6.0, 40.0}) {
    EXPECT_GE(normal_score(z, 0.5), last);
    last = normal_score(z, 0.5);
  }
  EXPECT_NEAR(normal_score(6, 1), 4, 0.5);
}

// over / against of what is learned: a third of the usual variance, 1,000 buckets of 50 expected.
TEST(Evidence, LatencyIsJudgedByItsOwnSpreadOnceThatIsProven) {
  Track track;
  track.over[0] = -0.65F, track.against[0] = 46;
  EXPECT_EQ(count_variance(Metric::latency, track, 0), 1) << "nothing learned";
  track.learned[0] = 1000;
  EXPECT_NEAR(count_variance(Metric::latency, track, 0), 0.25, 0.1);
  EXPECT_EQ(count_variance(Metric::errors, track, 0), 1) << "counts have Poisson's";
  track.learned[0] = 100;
  EXPECT_GT(count_variance(Metric::latency, track, 0), 0.4) << "a hundred prove less";
}

TEST(Evidence, ALevelThatWasThereBeforeIsNoNewsButInAnEpisode) {
  Track usual;
  usual.ring.fill({100, 100, 100, 100}), usual.count = kLongest;
  Track busy = usual;
  for (std::size_t i = 3; i < kLongest; ++i) busy.ring[i].x = 120;
  usual.ring[0].x = busy.ring[0].x = 160;
  const double at_once = look(Metric::volume, usual, 0, 0, 1).z, in_a_busy_hour = look(Metric::volume, busy, 0, 0, 1).z;
  EXPECT_LT(in_a_busy_hour, at_once - 0.5);
  EXPECT_GT(in_a_busy_hour, at_once / 2) << "it is no licence";
  busy.episode.make().open = true;
  EXPECT_EQ(look(Metric::volume, busy, 0, 0, 1).z, at_once);
}

}  // namespace
}  // namespace lectr::insight
