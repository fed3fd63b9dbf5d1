// The statistics of one record, each of which is held against its own past.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "insight/any_forecast.hpp"
#include "insight/any_scale.hpp"
#include "insight/any_season.hpp"
#include "insight/any_tail.hpp"
#include "lectr/insight/any_series.hpp"

namespace lectr::insight {

// Mean of the last `n` values.
class AnyMean {
 public:
  explicit AnyMean(int n) : ring_(static_cast<std::size_t>(n)) {}
  double add(double v) noexcept;

 private:
  std::vector<double> ring_;
  std::size_t seen_ = 0;
  double sum_ = 0;
};

class AnyEvidence {
 public:
  struct Found {
    double size = 0;  // see AnyPeaks::level: the largest of all statistics, and a part of the next that is of another kind
    AnyReason reason = AnyReason::usual;
    double expected = 0;  // as a value
  };
  Found add(std::int64_t unix_seconds, double value);
  std::int64_t records() const noexcept { return seen_; }

 private:
  // One per reason and horizon; up and down apart, since a dip is news where peaks are common.
  enum Statistic : std::uint8_t {
    jump_up,
    jump_down,
    raw_up,
    raw_down,
    high,
    low,
    high4,
    low4,
    high16,
    low16,
    high64,
    low64,
    unsteady,
    still,
    surprise_up,
    surprise_down,
    relative_up,
    relative_down,
    off_up4,
    off_down4,
    off_up16,
    off_down16,
    kStatistics
  };
  using Statistics = std::array<double, kStatistics>;
  static void both(Statistics& s, int up, double v) noexcept { s[static_cast<std::size_t>(up)] = v, s[static_cast<std::size_t>(up) + 1] = -v; }
  void measure_levels(Statistics& s, double value, double place) noexcept;
  void measure_spread(Statistics& s, double jump) noexcept;
  double measure_forecast(Statistics& s, std::int64_t unix_seconds, double place) noexcept;
  Found weigh(const Statistics& s) noexcept;
  void follow(double value, double place) noexcept;

  std::int64_t seen_ = 0;
  AnyScale scale_;
  AnySeason season_;
  AnyForecast forecast_;
  AnyMean mean4_{4}, mean16_{16}, mean64_{64}, off4_{4}, off16_{16};
  double fast_ = 0, level_ = 0, slow_ = 0, slowest_ = 0, raw_ = 0;  // running averages, of places but the last
  double spread_now_ = 0, spread_ = 0;                              // of jumps
  std::array<AnyTail, kStatistics> tails_;
};

}  // namespace lectr::insight
