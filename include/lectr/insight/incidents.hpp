// Episodes of several metrics of one feature that began together are one incident, its cause first. Pure.
#pragma once

#include <span>
#include <vector>

#include "lectr/insight/detector.hpp"

namespace lectr::insight {

inline constexpr std::int64_t kTogetherUs = 30 * 60 * 1'000'000LL;

struct EpisodeOf {
  std::int64_t id = 0;  // the caller's
  Metric metric = Metric::volume;
  std::int64_t opened_us = 0;
};

struct Incident {
  std::int64_t opened_us = 0;       // its earliest episode's
  std::vector<EpisodeOf> episodes;  // cause first: volume, errors, latency, cost, drift; the earlier first within one metric
};

// Of one feature, in any order. An episode joins the incident whose first episode began at most kTogetherUs before it: no chain without an end.
std::vector<Incident> group_incidents(std::span<const EpisodeOf> episodes);

}  // namespace lectr::insight
