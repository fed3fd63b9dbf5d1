#include "lectr/insight/any_series.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <random>
#include <vector>

namespace lectr::insight {
namespace {

struct Point {
  std::int64_t time;
  double value;
};
using Points = std::vector<Point>;

// A day's course with noise; every shape of trouble is put into it by the tests.
Points course(std::size_t n, std::uint64_t seed = 1) {
  std::mt19937_64 dice{seed};
  Points out;
  for (std::size_t i = 0; i < n; ++i) {
    double noise = 0;  // nearly normal, and the same with every standard library
    for (int k = 0; k < 12; ++k) noise += static_cast<double>(dice() >> 11) * 0x1.0p-53 - 0.5;
    const auto t = static_cast<std::int64_t>(i) * 300;
    out.push_back({t, 100 + 30 * std::sin(static_cast<double>(t) / 86400 * 6.2831853) + 4 * noise});
  }
  return out;
}
std::vector<AnyFinding> found_in(const Points& points) {
  AnySeries series;
  std::vector<AnyFinding> out;
  for (const Point& p : points) out.push_back(series.add(p.time, p.value));
  return out;
}
std::size_t announced(const std::vector<AnyFinding>& found, std::size_t from, std::size_t to) {
  std::size_t n = 0;
  for (std::size_t i = from; i < std::min(to, found.size()); ++i) n += found[i].score >= kAnyAnnounced;
  return n;
}
void expect_sound(const std::vector<AnyFinding>& found) {
  for (const auto& f : found) {
    EXPECT_TRUE(f.score >= 0 && f.score <= 1) << f.score;
    EXPECT_TRUE(std::isfinite(f.baseline) && std::isfinite(f.deviation));
  }
}

TEST(AnySeries, UsesNoLaterRecord) {
  auto points = course(6000);
  points[3000].value = 400, points[5000].value = -50;
  const auto whole = found_in(points);
  for (const std::size_t cut : {1, 77, 2999, 3001, 5001}) {
    auto other = Points{points.begin(), points.begin() + static_cast<std::ptrdiff_t>(cut)};
    other.push_back({points[cut].time, 1e9});  // what comes later may be anything
    const auto part = found_in(other);
    for (std::size_t i = 0; i < cut; ++i) {
      ASSERT_EQ(part[i].score, whole[i].score) << i;
      ASSERT_EQ(part[i].baseline, whole[i].baseline) << i;
      ASSERT_EQ(part[i].reason, whole[i].reason) << i;
    }
  }
}

TEST(AnySeries, UnitAndOffsetDoNotMatter) {
  auto points = course(5000);
  for (std::size_t i = 3000; i < 3100; ++i) points[i].value += 60;
  auto other = points;
  for (Point& p : other) p.value = p.value * 7 + 3;
  const auto a = found_in(points), b = found_in(other);
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_NEAR(a[i].score, b[i].score, 1e-3) << i;
    ASSERT_NEAR(a[i].baseline * 7 + 3, b[i].baseline, 1e-4) << i;
    ASSERT_NEAR(a[i].deviation, b[i].deviation, 1e-3) << i;
  }
}

struct TroubleCase {
  const char* name;
  std::size_t at, length;
  double (*value)(double before, std::size_t i);
};
class AnyTrouble : public testing::TestWithParam<TroubleCase> {};
TEST_P(AnyTrouble, IsAnnouncedSoonAndNotOverAndOver) {
  const auto& c = GetParam();
  auto points = course(5000);
  for (std::size_t i = c.at; i < c.at + c.length; ++i) points[i].value = c.value(points[i].value, i);
  const auto found = found_in(points);
  expect_sound(found);
  const auto n = announced(found, c.at, c.at + c.length + 12);
  EXPECT_GE(n, 1u);
  EXPECT_LE(n, 6u);
}
INSTANTIATE_TEST_SUITE_P(Kinds, AnyTrouble,
                         testing::Values(TroubleCase{"spike", 3000, 2, [](double v, std::size_t) { return v + 200; }},
                                         TroubleCase{"dip", 3000, 2, [](double v, std::size_t) { return v - 150; }},
                                         TroubleCase{"level", 3000, 300, [](double v, std::size_t) { return v + 70; }},
                                         TroubleCase{"dropout", 3000, 40, [](double, std::size_t) { return 0.0; }},
                                         TroubleCase{"stuck", 3000, 200, [](double, std::size_t) { return 100.0; }},
                                         TroubleCase{"noise", 3000, 100, [](double v, std::size_t i) { return v + (i % 2 ? 40 : -40); }}),
                         [](const auto& test) { return std::string{test.param.name}; });

// A swing turns back half way: no value, no step and no spread is unlike those before, only what follows what.
TEST(AnySeries, TurnOfARhythmIsSeenByTheForecast) {
  auto points = course(3000);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double noise = points[i].value - 100 - 30 * std::sin(static_cast<double>(points[i].time) / 86400 * 6.2831853);
    const double phase = i < 2400 ? static_cast<double>(i) : 4800 - static_cast<double>(i);
    points[i].value = 100 + 30 * std::sin(phase * 6.2831853 / 12) + 0.3 * noise;
  }
  const auto found = found_in(points);
  EXPECT_EQ(announced(found, 2000, 2400), 0u);
  EXPECT_GE(announced(found, 2400, 2404), 1u);
}

