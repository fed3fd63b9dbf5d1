// How far a statistic is beyond what this series has shown of it: peaks over a threshold with a generalised Pareto tail.
#pragma once

#include <array>
#include <cstdint>

namespace lectr::insight {

// Keeps the largest peaks (runs of records close to each other count as one peak) of the last kMemory records. The threshold is the smallest
// of them, so it moves out into the tail as the series gets longer.
class AnyTail {
 public:
  // Minus the natural logarithm of the chance that a kept peak is as large as `s`; 0 for what is below all of them, 12 at most. The number of
  // records does not enter: in a series of any length the same level is reached about as often between one and twice its length.
  double level(double s) const noexcept;
  void add(double s) noexcept;

 private:
  static constexpr int kPeaks = 16;
  static constexpr std::int64_t kMemory = 6400, kRun = 3, kLearning = 20;
  struct Peak {
    double size = 0;
    std::int64_t when = 0;
  };
  double threshold() const noexcept { return count_ >= kPeaks ? peaks_[kPeaks - 1].size : 0; }
  void keep(double s) noexcept;
  void rise(int at, double s) noexcept;
  void fit() noexcept;
  void forget() noexcept;

  std::array<Peak, kPeaks> peaks_;  // largest first
  int count_ = 0, run_at_ = -1;     // run_at_: the peak that the present run made
  std::int64_t seen_ = 0, run_seen_ = -kMemory;
  double mean_ = 0;               // of the positive part, for a scale where few peaks are known
  double shape_ = 0, scale_ = 0;  // of the tail
};

}  // namespace lectr::insight
