#include "baselines.hpp"

#include <algorithm>
#include <array>
#include <deque>

#include "insight/any_announce.hpp"

namespace lectr::bench {
namespace {

// log of the upper tail of the normal law; its asymptote where erfc has no digits left.
double normal_surprise(double z) { return z < 30 ? -std::log(std::erfc(z / std::sqrt(2.0)) + 1e-300) : z * z / 2; }

struct Moments {
  std::deque<double> window;
  double sum = 0, squares = 0;
  double surprise(double x) const {
    const double n = static_cast<double>(window.size());
    if (n < 10) return 0;
    const double mean = sum / n, sd = std::sqrt(std::max(1e-12 * mean * mean + 1e-12, squares / n - mean * mean));
    return normal_surprise(std::abs(x - mean) / sd);
  }
  void add(double x) {
    window.push_back(x), sum += x, squares += x * x;
    if (window.size() > 1000) sum -= window.front(), squares -= window.front() * window.front(), window.pop_front();
  }
};

class Blocks {
 public:
  double level(double s) const {
    if (logs_.size() < 3 || s <= 0) return 0;
    auto sorted = logs_;
    std::sort(sorted.begin(), sorted.end());
    const double n = static_cast<double>(sorted.size()), median = sorted[sorted.size() / 2];
    const double upper = sorted[static_cast<std::size_t>(0.9 * (n - 1))], scale = ((upper - median) / 1.88 * n + 0.1 * 15) / (n + 15);
    return (std::log(s) - median) / (scale * (1 + 3 / n));
  }
  void add(double s) {
    largest_ = std::max(largest_, s);
    if (++seen_ % 144 != 0) return;
    if (largest_ > 0) logs_.push_back(std::log(largest_));
    if (logs_.size() > 56) logs_.pop_front();
    largest_ = 0;
  }

 private:
  std::deque<double> logs_;
  double largest_ = 0;
  long seen_ = 0;
};

double mean_of_last(const std::vector<double>& values, std::size_t n) {
  n = std::min(n, values.size());
  double sum = 0;
  for (std::size_t i = values.size() - n; i < values.size(); ++i) sum += values[i];
  return sum / static_cast<double>(std::max<std::size_t>(1, n));
}

}  // namespace

std::vector<float> windowed_gauss(const Series& series, bool damped) {
  Moments moments;
  insight::AnyAnnounce announce;
  std::vector<float> out;
  for (const double x : series.value) {
    const double surprise = moments.surprise(x);
    moments.add(x);
    const auto record = static_cast<std::int64_t>(out.size()) + 1;
    out.push_back(static_cast<float>(damped ? announce.score(record, std::min(surprise / 3, 40.0)) : surprise / (surprise + 20)));
  }
  return out;
}

std::vector<float> block_maxima(const Series& series) {
  std::vector<float> out;
  std::vector<double> first, off;
  std::array<double, 96> profile{};
  std::array<int, 96> seen{};
  std::array<Blocks, 4> blocks;
  double fast = 0, slow = 0, profile_error = 0, level_error = 0, spread_now = 0, spread = 0, peak = 0;
  for (std::size_t i = 0; i < series.value.size(); ++i) {
    if (first.size() < 100) first.push_back(std::abs(series.value[i]));
    auto sorted = first;
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2), sorted.end());
    const double unit = sorted[sorted.size() / 2], y = std::asinh(series.value[i] / (unit > 0 ? unit : 1)), gain = 1.0 / static_cast<double>(i + 1);
    if (i == 0) fast = slow = y;
    const auto slot = static_cast<std::size_t>(std::fmod(series.hours[i], 24) * 4) % 96;
    const double jump = y - fast, by_level = y - slow, by_profile = y - profile[slot];
    if (seen[slot] > 0) profile_error += 0.01 * (std::abs(by_profile) - profile_error), level_error += 0.01 * (std::abs(by_level) - level_error);
    const double rest = series.hours[i] - series.hours[0] > 48 && profile_error < 0.9 * level_error ? by_profile : by_level;
    profile[slot] += std::max(0.15, 1.0 / ++seen[slot]) * (y - profile[slot]);
    off.push_back(rest);
    spread_now += 0.08 * (std::abs(rest) - spread_now), spread += std::max(0.002, gain) * (std::abs(rest) - spread);
    const std::array<double, 4> s{std::max(std::abs(jump), std::abs(rest)) * 1.2, std::abs(mean_of_last(off, 3)), std::abs(mean_of_last(off, 24)),
                                  spread > 0 ? spread_now / spread * 0.8 : 0};
    double g = 0;
    for (std::size_t k = 0; k < s.size(); ++k) g = std::max(g, blocks[k].level(s[k])), blocks[k].add(s[k]);
    const double shown = peak > 0 && g < peak + 4 ? 0.3 * g : g;
    if (g > 8 && g > peak) peak = g;
    peak = peak < 1 ? 0 : peak * std::exp(-1 / (0.8 * 96));
    out.push_back(static_cast<float>(shown > 0 ? 1 - std::exp(-shown / 24) : 0));
    fast += 0.5 * (y - fast), slow += std::max(0.004, gain) * (y - slow);
  }
  return out;
}

}  // namespace lectr::bench
