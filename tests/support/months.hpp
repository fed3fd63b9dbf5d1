// Months of made-up traffic with known incidents and known lookalikes, to measure a detector of anomalies with. A seed gives a month, always the same
// one. Everything is drawn request by request in spirit (counts, error draws, lognormal costs and latencies); nothing of the detector is used.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lectr/insight/detector.hpp"

namespace lectr::months {

inline constexpr int kFeatures = 5;
inline constexpr int kDays = 30;
inline constexpr int kBucketsADay = 288;
inline constexpr int kBuckets = kDays * kBucketsADay;

// What the generator knows of one bucket of an incident: the rates had nothing happened, what the incident makes of them, and how wide its dice fall.
struct Truth {
  double requests = 0, error_rate = 0, drift_rate = 0, cost = 0, p95_us = 0;   // before; cost: USD a request
  double traffic = 1, errors = 0, drift = 0, cost_factor = 1, p95_factor = 1;  // after; errors and drift: the rates that come of it
  double requests_shape = 0, errors_shape = 0;                                 // of the gamma their rate is drawn by; 0: none
  double cost_variance = 0;                                                    // of one request's cost, in squares of its mean
  double p95_spread = 0;                                                       // sigma of the log of one request's latency
};

struct Label {
  bool incident = true;  // else a lookalike: nothing may be found there
  std::string kind;      // "traffic_high" "traffic_low" "errors" "latency" "cost" "cost_level" "drift"; lookalikes: "weekend" "blip" "late_batch" ...
  int feature = 0;
  int first = 0, last = 0;     // buckets, both included
  double size = 1;             // factor of the metric; errors and drift: the share of requests
  bool strong = false;         // at least doubles or halves its metric
  double usual_requests = 0;   // in its first bucket, had nothing happened
  std::vector<Truth> truth{};  // of an incident's buckets
};

struct Month {
  std::vector<std::vector<insight::Bucket>> features;  // a bucket that is missing was a gap
  std::vector<Label> labels;
};

Month make(std::uint64_t seed);
// The same labels and figures by another hand: what a detector tuned on the one does not know of the other.
Month make_second(std::uint64_t seed);

// What a detector made of months. Right: an episode of any metric of the right feature that opens from the incident's onset to 30 minutes after its end.
struct Found {
  Label label;
  int cycles = 0;  // buckets until it was found, the first is 1; 0: missed
};
struct False {
  int feature = 0, bucket = 0;
  insight::Finding finding;
  std::string near;  // kind of the lookalike within two hours; "" none
};
struct Score {
  int months = 0;
  std::vector<Found> incidents;
  std::vector<False> false_episodes;
  void add(const Month& month, insight::Sensitivity sensitivity = {});
  int found() const;
  double recall() const, precision() const, false_a_week() const;  // false episodes of an org of five features in a week
  double within(int cycles, bool strong_only) const;               // share of those found; strong: at 20 usual requests a bucket or more
};

// For each incident: what somebody could tell from its first `buckets` (2, 3; 0: all of it) who knows the generator's rates before and after, by the
// ratio of their likelihoods. How often an org whose every series is looked at so, each five minutes, would see as much in a week in which nothing
// happens. In the order of Score::incidents of one month.
std::vector<double> oracle(const Month& month, int buckets);

}  // namespace lectr::months
