// The value on a scale of its own: 0 at the running median, linear near it, logarithmic far from it. Level changes stay visible beside rare
// huge spikes, and neither unit nor offset of the series matters.
#pragma once

#include <cstdint>
#include <vector>

namespace lectr::insight {

class AnyScale {
 public:
  // Takes the value in, then gives its place. The medians are those of the last kWindow values, renewed every 64 records (sooner at first).
  double place(double value);
  double value_at(double place) const noexcept;

 private:
  static constexpr std::size_t kWindow = 2000;
  void renew();
  std::vector<double> recent_, work_;  // a ring; the copy that medians are taken from
  std::int64_t seen_ = 0;
  double median_ = 0, unit_ = 0;
};

}  // namespace lectr::insight
