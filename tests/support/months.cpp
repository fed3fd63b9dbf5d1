#include "months.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <set>

namespace lectr::months {
namespace {

using Dice = std::mt19937_64;

// The distributions of the standard library differ between its implementations; a seed must give the same month everywhere.
double uniform(Dice& dice) { return static_cast<double>(dice() >> 11) * 0x1.0p-53; }
double between(Dice& dice, double low, double high) { return low + (high - low) * uniform(dice); }
int whole(Dice& dice, int low, int high) { return low + static_cast<int>(uniform(dice) * (high - low + 1)); }
double normal(Dice& dice) { return std::sqrt(-2 * std::log(1 - uniform(dice))) * std::cos(6.283185307179586 * uniform(dice)); }

std::int64_t poisson(Dice& dice, double mean) {
  if (mean <= 0) return 0;
  if (mean > 60) return std::max<std::int64_t>(0, std::llround(mean + std::sqrt(mean) * normal(dice)));
  const double limit = std::exp(-mean);
  std::int64_t n = 0;
  for (double p = uniform(dice); p > limit; p *= uniform(dice)) ++n;
  return n;
}

std::int64_t binomial(Dice& dice, std::int64_t n, double p) {
  if (n > 200 && p > 0.05 && p < 0.95)
    return std::clamp<std::int64_t>(std::llround(static_cast<double>(n) * p + std::sqrt(static_cast<double>(n) * p * (1 - p)) * normal(dice)), 0, n);
  if (n > 200 && p <= 0.05) return std::min(n, poisson(dice, static_cast<double>(n) * p));
  std::int64_t hits = 0;
  for (std::int64_t i = 0; i < n; ++i) hits += uniform(dice) < p;
  return hits;
}

struct Feature {   // how one application behaves when nothing happens
  double mean;     // requests a bucket at the top of an ordinary day
  double night;    // share of it at night
  double weekend;  // share of it on Saturday and Sunday
  double noise;    // of the traffic, with memory
  double memory;   // correlation from bucket to bucket
  double growth;   // over the month
  double batch;    // factor of a nightly batch, 0: none
  double error_rate, drift_rate;
  double cost, cost_spread;  // USD a request; sigma of its log
  double p95, p95_spread;    // microseconds; sigma of the log of one request's latency
};

std::array<Feature, kFeatures> features(Dice& dice) {
  std::array<Feature, kFeatures> all = {{
      {420, 0.15, 0.35, 0.05, 0.85, 0.10, 0, 0.010, 0.004, 0.012, 0.8, 2.4e6, 0.6},    // a chat for office hours
      {150, 0.45, 0.90, 0.07, 0.80, 0.30, 0, 0.020, 0.010, 0.004, 1.1, 9.0e5, 0.7},    // a product for consumers, growing
      {60, 0.50, 0.60, 0.09, 0.70, 0.00, 7.0, 0.015, 0.020, 0.030, 0.9, 6.0e6, 0.5},   // summaries, with a nightly batch
      {9, 0.60, 0.80, 0.10, 0.60, 0.05, 0, 0.020, 0.010, 0.050, 1.0, 4.0e6, 0.7},      // a small internal tool
      {1100, 0.70, 0.95, 0.04, 0.90, 0.15, 0, 0.005, 0.002, 0.0008, 0.5, 4.0e5, 0.5},  // an endpoint that machines call
  }};
  for (Feature& f : all) {
    f.mean *= between(dice, 0.8, 1.25), f.noise *= between(dice, 0.8, 1.2), f.growth *= between(dice, 0.5, 1.0);
    f.error_rate *= between(dice, 0.7, 1.4), f.cost *= between(dice, 0.5, 2), f.p95 *= between(dice, 0.7, 1.5);
  }
  return all;
}

double shape_of_day(double hour, double night) {
  const double day = std::exp(-std::pow((hour - 11) / 3.2, 2)) + 0.85 * std::exp(-std::pow((hour - 16) / 3.4, 2));
  return night + (1 - night) * std::min(1.0, day);
}

struct Effect {  // what an event does to its buckets
  double traffic = 1, cost = 1, p95 = 1;
  double errors = 0, drift = 0;  // share of requests on top
  bool gap = false, excluded = false, dear = false;
  int few = -1;         // exactly so many requests
  int few_errors = -1;  // exactly so many errors
  int batch_shift = 0;
};

struct Planner {
  Dice& dice;
  const std::array<Feature, kFeatures>& all;
  std::vector<std::vector<Effect>>& effects;
  std::vector<Label>& labels;
  std::array<std::vector<std::pair<int, int>>, kFeatures> taken;