TEST(AnySeries, QuietCoursesAreLeftAlone) {
  std::size_t n = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) n += announced(found_in(course(4000, seed)), 600, 4000);
  EXPECT_LE(n, 60u);  // six a fortnight, at most; a threshold so low that it hears of everything fails here
}

TEST(AnySeries, ConstantThenOtherwise) {
  Points points;
  for (int i = 0; i < 1000; ++i) points.push_back({i * 60, 5.0});
  auto found = found_in(points);
  expect_sound(found);
  EXPECT_EQ(announced(found, 0, 1000), 0u);
  EXPECT_EQ(found.back().deviation, 0);
  points.push_back({60000, 6.0});
  found = found_in(points);
  EXPECT_GE(found.back().score, kAnyAnnounced);
  EXPECT_EQ(found.back().deviation, 1000);
  EXPECT_EQ(found.back().baseline, 5);
}

TEST(AnySeries, OneRecord) {
  const auto found = found_in({{0, -1e12}});
  EXPECT_EQ(found[0].score, 0);
  EXPECT_EQ(found[0].baseline, -1e12);
  EXPECT_EQ(found[0].reason, AnyReason::learning);
}

TEST(AnySeries, TimesMayBeIrregular) {
  auto points = course(4000);
  for (std::size_t i = 1000; i < points.size(); ++i) points[i].time += 86400 * 9 + static_cast<std::int64_t>(i * 7919 % 240);  // a gap, then jitter
  for (std::size_t i = 2000; i < 2010; ++i) points[i].time = points[2000].time;                                                // duplicates
  for (std::size_t i = 2500; i < points.size(); ++i) points[i].time -= 3600;                                                   // summer time ends
  points[3000].time = -86400 * 365;
  const auto found = found_in(points);
  expect_sound(found);
  EXPECT_LE(announced(found, 600, 4000), 15u);
}

TEST(AnySeries, ExtremesStayNumbers) {
  Points points;
  for (int i = 0; i < 3000; ++i) points.push_back({i * 60, i % 97 == 0 ? 1e150 : i % 89 == 0 ? -1e150 : i % 5 == 0 ? 1e-300 : 0});
  expect_sound(found_in(points));
}

TEST(AnySeries, MemoryIsBoundedAndAMillionIsQuick) {
  AnySeries series;
  std::mt19937_64 dice{3};
  const auto feed = [&](int from, int to) {
    for (int i = from; i < to; ++i) series.add(i * std::int64_t{60}, static_cast<double>(dice() % 1000));
  };
  feed(0, 20'000);
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  feed(20'000, 1'000'000);
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LE(after.ru_maxrss - before.ru_maxrss, 1024);  // KiB
}

TEST(AnySeries, EveryReasonHasAText) {
  EXPECT_STREQ(to_text(AnyReason::learning), "learning");
  EXPECT_STREQ(to_text(AnyReason::off_season), "off season");
}

}  // namespace
}  // namespace lectr::insight
