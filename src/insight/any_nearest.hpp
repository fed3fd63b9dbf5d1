// How far the last few records, as a shape, are from the nearest stretch of the past: a change of form that no single value shows.
#pragma once

#include <cstdint>
#include <vector>

namespace lectr::insight {

class AnyNearest {
 public:
  // Shapes of kPoints means of `records_per_point` records each; the last kShapes of them are kept.
  explicit AnyNearest(int records_per_point);
  // Root mean square distance of the latest shape to the nearest earlier one that does not overlap it; 0 until there is one.
  double add(double place) noexcept;

 private:
  static constexpr int kPoints = 12, kShapes = 512;
  float nearest() const noexcept;
  void keep() noexcept;
  int records_per_point_;
  double sum_ = 0, distance_ = 0;
  int summed_ = 0;
  std::int64_t points_ = 0, kept_ = 0;
  std::vector<float> shapes_, now_;  // kPoints rows of kShapes, a ring: the same point of all shapes lies side by side; the latest shape
};

}  // namespace lectr::insight
