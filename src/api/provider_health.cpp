#include "api/provider_health.hpp"

#include <algorithm>

#include "api/window.hpp"

namespace lectr::api {
namespace {

constexpr std::size_t kFailuresRead = 1000;
constexpr std::int64_t kRecentUs = 15 * kMinuteUs;

// Whether a failure says something about the provider. A refused key, an account without money and a wrong request do not.
bool is_the_providers(const Event& e) noexcept {
  if (e.error_source != ErrorSource::provider) return false;
  switch (e.error_category) {
    case ErrorCategory::rate:
    case ErrorCategory::capacity:
    case ErrorCategory::timeout:
    case ErrorCategory::network:
    case ErrorCategory::protocol:
    case ErrorCategory::internal: return true;
    default: return false;
  }
}

// The share of a provider's newest failures that are its own: the sums count all failures, and the rows tell them apart.
struct Blame {
  std::int64_t seen = 0, own = 0;
  std::int64_t part_of(std::int64_t errors) const noexcept { return seen == 0 ? 0 : (errors * own + seen / 2) / seen; }
};
// Exact by minute where all of them were read; in a flood only the newest were, and their share stands for the older ones.
struct Failures {
  std::map<std::string, Blame> share;
  std::map<std::pair<std::string, std::int64_t>, std::int64_t> by_minute;
  std::int64_t complete_from_us = 0;
};

Result<Failures> read_failures(const OwnStores& own, std::int64_t from_us, std::int64_t to_us) {
  store::RequestFilter filter;
  filter.from_us = from_us;
  filter.to_us = to_us;
  filter.errors = true;
  const auto page = own.requests(filter, {}, kFailuresRead);
  if (!page) return page.error();
  Failures out;
  for (const Event& e : page->rows) {
    Blame& blame = out.share[e.provider];
    ++blame.seen;
    if (!is_the_providers(e)) continue;
    ++blame.own;
    ++out.by_minute[{e.provider, e.completed_at_us / kMinuteUs}];
  }
  if (page->next && !page->rows.empty()) out.complete_from_us = (page->rows.back().completed_at_us / kMinuteUs + 1) * kMinuteUs;
  return out;
}

std::vector<HealthMinute> minutes_of(const store::Aggregate& hour, const store::Group& group, const Failures& failures) {
  std::vector<HealthMinute> out;
  const auto share = failures.share.find(group.name);
  for (std::size_t i = 0; i < group.steps.size(); ++i) {
    const store::Sums& sums = group.steps[i];
    HealthMinute minute{hour.from_us + static_cast<std::int64_t>(i) * kMinuteUs, sums.requests, 0, sums.latency.quantile_us(950)};
    const auto known = failures.by_minute.find({group.name, minute.start_us / kMinuteUs});
    if (minute.start_us >= failures.complete_from_us)
      minute.failures = known == failures.by_minute.end() ? 0 : std::min(known->second, minute.requests);
    else if (share != failures.share.end())
      minute.failures = share->second.part_of(sums.errors);
    out.push_back(minute);
  }
  return out;
}

// The start of the last step with a request.
std::optional<std::int64_t> last_step_us(const store::Aggregate& sums, const store::Group& group) {
  for (std::size_t i = group.steps.size(); i-- > 0;)
    if (group.steps[i].requests > 0) return sums.from_us + static_cast<std::int64_t>(i) * sums.step_us;
  return {};
}

}  // namespace

Result<std::map<std::string, Health>> provider_health(const OwnStores& own, std::int64_t now_us) {
  store::RollupFilter filter;
  filter.to_us = now_us;
  filter.from_us = now_us - kDayUs;
  const auto day = own.aggregate(filter, store::Dimension::provider, kHourUs, store::Percentiles::totals_only);
  if (!day) return day.error();
  filter.from_us = now_us - kHourUs;
  const auto hour = own.aggregate(filter, store::Dimension::provider, kMinuteUs);
  if (!hour) return hour.error();
  const auto failures = read_failures(own, now_us - kHourUs, now_us);
  if (!failures) return failures.error();

  std::map<std::string, Health> out;
  for (const store::Group& group : day->groups) {
    HealthInput in;
    in.now_us = now_us;
    in.day_requests = group.total.requests;
    in.day_p95_us = group.total.latency.quantile_us(950);
    in.last_request_us = last_step_us(*day, group);
    const auto latest = std::find_if(hour->groups.begin(), hour->groups.end(), [&](const auto& g) { return g.name == group.name; });
    if (latest != hour->groups.end()) {
      in.minutes = minutes_of(*hour, *latest, *failures);
      if (const auto at_us = last_step_us(*hour, *latest)) in.last_request_us = at_us;
      Sketch recent;
      for (std::size_t i = 0; i < latest->steps.size(); ++i)
        if (in.minutes[i].start_us + kMinuteUs > now_us - kRecentUs) recent.merge(latest->steps[i].latency);
      in.recent_p95_us = recent.quantile_us(950);
    }
    out.emplace(group.name, judge(in));
  }
  return out;
}

Health health_of(const std::map<std::string, Health>& all, const std::string& provider) {
  const auto at = all.find(provider);
  return at == all.end() ? judge({}) : at->second;
}

Json to_json(const Health& health) {
  return {{"state", to_text(health.state)},
          {"since", time_or_null(health.since_us)},
          {"reason", health.reason},
          {"last_request", time_or_null(health.last_request_us)}};
}

}  // namespace lectr::api
