#include "insight/any_nearest.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace lectr::insight {
namespace {

constexpr float kUnset = 1e15F;  // a shape that is not there: farther than any, and its square is still a number
constexpr float kFarthest = 1e29F;
constexpr int kLanes = 16;

}  // namespace

AnyNearest::AnyNearest(int records_per_point) : records_per_point_{records_per_point}, shapes_(kPoints * kShapes, kUnset), now_(kPoints) {}

double AnyNearest::add(double place) noexcept {
  sum_ += place;
  if (++summed_ < records_per_point_) return distance_;
  std::rotate(now_.begin(), now_.begin() + 1, now_.end());
  now_.back() = static_cast<float>(sum_ / summed_);
  sum_ = 0, summed_ = 0;
  if (++points_ < kPoints) return distance_;
  const float best = nearest();
  distance_ = best < kFarthest ? std::sqrt(static_cast<double>(best) / kPoints) : 0;
  keep();
  return distance_;
}

void AnyNearest::keep() noexcept {
  for (int k = 0; k < kPoints; ++k) shapes_[static_cast<std::size_t>(k * kShapes + kept_ % kShapes)] = now_[static_cast<std::size_t>(k)];
  ++kept_;
}

// The squared distance. All shapes are compared, kLanes at a time: inner loops of constant length become vector operations.
float AnyNearest::nearest() const noexcept {
  std::array<float, kShapes> distance;
  for (int i = 0; i < kShapes; i += kLanes) {
    std::array<float, kLanes> sum{};
    for (int k = 0; k < kPoints; ++k) {
      const float* row = shapes_.data() + k * kShapes + i;
      const float now = now_[static_cast<std::size_t>(k)];
      for (std::size_t j = 0; j < kLanes; ++j) sum[j] += (row[j] - now) * (row[j] - now);
    }
    std::copy(sum.begin(), sum.end(), distance.begin() + i);
  }
  for (std::int64_t age = 0; age < std::min<std::int64_t>(kPoints, kept_); ++age)
    distance[static_cast<std::size_t>((kept_ - 1 - age) % kShapes)] = kFarthest;
  std::array<float, kLanes> least;
  least.fill(kFarthest);
  for (std::size_t i = 0; i < kShapes; i += kLanes)
    for (std::size_t j = 0; j < kLanes; ++j) least[j] = distance[i + j] < least[j] ? distance[i + j] : least[j];
  return *std::min_element(least.begin(), least.end());
}

}  // namespace lectr::insight
