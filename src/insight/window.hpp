// Residuals and evidence: a count against an expected count, over one, three and twelve buckets.
#pragma once

#include "insight/memory.hpp"

namespace lectr::insight {

struct Window {
  double x = 0, m = 0, n = 0;  // n: requests
  double low = 0, high = 0;    // volume: the interval that is expected
  double squares = 0;          // cost: sum of squares, in units²
  double unit = 0;             // cost: USD a unit, else 1
  double log_base = 0;         // latency: log of the usual P95, mean
  int busy = 0;                // buckets with x > 0
  double deviation = 1;        // standard deviation of r
  double skew = 0;             // latency: of r / deviation
  double r = 0, z = 0;         // z is 0 inside the expected interval; r is against the slot itself there
};

double extra_variance(const Track& track, int window);
// Of the count itself, as a share of Poisson's; for latency, of what the log of a P95 is taken to spread by, at most 1. Where `over` says that the
// least extra variance is too much already, the rest of what was learned is this.
double count_variance(Metric metric, const Track& track, int window);
double hour_factor(double nervous);  // of the variance, from what is learned of the hour
// What z would be were it normal and not skewed like a gamma (Wilson and Hilferty); no skew: z itself.
double normal_score(double z, double skew);
// Of the newest kWidth[window] buckets; count must be enough. `young`: share of variance that an unsure baseline adds; `nervous`: factor of the hour.
Window look(Metric metric, const Track& track, int window, double young, double nervous);
void learn_variance(Track& track, int window, const Window& seen, double young);

struct Evidence {
  double e = 0;    // 1: enough for an episode
  int window = 0;  // index of the window that says so
  int sign = 1;
};
// `windows` holds the first `known` windows. `scale`: of the thresholds.
Evidence weigh(Metric metric, const Track& track, const std::array<Window, kWindows>& windows, int known, double scale);
double score(double e);  // 0..1; 0.865 at e = 1
bool one_sided(Metric metric);
bool worth_telling(Metric metric, int window, const Window& seen);  // effect and volume are above their minimum

void note_maximum(Track& track, int window, double z);
void end_day(Track& track);

}  // namespace lectr::insight
