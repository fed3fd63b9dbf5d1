#include "insight/any_nearest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lectr::insight {

AnyNearest::AnyNearest(int records_per_point) : records_per_point_{records_per_point}, shapes_(kPoints * kShapes), now_(kPoints) {}

double AnyNearest::add(double place) noexcept {
  sum_ += place;
  if (++summed_ < records_per_point_) return distance_;
  std::rotate(now_.begin(), now_.begin() + 1, now_.end());
  now_.back() = static_cast<float>(sum_ / summed_);
  sum_ = 0, summed_ = 0;
  if (++points_ < kPoints) return distance_;
  const float best = nearest();
  distance_ = best < std::numeric_limits<float>::max() ? std::sqrt(static_cast<double>(best) / kPoints) : 0;
  std::copy(now_.begin(), now_.end(), shapes_.begin() + kept_ % kShapes * kPoints);
  ++kept_;
  return distance_;
}

// The squared distance. All are compared: twelve sums of a row are one or two vector operations.
float AnyNearest::nearest() const noexcept {
  float best = std::numeric_limits<float>::max();
  const std::int64_t rows = std::min<std::int64_t>(kept_, kShapes);
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t age = (kept_ - 1 - i) % kShapes;
    if (age < kPoints) continue;
    const float* row = &shapes_[static_cast<std::size_t>(i * kPoints)];
    float distance = 0;
    for (int k = 0; k < kPoints; ++k) distance += (row[k] - now_[static_cast<std::size_t>(k)]) * (row[k] - now_[static_cast<std::size_t>(k)]);
    best = std::min(best, distance);
  }
  return best;
}

}  // namespace lectr::insight
