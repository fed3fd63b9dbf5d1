#include "lectr/insight/detector.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "traffic.hpp"

namespace lectr::insight {
namespace {

constexpr int kWeek = 7 * 288;

auto between(int first, int last, double size) {
  return [=](int i) { return i >= first && i < last ? size : 1.0; };
}

struct Case {
  const char* name;
  Metric metric;
  Direction direction;
  int within;  // cycles
  void (*change)(Bucket&);
};

class Incident : public testing::TestWithParam<Case> {};

TEST_P(Incident, OpensSoonAndCloses) {
  const Case& c = GetParam();
  constexpr int kFirst = 3 * 288 + 130, kLast = kFirst + 24;
  const auto findings = judge_new(make_traffic({}, 5 * 288, {}, [&](int i, Bucket& b) {
    if (i >= kFirst && i < kLast) c.change(b);
  }));
  const auto opened = only(findings, Step::opened);
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_EQ(opened[0].metric, c.metric);
  EXPECT_EQ(opened[0].direction, c.direction);
  EXPECT_GE(number(opened[0]), kFirst);
  EXPECT_LT(number(opened[0]), kFirst + c.within);
  const bool high = c.direction == Direction::high;
  EXPECT_GT(high ? opened[0].sigma : -opened[0].sigma, 0);
  EXPECT_GE(high ? opened[0].peak_sigma : -opened[0].peak_sigma, std::abs(opened[0].sigma));
  EXPECT_GT(high ? opened[0].observed : opened[0].low, high ? opened[0].high : opened[0].observed)
      << "the observed value lies outside the band shown";
  EXPECT_LE(opened[0].low, opened[0].baseline);
  EXPECT_GE(opened[0].high, opened[0].baseline);
  const auto closed = only(findings, Step::closed);
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0].opened_us, opened[0].opened_us);
  EXPECT_GE(number(closed[0]), kLast);
  EXPECT_LT(number(closed[0]), kLast + 12);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Incident,
                         testing::Values(Case{"traffic_trebles", Metric::volume, Direction::high, 1,
                                              [](Bucket& b) { b.requests *= 3, b.errors *= 3, b.drifted *= 3, b.cost *= 3, b.cost2 *= 3; }},
                                         Case{"outage", Metric::volume, Direction::low, 1,
                                              [](Bucket& b) { b.requests = b.errors = b.drifted = 0, b.cost = b.cost2 = b.p95_us = 0; }},
                                         Case{"a_fifth_fails", Metric::errors, Direction::high, 1, [](Bucket& b) { b.errors = b.requests / 5; }},
                                         Case{"twice_as_slow", Metric::latency, Direction::high, 1, [](Bucket& b) { b.p95_us *= 2; }},
                                         Case{"a_third_slower", Metric::latency, Direction::high, 6, [](Bucket& b) { b.p95_us *= 1.35; }},
                                         Case{"twice_as_dear", Metric::cost, Direction::high, 2, [](Bucket& b) { b.cost *= 2, b.cost2 *= 4; }},
                                         Case{"half_drifts", Metric::drift, Direction::high, 1, [](Bucket& b) { b.drifted = b.requests / 2; }}),
                         [](const auto& one) { return std::string{one.param.name}; });

TEST(Detector, SaysNothingOfTwoCalmWeeks) {
  for (unsigned seed = 1; seed <= 4; ++seed)
    EXPECT_TRUE(judge_new(make_traffic({.weekend = 0.4, .seed = seed}, 2 * kWeek)).empty()) << "seed " << seed;
}

TEST(Detector, LearnsForTwoDaysInSilence) {
  Series series;
  EXPECT_EQ(series.buckets_to_go(), kWarmupBuckets);
  const auto findings = judge_all(series, make_traffic({}, kWarmupBuckets, between(300, 330, 8)));
  EXPECT_TRUE(findings.empty());
  EXPECT_EQ(series.buckets_to_go(), 0);
  EXPECT_EQ(series.buckets_seen(), kWarmupBuckets);
}