  bool is_free(int feature, int first, int last) const {
    for (const auto& [a, b] : taken[static_cast<std::size_t>(feature)])
      if (first < b && a < last) return false;
    return true;
  }

  // A place of `length` buckets that keeps `away` from everything else of its feature; the first 50 hours are for learning. -1: none was found.
  template <class Fits>
  int place(int feature, int length, int away, const Fits& fits) {
    for (int i = 0; i < 4000; ++i) {
      const int first = whole(dice, 600, kBuckets - length - 40);
      if (!is_free(feature, first - away, first + length + away) || !fits(first)) continue;
      taken[static_cast<std::size_t>(feature)].push_back({first, first + length});
      return first;
    }
    return -1;
  }
  int place(int feature, int length, int away = 30) {
    return place(feature, length, away, [](int) { return true; });
  }

  Effect& at(int feature, int bucket) { return effects[static_cast<std::size_t>(feature)][static_cast<std::size_t>(bucket)]; }

  template <class Change>
  bool add(bool incident, const char* kind, int feature, int length, double size, bool strong, const Change& change, int away = 30) {
    const int first = place(feature, length, away);
    if (first < 0) return false;
    for (int i = 0; i < length; ++i) change(at(feature, first + i));
    labels.push_back({incident, kind, feature, first, first + length - 1, size, strong});
    return true;
  }
};

int any_but_small(Dice& dice) {
  const int f = whole(dice, 0, 3);
  return f == 3 ? 4 : f;
}

// 40 incidents: sizes and lengths are drawn, most of them last half an hour to four hours.
void plan_incidents(Planner& p) {
  Dice& dice = p.dice;
  const auto length = [&] { return whole(dice, 6, 40); };
  for (int i = 0; i < 2;
       ++i) {  // a level that stays: two weeks of another traffic or price, the last bucket of the label is where it must have been seen by
    const int f = i == 0 ? 1 : 4;
    const int first = p.place(f, 150, 60, [](int b) { return b > 10 * kBucketsADay && b < 22 * kBucketsADay; });
    if (first < 0) continue;
    const double size = i == 0 ? between(dice, 1.5, 2.0) : between(dice, 1.45, 2.2);
    for (int b = first; b < kBuckets; ++b) (i == 0 ? p.at(f, b).traffic : p.at(f, b).cost) *= size;
    p.labels.push_back({true, i == 0 ? "traffic_high" : "cost_level", f, first, first + 149, size, size >= 2});
  }
  for (int i = 0; i < 8; ++i) {
    const double size = between(dice, 1.6, 6);
    p.add(true, "traffic_high", whole(dice, 0, 4), length(), size, size >= 2, [&](Effect& e) { e.traffic *= size; });
  }
  for (int i = 0; i < 8; ++i) {
    const double size = i < 4 ? 0 : between(dice, 0.05, 0.5);
    p.add(true, "traffic_low", any_but_small(dice), length(), size, size <= 0.5, [&](Effect& e) { e.traffic *= size; });
  }
  for (int i = 0; i < 8; ++i) {
    const int f = whole(dice, 0, 4);
    const double least = f == 3 ? 0.25 : f == 2 ? 0.08 : 0.025, size = std::exp(between(dice, std::log(least), 0));
    p.add(true, "errors", f, length(), size, size >= p.all[static_cast<std::size_t>(f)].error_rate, [&](Effect& e) { e.errors = size; });
  }
  for (int i = 0; i < 5; ++i) {
    const double size = between(dice, 1.45, 5);
    p.add(true, "cost", whole(dice, 0, 4), whole(dice, 8, 40), size, size >= 2, [&](Effect& e) { e.cost *= size; });
  }
  for (int i = 0; i < 5; ++i) {
    const double size = between(dice, 1.2, 4);
    p.add(true, "latency", any_but_small(dice), length(), size, size >= 2, [&](Effect& e) { e.p95 = size; });
  }
  for (int i = 0; i < 4; ++i) {
    const double size = between(dice, 0.25, 1);
    p.add(true, "drift", whole(dice, 0, 4), length(), size, true, [&](Effect& e) { e.drift = size; });
  }
}

// 40 lookalikes; the eight weekends (two days of lower traffic in four features' months) need no change: they are in the shape of the week.
void plan_lookalikes(Planner& p) {
  Dice& dice = p.dice;
  for (int i = 0; i < 5; ++i)
    p.add(
        false, "blip", whole(dice, 0, 4), 1, 1.3, false, [&](Effect& e) { e.traffic *= between(dice, 1.2, 1.35); }, 20);
  for (int day = 5; day < 28; day += 8) {  // the batch of the third feature starts ten minutes late
    const int first = day * kBucketsADay + 24;
    if (!p.is_free(2, first - 30, first + 36)) continue;
    for (int b = first - 2; b < first + 10; ++b) p.at(2, b).batch_shift = 2;
    p.taken[2].push_back({first, first + 8});
    p.labels.push_back({false, "late_batch", 2, first, first + 8, 1, false});
  }
  for (int i = 0; i < 5; ++i)
    p.add(
        false, "few_errors", 3, 1, 1, false, [&](Effect& e) { e.few = whole(dice, 3, 4), e.few_errors = 2; }, 20);
  for (int i = 0; i < 4; ++i)
    p.add(
        false, "few_slow", 3, 1, 1, false, [&](Effect& e) { e.few = 3, e.p95 = 4; }, 20);
  for (int i = 0; i < 4; ++i) p.add(false, "gap", whole(dice, 0, 4), whole(dice, 7, 30), 1, false, [&](Effect& e) { e.gap = true; });
  for (int i = 0; i < 4; ++i) {
    const double size = between(dice, 2, 5);
    p.add(false, "dismissed", whole(dice, 0, 4), whole(dice, 12, 60), size, false, [&](Effect& e) { e.excluded = true, e.traffic *= size; });
  }
  for (int i = 0; i < 4; ++i)
    p.add(
        false, "one_dear", whole(dice, 0, 3), 1, 1, false, [&](Effect& e) { e.dear = true; }, 20);
  for (int i = 0; i < 2; ++i) {  // a day that is busier than others, rising and falling slowly
    const int f = whole(dice, 0, 1);
    const double size = between(dice, 0.10, 0.18);
    const int first = p.place(f, 200, 10);
    if (first < 0) continue;
    for (int b = 0; b < 200; ++b) p.at(f, first + b).traffic *= 1 + size * std::sin(3.14159265 * b / 200);
    p.labels.push_back({false, "busy_day", f, first, first + 199, size, false});
  }
  p.labels.push_back({false, "growth", 1, kBuckets / 2, kBuckets / 2 + 7 * kBucketsADay, 1, false});
}

// The latency of the 95th of a hundred requests, from so many: the log of a sample's quantile varies like kappa over root n.
double p95_of(Dice& dice, const Feature& f, std::int64_t n, double factor) {
  if (n == 0) return 0;
  if (n > 400) return f.p95 * factor * std::exp(f.p95_spread * 2.1 / std::sqrt(static_cast<double>(n)) * normal(dice));
  std::vector<double> logs;
  for (std::int64_t i = 0; i < n; ++i) logs.push_back(f.p95_spread * (normal(dice) - 1.645));
  std::sort(logs.begin(), logs.end());
  const auto rank = static_cast<std::size_t>(std::ceil(0.95 * static_cast<double>(n))) - 1;
  return f.p95 * factor * std::exp(logs[rank]);
}

void draw_costs(Dice& dice, const Feature& f, std::int64_t n, const Effect& e, insight::Bucket& b) {
  const double each = f.cost * e.cost, s = f.cost_spread;
  const auto drawn = std::min<std::int64_t>(n, 400);  // beyond, the mean of 400 stands for the rest
  for (std::int64_t i = 0; i < drawn; ++i) {
    const double c = each * std::exp(s * normal(dice) - s * s / 2);
    b.cost += c, b.cost2 += c * c;
  }
  if (n > drawn) {
    const double scale = static_cast<double>(n) / static_cast<double>(drawn);
    const double mean = each * static_cast<double>(n);
    b.cost = mean + (b.cost * scale - mean) / std::sqrt(scale), b.cost2 *= scale;
  }
  if (e.dear) b.cost += each * 25, b.cost2 += each * each * 625;
}

insight::Bucket draw(Dice& dice, const Feature& f, const Effect& e, double mean, double slow) {
  insight::Bucket b;
  b.requests = e.few >= 0 ? e.few : poisson(dice, mean * e.traffic);
  const std::int64_t n = b.requests;
  const double error_share = std::min(1.0, f.error_rate + e.errors * (1 - f.error_rate)),
               drift_share = std::min(1.0, f.drift_rate + e.drift * (1 - f.drift_rate));
  b.errors = e.few_errors >= 0 ? e.few_errors : binomial(dice, n, error_share);
  b.drifted = binomial(dice, n, drift_share);
  draw_costs(dice, f, n, e, b);
  b.p95_us = p95_of(dice, f, n, e.p95 * slow);
  b.excluded = e.excluded;
  return b;
}

// `before`: what holds already, a level that stays.
Truth truth_of(const Feature& f, const Effect& before, const Effect& e, double mean, double slow) {
  Truth t{mean * before.traffic, f.error_rate, f.drift_rate, f.cost * before.cost, f.p95 * slow};
  t.traffic = e.traffic / before.traffic, t.cost_factor = e.cost / before.cost, t.p95_factor = e.p95;
  t.errors = std::min(1.0, f.error_rate + e.errors * (1 - f.error_rate)), t.drift = std::min(1.0, f.drift_rate + e.drift * (1 - f.drift_rate));
  t.cost_variance = std::exp(f.cost_spread * f.cost_spread) - 1, t.p95_spread = f.p95_spread;
  return t;
}

}  // namespace

Month make(std::uint64_t seed) {
  Dice dice{seed * 0x9E3779B97F4A7C15ull + 12345};
  for (int i = 0; i < 16; ++i) dice();
  const auto all = features(dice);
  Month month;
  std::vector<std::vector<Effect>> effects(kFeatures, std::vector<Effect>(kBuckets));
  Planner planner{dice, all, effects, month.labels, {}};
  plan_incidents(planner);
  const int first_day = whole(dice, 0, 6);  // the weekday of the first day; 0: Monday
  plan_lookalikes(planner);
  for (int day = 0, found = 0; day < kDays && found < 8; ++day)
    if ((first_day + day) % 7 == 5)
      for (int f = 0; f < 2 && found < 8; ++f, ++found)
        month.labels.push_back({false, "weekend", f, day * kBucketsADay, std::min(kBuckets, (day + 2) * kBucketsADay) - 1,
                                all[static_cast<std::size_t>(f)].weekend, false});

  const std::int64_t start = (20'458 + first_day) * 86'400'000'000ll;  // 2026-01-05, a Monday
  for (std::size_t i = 0; i < kFeatures; ++i) {
    const Feature& f = all[i];
    std::vector<insight::Bucket> buckets;
    double noise = 0, slow_noise = 0;
    for (int b = 0; b < kBuckets; ++b) {
      const Effect& e = effects[i][static_cast<std::size_t>(b)];
      const int day = b / kBucketsADay;
      const double hour = (b % kBucketsADay) / 12.0;
      const bool weekend = (first_day + day) % 7 >= 5;
      noise = f.memory * noise + std::sqrt(1 - f.memory * f.memory) * normal(dice);
      slow_noise = 0.9 * slow_noise + std::sqrt(1 - 0.81) * normal(dice);
      double mean = f.mean * shape_of_day(hour, f.night) * (weekend ? f.weekend : 1) * (1 + f.growth * b / kBuckets) * std::exp(f.noise * noise);
      const int in_batch = b % kBucketsADay - 24 - e.batch_shift;  // two o'clock, half an hour
      if (f.batch > 0 && in_batch >= 0 && in_batch < 6) mean *= f.batch * std::exp(0.15 * normal(dice));
      const double slow = std::exp(0.04 * slow_noise) * (1 + 0.15 * shape_of_day(hour, 0));
      insight::Bucket bucket = draw(dice, f, e, mean, slow);
      bucket.start_us = start + b * insight::kBucketUs, bucket.local_us = bucket.start_us;
      for (Label& label : month.labels)
        if (label.incident && label.feature == static_cast<int>(i) && b >= label.first && b <= label.last) {
          if (label.first == b) label.usual_requests = mean;
          label.truth.push_back(truth_of(f, effects[i][static_cast<std::size_t>(label.first - 1)], e, mean, slow));
        }
      if (!e.gap) buckets.push_back(bucket);
    }
    month.features.push_back(std::move(buckets));
  }
  return month;
}

}  // namespace lectr::months
