// One record ahead: what the last records, the level and the day's course lead to expect. The weights are learned as the series goes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lectr::insight {

// Recursive least squares with forgetting, over places (see AnyScale).
class AnyForecast {
 public:
  struct Surprise {
    double value = 0;     // the place less its forecast
    double relative = 0;  // to the size of the latest surprises: where they come in clusters the same one says less
  };
  // `level` and `day`: what a slow average and the day's course expect of this record, learned from none but earlier ones. `jump`: the place from a
  // fast average, which stands for the surprise until there is a forecast. Takes the place in after having answered.
  Surprise add(double place, double level, double day, double jump) noexcept;

 private:
  static constexpr std::size_t kLags = 4, kInputs = kLags + 3;
  using Inputs = std::array<double, kInputs>;
  void learn(const Inputs& in, double error) noexcept;
  void start() noexcept;

  std::int64_t seen_ = 0;
  std::array<double, kLags> last_{};  // places, latest first
  Inputs weights_{};
  std::array<Inputs, kInputs> inverse_{};  // of the inputs' correlation
  double error_ = 0, error_now_ = 0;       // mean absolute surprise, for long and lately
};

}  // namespace lectr::insight