TEST(Detector, FirstWeekendIsNoFall) { EXPECT_TRUE(judge_new(make_traffic({.weekend = 0.35}, kWeek + 288)).empty()); }

TEST(Detector, FirstMondayAfterAWeekendIsNoRise) {
  EXPECT_TRUE(judge_new(make_traffic({.weekend = 0.35, .start_us = kMonday + 5 * 288 * kBucketUs}, kWeek)).empty());
}

TEST(Detector, ASmallFeatureHasAQuietMonth) { EXPECT_LE(judge_new(make_traffic({.mean = 9}, 30 * 288)).size(), 2u); }

TEST(Detector, NoTrafficAtNightIsUsual) {
  EXPECT_TRUE(judge_new(make_traffic({}, kWeek, [](int i) { return i % 288 < 84 ? 0.0 : 1.0; })).empty());
}

TEST(Detector, ALevelThatStaysIsOneEpisodeThenSilence) {
  for (const double size : {0.5, 1.6, 3.0}) {
    const auto findings = judge_new(make_traffic({.weekend = 1}, 12 * 288, between(4 * 288 + 100, 99 * 288, size)));
    EXPECT_EQ(only(findings, Step::opened).size(), 1u) << size;
    EXPECT_EQ(only(findings, Step::closed).size(), 1u) << size;
    EXPECT_TRUE(only(findings, Step::reopened).empty()) << size;
  }
}

TEST(Detector, APriceThatStaysIsOneEpisodeThenSilence) {
  const auto findings = judge_new(make_traffic({}, 10 * 288, {}, [](int i, Bucket& b) {
    if (i > 4 * 288) b.cost *= 1.8, b.cost2 *= 1.8 * 1.8;
  }));
  ASSERT_EQ(only(findings, Step::opened).size(), 1u);
  EXPECT_EQ(only(findings, Step::opened)[0].metric, Metric::cost);
  EXPECT_EQ(only(findings, Step::closed).size(), 1u);
}

// At night there are too few requests to tell; nobody shall hear of it again in the morning.
TEST(Detector, APriceThatStaysOverQuietNightsIsToldOnce) {
  for (const unsigned seed : {1u, 2u, 3u, 4u}) {
    constexpr int kFirst = 8 * 288 + 170;
    const Traffic traffic{.mean = 80, .night = 0.02, .seed = seed};
    const auto buckets = make_traffic(traffic, 14 * 288, {}, [&](int i, Bucket& b) {
      if (i >= kFirst) b.cost *= 1.8, b.cost2 *= 1.8 * 1.8;
    });
    std::vector<Finding> told;
    for (const Finding& f : only(judge_new(buckets), Step::opened))
      if (f.metric == Metric::cost) told.push_back(f);
    ASSERT_EQ(told.size(), 1u) << "seed " << seed;
    EXPECT_GE(number(told[0]), kFirst);
  }
}

TEST(Detector, ABatchTenMinutesLateIsUsual) {
  const auto batch = [](int i) {
    const int in_day = i % 288, late = i / 288 == 6 ? 2 : 0;
    return in_day >= 24 + late && in_day < 30 + late ? 6.0 : 1.0;
  };
  for (const Finding& f : judge_new(make_traffic({}, 8 * 288, batch)))
    ADD_FAILURE() << "bucket " << number(f) << " of day " << number(f) / 288 << ", window " << f.window << ", " << f.observed << " against "
                  << f.baseline;
}

TEST(Detector, ABatchWhoseStartWandersIsUsualAfterTwoNights) {
  const auto batch = [](int i) {
    const int day = i / 288, start = 36 + day * 7 % 4 - 1;  // five minutes before three o'clock to ten after
    return i % 288 >= start && i % 288 < start + 4 ? 8.0 : 1.0;
  };
  for (const Finding& f : only(judge_new(make_traffic({.mean = 60}, 28 * 288, batch)), Step::opened)) EXPECT_LT(number(f), 4 * 288);
}

