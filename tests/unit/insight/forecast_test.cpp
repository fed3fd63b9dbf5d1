#include "lectr/insight/forecast.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

namespace lectr::insight {
namespace {

TEST(Forecast, IsTooEarlyBeforeAWeek) {
  const std::vector<double> days{0, 0, 5, 5, 5, 5, 5, 5};
  const auto early = forecast_month(days, {30, 0, 10});
  EXPECT_FALSE(early.ready);
  EXPECT_EQ(early.days_known, 6);
  EXPECT_FALSE(forecast_month({}, {}).ready);
  const std::vector<double> week(7, 5.0);
  EXPECT_TRUE(forecast_month(week, {35, 0, 10}).ready);
}

TEST(Forecast, AddsEvenDaysUp) {
  const std::vector<double> days(20, 10.0);
  const auto even = forecast_month(days, {200, 4, 10});
  EXPECT_DOUBLE_EQ(even.value, 200 + 6 + 100);  // today is expected to reach a day's sum
  EXPECT_DOUBLE_EQ(even.low, even.value);
  EXPECT_DOUBLE_EQ(even.high, even.value);
  EXPECT_DOUBLE_EQ(forecast_month(days, {200, 14, 10}).value, 300);  // it has had more already
  EXPECT_DOUBLE_EQ(forecast_month(days, {200, 10, 0}).value, 200);
}

TEST(Forecast, KnowsTheWeekend) {
  std::vector<double> days;
  for (int at = 0; at < 28; ++at) days.push_back(at % 7 < 5 ? 100 : 10);
  // Today is place 28, a first working day; six more days: four working ones, two of the weekend.
  EXPECT_NEAR(forecast_month(days, {0, 0, 6}).value, 520, 1);
  EXPECT_NEAR(forecast_month(days, {0, 0, 4}).value, 500, 1);
}

TEST(Forecast, OneWildDayMovesLittle) {
  std::vector<double> days(28, 10.0);
  days[25] = 1'000;
  EXPECT_NEAR(forecast_month(days, {100, 0, 9}).value, 200, 10);
}

TEST(Forecast, NeverFallsBelowWhatIsSpent) {
  std::mt19937 dice{7};
  std::lognormal_distribution<double> spend{0, 2};
  std::vector<double> days;
  for (int at = 0; at < 30; ++at) days.push_back(spend(dice));
  EXPECT_GE(forecast_month(days, {500, 1, 20}).low, 500);
}

// How often the month's end lies within the band of 80 %. Each kind of series: 4,000 of them, 35 days known, 1 to 30 days left. The numbers that
// src/insight/README.md states come from here (--gtest_filter=*Covers* prints them).
enum class Kind { even, weekdays, growing, wandering, spiky };
std::vector<double> series(Kind kind, std::mt19937& dice, std::size_t size) {
  std::normal_distribution<double> normal{0, 1};
  std::uniform_real_distribution<double> chance{0, 1};
  std::vector<double> out;
  double level = 100;
  for (std::size_t at = 0; at < size; ++at) {
    if (kind == Kind::growing) level *= 1.005;
    if (kind == Kind::wandering) level *= std::exp(0.03 * normal(dice));
    double day = level * std::exp(0.2 * normal(dice));
    if (kind != Kind::even && at % 7 >= 5) day *= 0.3;
    if (kind == Kind::spiky && chance(dice) < 0.03) day *= 5;
    out.push_back(day);
  }
  return out;
}
double coverage(Kind kind, std::size_t known, std::size_t least_left, std::size_t most_left) {
  std::mt19937 dice{20261126};
  constexpr int kSeries = 4'000;
  int inside = 0;
  for (int n = 0; n < kSeries; ++n) {
    const std::size_t left = least_left + static_cast<std::size_t>(n) % (most_left - least_left + 1);
    const auto days = series(kind, dice, known + 1 + left);
    const auto found = forecast_month(std::span{days}.first(known), {0, 0, static_cast<int>(left)});
    double sum = 0;
    for (std::size_t at = known; at < days.size(); ++at) sum += days[at];
    inside += sum >= found.low && sum <= found.high;
  }
  return static_cast<double>(inside) / kSeries;
}

struct CoverageCase {
  const char* name;
  Kind kind;
  double least, most;
};
class ForecastCovers : public testing::TestWithParam<CoverageCase> {};
TEST_P(ForecastCovers, AsManyAsItSays) {
  const auto& c = GetParam();
  const double known35 = coverage(c.kind, 35, 1, 30), known10 = coverage(c.kind, 10, 1, 28);
  std::printf("%s: %.3f with 35 days known, %.3f with 10\n", c.name, known35, known10);
  EXPECT_GE(known35, c.least);
  EXPECT_LE(known35, c.most);
}
INSTANTIATE_TEST_SUITE_P(Series, ForecastCovers,
                         testing::Values(CoverageCase{"even", Kind::even, 0.75, 0.9}, CoverageCase{"weekdays", Kind::weekdays, 0.75, 0.9},
                                         CoverageCase{"growing", Kind::growing, 0.65, 0.9}, CoverageCase{"wandering", Kind::wandering, 0.5, 0.9},
                                         CoverageCase{"spiky", Kind::spiky, 0.5, 0.9}),
                         [](const auto& one) { return std::string{one.param.name}; });

}  // namespace
}  // namespace lectr::insight
