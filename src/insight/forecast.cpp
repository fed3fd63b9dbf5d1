#include "lectr/insight/forecast.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace lectr::insight {
namespace {

constexpr std::size_t kWeek = 7;
// A median of seven values has this share of one value's variance: pi/2 divided by 7.
constexpr double kLevelVariance = 1.5707963267948966 / 7;
// Few past errors say little about the next: the quantile of n of them is widened by (1 + 1.5/n), as which the generated series had their 80 %.
constexpr double kFewErrors = 1.5;
constexpr std::size_t kMostDays = 400;

double median(std::vector<double>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

// By weekday as place % 7. A weekday without a share keeps 1.
std::array<double, kWeek> weekday_factors(std::span<const double> days) {
  std::array<double, kWeek> factors;
  factors.fill(1);
  if (days.size() < 2 * kWeek) return factors;
  std::array<std::vector<double>, kWeek> shares;
  for (std::size_t at = 3; at + 3 < days.size(); ++at) {
    double week = 0;
    for (std::size_t i = at - 3; i <= at + 3; ++i) week += days[i];
    if (week > 0) shares[at % kWeek].push_back(days[at] * static_cast<double>(kWeek) / week);
  }
  double sum = 0;
  for (std::size_t day = 0; day < kWeek; ++day) {
    if (!shares[day].empty()) factors[day] = median(shares[day]);
    sum += factors[day];
  }
  if (sum > 0)
    for (double& factor : factors) factor *= static_cast<double>(kWeek) / sum;
  return factors;
}

// What a day of factor 1 costs. Days whose weekday never has any spend say nothing.
double level_of(std::span<const double> days, const std::array<double, kWeek>& factors) {
  std::vector<double> last;
  for (std::size_t at = days.size() > kWeek ? days.size() - kWeek : 0; at < days.size(); ++at)
    if (factors[at % kWeek] > 0.01) last.push_back(days[at] / factors[at % kWeek]);
  return median(last);
}

double expect(std::span<const double> days, std::size_t at) {
  const auto factors = weekday_factors(days);
  return level_of(days, factors) * factors[at % kWeek];
}

// The 80 % quantile of what each day was missed by, from the days before it only.
double usual_error(std::span<const double> days) {
  // From three weeks on, the days that were foretold without knowing the weekdays are left out: no day to come will be.
  const std::size_t first = days.size() >= 3 * kWeek ? 2 * kWeek : 3;
  std::vector<double> missed;
  for (std::size_t at = std::max(first, days.size() > 60 ? days.size() - 60 : 0); at < days.size(); ++at)
    missed.push_back(std::abs(days[at] - expect(days.first(at), at)));
  if (missed.empty()) return 0;
  std::sort(missed.begin(), missed.end());
  const double place = kForecastConfidence * static_cast<double>(missed.size() - 1);
  const auto low = static_cast<std::size_t>(place);
  const double next = missed[std::min(low + 1, missed.size() - 1)];
  const double quantile = missed[low] + (next - missed[low]) * (place - static_cast<double>(low));
  return quantile * (1 + kFewErrors / static_cast<double>(missed.size()));
}

}  // namespace

Forecast forecast_month(std::span<const double> daily, const MonthSoFar& month) {
  while (!daily.empty() && daily.front() <= 0) daily = daily.subspan(1);
  if (daily.size() > kMostDays) daily = daily.last(kMostDays);
  Forecast out;
  out.days_known = static_cast<int>(daily.size());
  if (out.days_known < kForecastDays) return out;
  out.ready = true;
  const auto factors = weekday_factors(daily);
  const double level = level_of(daily, factors);
  const double today = std::max(0.0, level * factors[daily.size() % kWeek] - month.today);
  double rest = today;
  for (int day = 1; day <= month.days_left; ++day) rest += level * factors[(daily.size() + static_cast<std::size_t>(day)) % kWeek];
  const double days = static_cast<double>(month.days_left) + (today > 0 ? 1.0 : 0.0);
  // usual_error() is of the day's noise and the level's error together; the noise alone is smaller by sqrt(1 + kLevelVariance).
  const double spread = usual_error(daily) * std::sqrt((days + days * days * kLevelVariance) / (1 + kLevelVariance));
  out.value = month.spent + rest;
  out.low = std::max(month.spent, out.value - spread);
  out.high = out.value + spread;
  return out;
}

}  // namespace lectr::insight
