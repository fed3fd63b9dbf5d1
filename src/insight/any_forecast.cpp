#include "insight/any_forecast.hpp"

#include <algorithm>
#include <cmath>

namespace lectr::insight {
namespace {

constexpr double kKeeps = 0.997;  // per record: what was learned fades over some 300 records
constexpr std::int64_t kLearning = 30;
constexpr double kErrorGain = 0.005, kErrorNowGain = 0.05;
constexpr double kErrorFloor = 0.2;     // of the long error, below which the latest cannot fall
constexpr double kMostLearned = 4;      // mean errors: an anomaly must not bend the weights
constexpr double kMostUncertain = 1e4;  // where inputs stay the same, forgetting alone would let this grow for ever
constexpr double kTiny = 1e-9;

}  // namespace

AnyForecast::Surprise AnyForecast::add(double place, double level, double day, double jump) noexcept {
  if (++seen_ == 1) start();
  Inputs in{};
  std::copy(last_.begin(), last_.end(), in.begin());
  in[kLags] = 1, in[kLags + 1] = level, in[kLags + 2] = day;
  double error = place;
  for (std::size_t i = 0; i < kInputs; ++i) error -= weights_[i] * in[i];
  if (!std::isfinite(error)) weights_ = {}, start(), error = jump;  // extremes: whatever happened, the next record is judged
  if (seen_ < kLearning) error = jump;
  const double most = kMostLearned * std::max(kTiny, error_);
  if (seen_ > static_cast<std::int64_t>(kLags) + 2) learn(in, std::clamp(error, -most, most));
  error_ += std::max(kErrorGain, 1.0 / static_cast<double>(seen_)) * (std::abs(error) - error_);
  const Surprise out{error, error / (error_now_ + kErrorFloor * error_ + kTiny)};
  error_now_ += kErrorNowGain * (std::abs(error) - error_now_);
  std::copy_backward(last_.begin(), last_.end() - 1, last_.end());
  last_[0] = place;
  return out;
}

void AnyForecast::learn(const Inputs& in, double error) noexcept {
  Inputs gain{};
  double uncertain = 0, sum = 0;
  for (std::size_t i = 0; i < kInputs; ++i) {
    for (std::size_t j = 0; j < kInputs; ++j) gain[i] += inverse_[i][j] * in[j];
    sum += in[i] * gain[i], uncertain += inverse_[i][i];
  }
  if (!(sum >= 0)) return start();  // rounding has eaten the matrix: learned anew, from the weights there are
  const double keeps = uncertain < kMostUncertain ? kKeeps : 1;
  for (std::size_t i = 0; i < kInputs; ++i) {
    weights_[i] += gain[i] / (keeps + sum) * error;
    for (std::size_t j = 0; j <= i; ++j) inverse_[i][j] = inverse_[j][i] = (inverse_[i][j] - gain[i] * gain[j] / (keeps + sum)) / keeps;
  }
}

void AnyForecast::start() noexcept {
  inverse_ = {};
  for (std::size_t i = 0; i < kInputs; ++i) inverse_[i][i] = 1;
}

}  // namespace lectr::insight
