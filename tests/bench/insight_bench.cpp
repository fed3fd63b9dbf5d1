// What judging costs: one bucket for each of ORGS × FEATURES series (default 1000 × 50), all of them past their warm-up.
//   bench_insight [ORGS [FEATURES]]
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "lectr/insight/detector.hpp"

namespace {

using namespace lectr::insight;

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

Bucket bucket_of(int series, int i) {
  const unsigned dice = static_cast<unsigned>(series * 7919 + i) * 2654435761u >> 20;
  Bucket b;
  b.start_us = b.local_us = (20'458LL * 288 + i) * kBucketUs;
  b.requests = 40 + dice % 60, b.errors = dice % 40 == 0, b.drifted = dice % 50 == 0;
  b.cost = 0.01 * static_cast<double>(b.requests), b.cost2 = 1.5e-4 * static_cast<double>(b.requests), b.p95_us = 1e6 + 1e3 * (dice % 100);
  return b;
}

}  // namespace

int main(int argc, char** argv) {
  const int count = (argc > 1 ? std::atoi(argv[1]) : 1000) * (argc > 2 ? std::atoi(argv[2]) : 50);
  // One series is taught; the rest are copies of it, which is what they cost.
  Series taught;
  std::vector<Finding> out;
  constexpr int kTaught = kWarmupBuckets + 2000;
  for (int i = 0; i < kTaught; ++i) taught.judge(bucket_of(0, i), {}, out);
  std::vector<Series> all(static_cast<std::size_t>(count), taught);
  constexpr int kRounds = 5;
  double slowest = 0, sum = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) all[static_cast<std::size_t>(i)].judge(bucket_of(i, kTaught + round), {}, out);
    const double took = seconds_since(began);
    slowest = std::max(slowest, took), sum += took;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto began = std::chrono::steady_clock::now();
  std::size_t bytes = 0;
  constexpr int kSaves = 2000;
  for (int i = 0; i < kSaves; ++i) bytes += taught.save().size();
  const double save_us = seconds_since(began) * 1e6 / kSaves;
  const std::string saved = taught.save();
  began = std::chrono::steady_clock::now();
  int loaded = 0;
  for (int i = 0; i < kSaves; ++i) loaded += Series::load(saved).has_value();
  const double load_us = seconds_since(began) * 1e6 / kSaves;
  std::printf("%d series, a bucket each: %.3f s (slowest of %d: %.3f s), %.2f us a series; peak memory %.0f MB\n", count, sum / kRounds, kRounds,
              slowest, sum / kRounds * 1e6 / count, static_cast<double>(usage.ru_maxrss) / 1024);
  std::printf("saved: %zu bytes, %.1f us to save, %.1f us to load (%d of %d)\n", bytes / kSaves, save_us, load_us, loaded, kSaves);
}
