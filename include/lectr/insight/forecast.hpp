// What a month will have cost at its end, from the sums of the days before. Pure; any unit of money, in floating point, as the answer is an estimate.
#pragma once

#include <cstdint>
#include <span>

namespace lectr::insight {

// A week shows each weekday once; with less, a quiet weekend would decide about the month.
inline constexpr int kForecastDays = 7;
inline constexpr double kForecastConfidence = 0.8;

struct MonthSoFar {
  double spent = 0;   // of the month, up to now
  double today = 0;   // of it, today's: the day is not over
  int days_left = 0;  // whole days after today
};

struct Forecast {
  bool ready = false;  // false: fewer than kForecastDays days; nothing else is set then but days_known
  int days_known = 0;  // days since the first with any spend
  double value = 0, low = 0, high = 0;
};

// `daily`: whole days up to yesterday, oldest first; leading days without spend are not counted, as the org was not there yet.
//
// Each day left is expected to cost what the median of the last 7 days does, each set right by its weekday's factor (the median of its share of the seven days
// around it; from two weeks on). Today is expected to cost that too, or what it did already.
// The band is 80 %: the 80 % quantile of what the same rule missed each past day by, widened for the days left: their own noise adds up as the square root
// of their number, the level's error with their number.
Forecast forecast_month(std::span<const double> daily, const MonthSoFar& month);

}  // namespace lectr::insight
