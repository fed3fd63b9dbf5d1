#include "insight/any_scale.hpp"

#include <algorithm>
#include <cmath>

namespace lectr::insight {
namespace {

constexpr double kUnits = 1.8;         // median deviations to where the scale bends
constexpr double kMeanShare = 0.1;     // of the mean deviation, where more than half of the values are the same
constexpr double kBesideConstant = 4;  // the place of the first other value of a constant series

double middle(std::vector<double>& values) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

double AnyScale::place(double value) {
  ++seen_;
  if (recent_.size() < kWindow)
    recent_.push_back(value);
  else
    recent_[static_cast<std::size_t>(seen_) % kWindow] = value;
  if (seen_ < 10 || seen_ % (seen_ < 200 ? 8 : 64) == 0) renew();
  if (unit_ <= 0) return value > median_ ? kBesideConstant : value < median_ ? -kBesideConstant : 0;
  return std::asinh((value - median_) / unit_);
}

double AnyScale::value_at(double place) const noexcept { return unit_ > 0 ? median_ + unit_ * std::sinh(place) : median_; }

void AnyScale::renew() {
  work_ = recent_;
  median_ = middle(work_);
  double mean = 0;
  for (double& v : work_) v = std::abs(v - median_), mean += v;
  mean /= static_cast<double>(work_.size());
  unit_ = kUnits * std::max(middle(work_), kMeanShare * mean);
}

}  // namespace lectr::insight
