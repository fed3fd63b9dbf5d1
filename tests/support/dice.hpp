// Draws that are the same on every machine: the distributions of the standard library differ between its implementations.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

namespace lectr::months {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : bits_{seed} {}
  double uniform() { return static_cast<double>(bits_() >> 11) * 0x1.0p-53; }
  double between(double low, double high) { return low + (high - low) * uniform(); }
  int whole(int low, int high) { return low + static_cast<int>(uniform() * (high - low + 1)); }
  double normal() { return std::sqrt(-2 * std::log(1 - uniform())) * std::cos(6.283185307179586 * uniform()); }
  // Mean 1, variance 1 / shape (Wilson and Hilferty; exact enough for a shape of 8 and more).
  double gamma(double shape) { return std::pow(std::max(0.0, 1 - 1 / (9 * shape) + normal() / (3 * std::sqrt(shape))), 3); }

  std::int64_t poisson(double mean) {
    if (mean <= 0) return 0;
    if (mean > 100) return std::max<std::int64_t>(0, std::llround(mean + std::sqrt(mean) * normal()));
    std::int64_t n = -1;
    for (double sum = 0; sum < mean; ++n) sum -= std::log(1 - uniform());  // gaps of a Poisson process
    return n;
  }
  std::int64_t binomial(std::int64_t n, double p) {
    if (n > 300) {
      const double mean = static_cast<double>(n) * p;
      if (p < 0.03) return std::min(n, poisson(mean));
      return std::clamp<std::int64_t>(std::llround(mean + std::sqrt(mean * (1 - p)) * normal()), 0, n);
    }
    std::int64_t hits = 0;
    for (std::int64_t i = 0; i < n; ++i) hits += uniform() < p;
    return hits;
  }

 private:
  std::mt19937_64 bits_;
};

}  // namespace lectr::months
