#include "lectr/insight/incidents.hpp"

#include <algorithm>

namespace lectr::insight {
namespace {

bool alike(const EpisodeOf& a, const EpisodeOf& b) { return a.metric == b.metric && a.direction == b.direction; }

std::int64_t last_us(const EpisodeOf& e) { return e.opened_us + (e.window - 1) * kBucketUs; }

// Between the spans that they began in.
std::int64_t apart(const EpisodeOf& a, const EpisodeOf& b) {
  return std::max<std::int64_t>(0, std::max(a.opened_us, b.opened_us) - std::min(last_us(a), last_us(b)));
}

const EpisodeOf& first_of(std::int64_t incident, const EpisodeOf& member, std::span<const EpisodeOf> all) {
  const EpisodeOf* first = &member;
  for (const EpisodeOf& e : all)
    if (e.incident == incident && last_us(e) < last_us(*first)) first = &e;
  return *first;
}

}  // namespace

std::int64_t incident_of(const EpisodeOf& fresh, std::span<const EpisodeOf> others) {
  const auto find = [&](const auto& related) -> std::int64_t {
    for (const EpisodeOf& other : others)
      if (other.incident != 0 && related(other) && apart(fresh, first_of(other.incident, other, others)) <= kTogetherUs) return other.incident;
    return 0;
  };
  if (fresh.feature) {
    if (const auto own = find([&](const EpisodeOf& e) { return e.feature == fresh.feature; })) return own;
    if (const auto org = find([&](const EpisodeOf& e) { return alike(e, fresh) && !e.feature; })) return org;
    return find([&](const EpisodeOf& e) { return alike(e, fresh); });
  }
  if (const auto same = find([&](const EpisodeOf& e) { return alike(e, fresh); })) return same;
  return find([&](const EpisodeOf& e) {
    return !e.feature && std::none_of(others.begin(), others.end(), [&](const EpisodeOf& o) { return o.incident == e.incident && o.feature; });
  });
}

bool org_leads(const EpisodeOf& of_org, std::span<const EpisodeOf> opened) {
  return std::count_if(opened.begin(), opened.end(), [&](const EpisodeOf& e) { return e.feature && alike(e, of_org); }) >= 2;
}

}  // namespace lectr::insight