TEST(Detector, ARushAtAnotherHourThanTheBatchIsFound) {
  const int rush = 20 * 288 + 150;
  const auto factor = [&](int i) { return i % 288 >= 36 && i % 288 < 40 ? 8.0 : i >= rush && i < rush + 12 ? 3.0 : 1.0; };
  const auto opened = only(judge_new(make_traffic({.mean = 60}, 22 * 288, factor)), Step::opened);
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_LE(number(opened[0]), rush + 2);
}

// What working days reach at noon was once usual on Sunday, too, as a burst that comes again.
TEST(Detector, AWorkingDaysNoonIsFoundOnSunday) {
  const int noon = 13 * 288 + 138;
  const auto findings = judge_new(make_traffic({.mean = 300, .weekend = 0.2}, 14 * 288, between(noon, noon + 24, 4)));
  const auto opened = only(findings, Step::opened);
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_LE(number(opened[0]), noon + 1);
}

TEST(Detector, TheSameTwiceInAWeekIsFoundTwice) {
  const auto twice = [](int i) { return (i >= 1300 && i < 1324) || (i >= 1900 && i < 1924) ? 2.5 : 1.0; };
  const auto opened = only(judge_new(make_traffic({}, kWeek, twice)), Step::opened);
  ASSERT_EQ(opened.size(), 2u);
  EXPECT_NE(opened[0].opened_us, opened[1].opened_us);
}

TEST(Detector, BackWithinTwoHoursIsTheSameEpisode) {
  const auto twice = [](int i) { return (i >= 1300 && i < 1312) || (i >= 1324 && i < 1336) ? 3.0 : 1.0; };
  const auto findings = judge_new(make_traffic({}, 6 * 288, twice));
  ASSERT_EQ(only(findings, Step::opened).size(), 1u);
  ASSERT_EQ(only(findings, Step::reopened).size(), 1u);
  EXPECT_EQ(only(findings, Step::reopened)[0].opened_us, only(findings, Step::opened)[0].opened_us);
  EXPECT_EQ(only(findings, Step::closed).size(), 2u);
}

TEST(Detector, AnOutageIsHighAndARushIntoOutageIsTwoEpisodes) {
  const auto findings = judge_new(make_traffic({}, 6 * 288, [](int i) { return i < 1300 || i >= 1324 ? 1.0 : i < 1312 ? 3.0 : 0.0; }));
  const auto opened = only(findings, Step::opened);
  ASSERT_EQ(opened.size(), 2u);
  EXPECT_EQ(opened[1].direction, Direction::low);
  EXPECT_EQ(opened[1].severity, Severity::high);
  EXPECT_LE(number(opened[1]), 1313);
}

TEST(Detector, ADismissedSpanLeavesTheBaselineAsItWas) {
  auto with = make_traffic({}, 6 * 288, between(1300, 1350, 4));
  std::vector<Bucket> without;
  for (int i = 0; i < static_cast<int>(with.size()); ++i) {
    if (i >= 1300 && i < 1350) {
      with[static_cast<std::size_t>(i)].excluded = true;
    } else {
      without.push_back(with[static_cast<std::size_t>(i)]);
    }
  }
  Series one, other;
  EXPECT_TRUE(judge_all(one, with).empty());
  EXPECT_TRUE(judge_all(other, without).empty());
  EXPECT_EQ(one.save(), other.save());
}

TEST(Detector, DismissingEndsTheOpenEpisode) {
  auto buckets = make_traffic({}, 6 * 288, between(1300, 1350, 4));
  for (int i = 1310; i < 1350; ++i) buckets[static_cast<std::size_t>(i)].excluded = true;
  const auto findings = judge_new(buckets);
  const auto closed = only(findings, Step::closed);
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(number(closed[0]), 1310);
  EXPECT_EQ(only(findings, Step::opened).size(), 1u);
}

TEST(Detector, AGapIsNoFinding) {
  auto buckets = make_traffic({}, 6 * 288);
  buckets.erase(buckets.begin() + 1300, buckets.begin() + 1420);
  EXPECT_TRUE(judge_new(buckets).empty());
}

