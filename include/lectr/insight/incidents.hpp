// Which episodes have one cause: people are told of that once. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "lectr/insight/detector.hpp"

namespace lectr::insight {

inline constexpr std::int64_t kTogetherUs = 30 * 60 * 1'000'000LL;

struct EpisodeOf {
  std::optional<std::string> feature;  // none: the org in sum
  Metric metric = Metric::volume;
  Direction direction = Direction::high;
  std::int64_t opened_us = 0;  // start of the first bucket of the window that opened it: it began somewhere in that window
  int window = 1;              // buckets
  std::int64_t incident = 0;   // the caller's name for the incident it is in; 0: none yet
};

// The incident that `fresh` belongs to, of those that the org's `others` are in; 0: one of its own. It has the cause of an episode of the same feature,
// whatever their metrics, and of one of the same metric and direction of another feature or of the org in sum: what fails for two features at once is one
// provider that fails. An org's sum is no feature: it does not join what is another feature's for being the org's, or two causes at one time would be told as one.
// Only of an incident whose first episode began at most kTogetherUs from it, so that no chain goes on without an end.
std::int64_t incident_of(const EpisodeOf& fresh, std::span<const EpisodeOf> others);

// Whether the org's own episode comes before those of its features that opened with it, in the same bucket: of one feature the feature says more, of several
// the org does.
bool org_leads(const EpisodeOf& of_org, std::span<const EpisodeOf> opened);

}  // namespace lectr::insight
