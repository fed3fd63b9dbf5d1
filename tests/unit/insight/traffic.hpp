// Traffic for one series: a day with its night, Poisson counts, and what a test changes in it.
#pragma once

#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include "lectr/insight/detector.hpp"

namespace lectr::insight {

inline constexpr std::int64_t kMonday = 20'458LL * 86'400'000'000;  // 2026-01-05

struct Traffic {
  double mean = 200;
  double night = 0.3;  // share of the day's traffic
  double weekend = 1;  // share of the weekdays' traffic
  std::int64_t start_us = kMonday;
  unsigned seed = 7;
};

inline std::vector<Bucket> make_traffic(const Traffic& t, int buckets, const std::function<double(int)>& factor = {},
                                        const std::function<void(int, Bucket&)>& after = {}) {
  std::mt19937_64 dice{t.seed};
  std::normal_distribution<double> normal;
  std::vector<Bucket> all;
  for (int i = 0; i < buckets; ++i) {
    Bucket b;
    b.start_us = b.local_us = t.start_us + i * kBucketUs;
    const double hour = (i % 288) / 12.0;
    const bool weekend = (b.local_us / 86'400'000'000 + 3) % 7 >= 5;
    double mean =
        t.mean * (t.night + (1 - t.night) * 0.5 * (1 - std::cos(hour / 24 * 6.2832))) * (weekend ? t.weekend : 1) * (1 + 0.03 * normal(dice));
    if (factor) mean *= factor(i);
    b.requests = mean > 0 ? std::poisson_distribution<std::int64_t>{mean}(dice) : 0;
    const double n = static_cast<double>(b.requests);
    b.errors = b.requests ? std::binomial_distribution<std::int64_t>{b.requests, 0.01}(dice) : 0;
    b.drifted = b.requests ? std::binomial_distribution<std::int64_t>{b.requests, 0.005}(dice) : 0;
    b.cost = std::max(0.0, 0.01 * (n + 0.7 * std::sqrt(n) * normal(dice))), b.cost2 = 0.0001 * 1.5 * n;
    b.p95_us = b.requests ? 2e6 * std::exp(1.1 / std::sqrt(n) * normal(dice)) : 0;
    if (after) after(i, b);
    all.push_back(b);
  }
  return all;
}

inline std::vector<Finding> judge_all(Series& series, const std::vector<Bucket>& buckets, Sensitivity sensitivity = {}) {
  std::vector<Finding> out;
  for (const Bucket& b : buckets) series.judge(b, sensitivity, out);
  return out;
}

inline std::vector<Finding> judge_new(const std::vector<Bucket>& buckets) {
  Series series;
  return judge_all(series, buckets);
}

inline std::vector<Finding> only(const std::vector<Finding>& all, Step step) {
  std::vector<Finding> out;
  for (const Finding& f : all)
    if (f.step == step) out.push_back(f);
  return out;
}

inline int number(const Finding& f) { return static_cast<int>((f.at_us - kMonday) / kBucketUs); }

}  // namespace lectr::insight