TEST(Detector, OldAndSenselessBucketsAreIgnored) {
  auto buckets = make_traffic({}, 700);
  Series series;
  judge_all(series, buckets);
  const std::string before = series.save();
  std::vector<Finding> out;
  Bucket bad = buckets.back();
  series.judge(bad, {}, out);
  bad.start_us += kBucketUs;
  for (auto* count : {&bad.requests, &bad.errors, &bad.drifted}) {
    const auto kept = std::exchange(*count, -1);
    series.judge(bad, {}, out);
    *count = kept;
  }
  for (auto* amount : {&bad.cost, &bad.cost2, &bad.p95_us}) {
    for (const double wrong : {-1.0, std::nan(""), 1.0 / 0.0}) {
      const double kept = std::exchange(*amount, wrong);
      series.judge(bad, {}, out);
      *amount = kept;
    }
  }
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(series.save(), before);
}

TEST(Detector, NoFutureRecordIsUsed) {
  const auto buckets = make_traffic({}, kWeek, between(1300, 1324, 2.5));
  const auto all = judge_new(buckets);
  for (const int length : {1301, 1310, 1330}) {
    const auto part = judge_new({buckets.begin(), buckets.begin() + length});
    ASSERT_LE(part.size(), all.size());
    for (std::size_t i = 0; i < part.size(); ++i) {
      EXPECT_EQ(part[i].at_us, all[i].at_us);
      EXPECT_EQ(part[i].sigma, all[i].sigma);
    }
  }
}

TEST(Detector, ALessSensitiveOrgHearsLess) {
  const auto buckets = make_traffic({}, kWeek, between(1300, 1324, 1.3));
  Series two, four;
  EXPECT_EQ(only(judge_all(two, buckets), Step::opened).size(), 1u);
  EXPECT_TRUE(judge_all(four, buckets, {4}).empty());
}

TEST(Detector, ExpectsWhatIsUsual) {
  Series series;
  const auto buckets = make_traffic({}, 4 * 288);
  EXPECT_FALSE(series.expected(Metric::volume, buckets[0]));
  judge_all(series, buckets);
  Bucket noon;
  noon.start_us = noon.local_us = kMonday + (4 * 288 + 144) * kBucketUs, noon.requests = 200;
  const struct {
    Metric metric;
    double value, share;
  } wants[] = {{Metric::volume, 200, 0.1},
               {Metric::errors, 0.01, 0.3},
               {Metric::drift, 0.005, 0.4},
               {Metric::latency, 2e6, 0.1},
               {Metric::cost, 200 * 0.01 * 12, 0.1}};
  for (const auto& want : wants) {
    const auto e = series.expected(want.metric, noon);
    ASSERT_TRUE(e) << name(want.metric);
    EXPECT_NEAR(e->value, want.value, want.value * want.share) << name(want.metric);
    EXPECT_LE(e->low, e->value);
    EXPECT_GE(e->high, e->value);
  }
}

TEST(Detector, SaysHowFarABucketIsFromTheUsual) {
  Series series;
  judge_all(series, make_traffic({}, 4 * 288));
  Bucket noon;
  noon.start_us = noon.local_us = kMonday + (4 * 288 + 144) * kBucketUs, noon.requests = 200;
  const auto usual = series.expected(Metric::volume, noon);
  ASSERT_TRUE(usual && usual->sigma);
  EXPECT_LT(std::abs(*usual->sigma), 2);
  for (const auto& [requests, edge] : {std::pair{usual->high, 2.0}, {usual->low, -2.0}}) {  // the band is where it is two
    noon.requests = std::llround(requests);
    EXPECT_NEAR(*series.expected(Metric::volume, noon)->sigma, edge, 0.15);
  }
  noon.requests = 4;
  EXPECT_FALSE(series.expected(Metric::errors, noon)->sigma) << "too few to tell";
  noon.requests = 200;
  EXPECT_FALSE(series.expected(Metric::latency, noon)->sigma) << "no latency is given";
}

}  // namespace
}  // namespace lectr::insight
