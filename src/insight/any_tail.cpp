#include "insight/any_tail.hpp"

#include <algorithm>
#include <cmath>

namespace lectr::insight {
namespace {

// Where few peaks are known the tail is taken to be moderately heavy, and its scale to be the statistic's mean.
constexpr double kPriorShape = 0.4, kPriorWeight = 7.5;
constexpr double kLasts = 0.5;  // of a peak: where a run has not ended yet
constexpr double kMost = 12;    // beyond this nothing is told apart: it is new

}  // namespace

double AnyPeaks::level(double s) const noexcept {
  if (seen_ < kLearning || s <= threshold()) return 0;
  return std::min(std::log1p(shape_ * (s - threshold()) / scale_) / shape_, kMost);
}

void AnyPeaks::add(double s) noexcept {
  ++seen_;
  mean_ += (std::max(0.0, s) - mean_) / static_cast<double>(std::min(seen_, reach_.memory));
  follow_run(s);
  const bool kept = s > threshold() && s > 0;
  if (kept) keep(s);
  if (seen_ % 64 == 0) forget();
  if (seen_ % 64 == 0 || kept || seen_ <= kLearning) fit();
}

void AnyPeaks::follow_run(double s) noexcept {
  if (run_at_ < 0) return;
  if (s > kLasts * peaks_[run_at_].size)
    run_seen_ = seen_;
  else if (seen_ - run_seen_ > reach_.rest)
    run_at_ = -1;
}

void AnyPeaks::keep(double s) noexcept {
  if (run_at_ >= 0 && s <= peaks_[run_at_].size) return;
  run_seen_ = seen_;
  rise(run_at_ >= 0 ? run_at_ : count_ < reach_.peaks ? count_++ : reach_.peaks - 1, s);
}

void AnyPeaks::rise(int at, double s) noexcept {
  for (; at > 0 && peaks_[at - 1].size < s; --at) peaks_[at] = peaks_[at - 1];
  peaks_[at] = {s, seen_};
  run_at_ = at;
}

// By moments, which are steady with a dozen values, drawn to the priors.
void AnyPeaks::fit() noexcept {
  const int n = std::max(0, count_ - 1);
  const double base = threshold();
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += peaks_[i].size - base;
  const double mean = (sum + (mean_ + 1e-300) * kPriorWeight / 2) / (n + kPriorWeight / 2);
  double squares = 0;
  for (int i = 0; i < n; ++i) squares += (peaks_[i].size - base - mean) * (peaks_[i].size - base - mean);
  const double variance = n > 0 ? squares / n : mean * mean;
  const double shape = std::clamp(0.5 * (1 - mean * mean / std::max(variance, 1e-300)), -0.2, 0.5);
  shape_ = std::max(0.02, (shape * n + kPriorShape * kPriorWeight) / (n + kPriorWeight));
  scale_ = mean * (1 - std::min(shape_, 0.6));
}

void AnyPeaks::forget() noexcept {
  const auto end = std::remove_if(peaks_.begin(), peaks_.begin() + count_, [this](const Peak& p) { return seen_ - p.when >= reach_.memory; });
  if (end == peaks_.begin() + count_) return;
  count_ = static_cast<int>(end - peaks_.begin());
  run_at_ = -1;
}

}  // namespace lectr::insight
