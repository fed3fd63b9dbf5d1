#include "lectr/insight/incidents.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace lectr::insight {

std::vector<Incident> group(std::span<const Onset> episodes) {
  std::vector<std::size_t> by_onset(episodes.size());
  std::iota(by_onset.begin(), by_onset.end(), std::size_t{0});
  std::sort(by_onset.begin(), by_onset.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple{episodes[a].opened_us, episodes[a].metric, a} < std::tuple{episodes[b].opened_us, episodes[b].metric, b};
  });
  std::vector<Incident> out;
  for (const std::size_t i : by_onset) {
    const Onset& e = episodes[i];
    if (out.empty() || e.opened_us - out.back().opened_us > kSameIncidentUs) out.push_back({e.opened_us, e.severity, {}});
    out.back().episodes.push_back(i);
    out.back().severity = std::max(out.back().severity, e.severity);
  }
  // Metric's order is that of causes; the sort keeps the order of onsets within one.
  for (Incident& incident : out)
    std::stable_sort(incident.episodes.begin(), incident.episodes.end(),
                     [&](std::size_t a, std::size_t b) { return episodes[a].metric < episodes[b].metric; });
  return out;
}

}  // namespace lectr::insight
