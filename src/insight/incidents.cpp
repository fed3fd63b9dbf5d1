#include "lectr/insight/incidents.hpp"

#include <algorithm>
#include <tuple>

namespace lectr::insight {

std::vector<Incident> group_incidents(std::span<const EpisodeOf> episodes) {
  std::vector<EpisodeOf> sorted{episodes.begin(), episodes.end()};
  std::sort(sorted.begin(), sorted.end(),
            [](const EpisodeOf& a, const EpisodeOf& b) { return std::tie(a.opened_us, a.metric, a.id) < std::tie(b.opened_us, b.metric, b.id); });
  std::vector<Incident> all;
  for (const EpisodeOf& e : sorted) {
    if (all.empty() || e.opened_us - all.back().opened_us > kTogetherUs) all.push_back({e.opened_us, {}});
    all.back().episodes.push_back(e);
  }
  for (Incident& incident : all)
    std::stable_sort(incident.episodes.begin(), incident.episodes.end(), [](const EpisodeOf& a, const EpisodeOf& b) { return a.metric < b.metric; });
  return all;
}

}  // namespace lectr::insight
