// Episodes that belong together: of one feature, begun within 30 minutes of each other. Shown as one incident, its likely cause first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "lectr/insight/detector.hpp"

namespace lectr::insight {

inline constexpr std::int64_t kSameIncidentUs = 6 * kBucketUs;  // 30 minutes from the first onset

struct Onset {  // of one episode
  Metric metric = Metric::volume;
  std::int64_t opened_us = 0;
  Severity severity = Severity::low;
};

struct Incident {
  std::int64_t opened_us = 0;         // the first onset
  Severity severity = Severity::low;  // the highest of its episodes
  std::vector<std::size_t> episodes;  // indices into the input, cause first: traffic, errors, latency, cost, drift; then by onset
};

// Episodes of ONE feature, in any order; each is in exactly one incident. Incidents come by onset. Counted from the first onset, so that a chain of
// episodes half an hour apart never becomes one endless incident.
std::vector<Incident> group(std::span<const Onset> episodes);

}  // namespace lectr::insight
