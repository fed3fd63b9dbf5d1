// How far a statistic is beyond what this series has shown of it: peaks over a threshold with a generalised Pareto tail.
#pragma once

#include <array>
#include <cstdint>

namespace lectr::insight {

// Keeps the largest peaks of the last so many records. A peak lasts until the statistic has been below half of it for some records: what stays large
// is one peak, and so is what swings. The threshold is the smallest of them, so it moves out into the tail as the series gets longer.
class AnyPeaks {
 public:
  struct Reach {
    int peaks = 0;
    std::int64_t memory = 0, rest = 0;  // records: how long a peak counts, how long below half of it ends it
  };
  explicit AnyPeaks(const Reach& reach) : reach_{reach} {}
  // Minus the natural logarithm of the chance that a kept peak is as large as `s`; 0 for what is below all of them, 12 at most. The number of
  // records does not enter: in a series of any length the same level is reached about as often between one and twice its length.
  double level(double s) const noexcept;
  void add(double s) noexcept;

 private:
  static constexpr int kMostPeaks = 24;
  static constexpr std::int64_t kLearning = 20;
  struct Peak {
    double size = 0;
    std::int64_t when = 0;
  };
  double threshold() const noexcept { return count_ >= reach_.peaks ? peaks_[reach_.peaks - 1].size : 0; }
  void follow_run(double s) noexcept;
  void keep(double s) noexcept;
  void rise(int at, double s) noexcept;
  void fit() noexcept;
  void forget() noexcept;

  Reach reach_;
  std::array<Peak, kMostPeaks> peaks_;  // largest first
  int count_ = 0, run_at_ = -1;         // run_at_: the peak that lasts
  std::int64_t seen_ = 0, run_seen_ = 0;
  double mean_ = 0;               // of the positive part, for a scale where few peaks are known
  double shape_ = 0, scale_ = 0;  // of the tail
};

// Two memories, one longer and finer than the other: what both find new is new by less of a chance.
class AnyTail {
 public:
  double level(double s) const noexcept { return (short_.level(s) + long_.level(s)) / 2; }
  void add(double s) noexcept { short_.add(s), long_.add(s); }

 private:
  AnyPeaks short_{{.peaks = 16, .memory = 6400, .rest = 12}}, long_{{.peaks = 24, .memory = 12800, .rest = 6}};
};

}  // namespace lectr::insight
