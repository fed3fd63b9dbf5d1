// How good announcements are: per labelled window the earliest one's reward falls along a sigmoid from about 1 at the window's start to 0
// at its end; each false one costs up to 0.11 (less just behind a window); a missed window costs 1. One threshold for all series, the best
// one. 0: announcing nothing. 100: every window at its first record, nothing else. The first 15 % of each series are not scored.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "series.hpp"

namespace lectr::bench {

struct Judged {
  const Series* series;
  std::vector<float> score;
};
struct Tally {
  int windows = 0, found = 0, false_ones = 0;
  double reward = 0;  // above announcing nothing
  double percent() const { return windows ? 100 * reward / (2.0 * windows) : 0; }
};
struct Verdict {
  double threshold = 2;
  Tally all;
  std::map<std::string, Tally> by_family, by_kind;
};
Tally tally_at(const Judged& judged, double threshold, std::map<std::string, Tally>* by_kind = nullptr);
double best_threshold(std::span<const Judged> all);
Verdict judge(std::span<const Judged> all, double threshold);

}  // namespace lectr::bench
