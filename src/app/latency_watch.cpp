#include "latency_watch.hpp"

#include <nlohmann/json.hpp>

#include "lectr/telemetry/log.hpp"

namespace lectr::app {
namespace {

using policy::LatencyState;

constexpr std::int64_t kMinuteUs = 60'000'000;
constexpr const char* kStates[] = {"no_data", "within", "breached"};

std::optional<policy::LatencyReading> read_window(store::EventStore& events, OrgId org, const config::LatencyTarget& target, std::int64_t unix_us) {
  store::AggregateQuery query;
  query.filter.org = org;
  query.filter.from_us = unix_us - target.window_min * kMinuteUs;
  query.filter.to_us = unix_us;
  if (!target.feature.empty()) query.filter.feature = target.feature;
  const auto sums = events.aggregate(query);
  if (!sums) return {};
  return policy::LatencyReading{sums->total.requests, sums->total.latency.quantile_us(950), sums->total.ttfb.quantile_us(950)};
}

std::string ms_text(std::int64_t us) { return us < 0 ? "?" : std::to_string(us / 1000) + " ms"; }

// The events of a target are numbered, so that of two instances that see the same change one writes it.
void write_down(store::ControlStore& control, OrgId org, const config::LatencyTarget& target, const char* state, const policy::LatencyReading& seen,
                std::int64_t unix_us) {
  const auto last = control.control_events(org, {"latency", target.name, {}}, 1);
  if (!last) return;
  std::int64_t number = 0;
  if (!last->empty()) {
    const auto before = nlohmann::json::parse(last->front().detail, nullptr, false);
    if (before.is_object() && before.value("state", "") == state) return;
    number = std::atoll(last->front().key.c_str()) + 1;
  } else if (std::string_view{state} != kStates[2]) {
    return;  // it was never missed
  }
  const nlohmann::json detail{{"state", state},
                              {"feature", target.feature},
                              {"p95_ms", seen.p95_us / 1000.0},
                              {"target_ms", target.p95_ms},
                              {"ttfb_p95_ms", seen.ttfb_p95_us / 1000.0},
                              {"ttfb_target_ms", target.ttfb_p95_ms},
                              {"requests", seen.requests},
                              {"switch_rule", target.switch_rule}};
  (void)control.add_control_event(
      {.org = org, .kind = "latency", .name = target.name, .key = std::to_string(number), .at_us = unix_us, .detail = detail.dump()});
}

}  // namespace

// False: the store does not say, what was last known stays.
bool LatencyWatch::look_at(OrgId org, const config::LatencyTarget& target, store::Stores& stores, std::int64_t unix_us) {
  const auto reading = read_window(*stores.events, org, target, unix_us);
  if (!reading) return false;
  policy::LatencyState was{}, is{};
  {
    const std::lock_guard hold{mutex_};
    Watched& watched = targets_[{org, target.name}];
    was = watched.verdict.state;
    watched.verdict = policy::judge(watched.verdict, target, *reading, unix_us);
    is = watched.verdict.state;
    watched.reading = *reading;
    watched.switch_rule = target.switch_rule;
  }
  if (was == is || (was != LatencyState::breached && is != LatencyState::breached)) return true;
  const char* const state = kStates[static_cast<int>(is)];
  log::warn("org " + std::to_string(org) + ": latency target '" + target.name + "' is " + state + ": P95 " + ms_text(reading->p95_us) +
            ", first byte " + ms_text(reading->ttfb_p95_us) + ", " + std::to_string(reading->requests) + " requests in " +
            std::to_string(target.window_min) + " min");
  write_down(*stores.control, org, target, state, *reading, unix_us);
  return true;
}

bool LatencyWatch::look(const config::Snapshot& snapshot, store::Stores& stores, std::int64_t unix_us) {
  const SwitchedRules before = switched();
  std::set<Name> wanted;
  bool told = true;  // one question that a store leaves open is enough: the others would wait as long
  for (const auto& [id, org] : snapshot.orgs) {
    if (!org.control) continue;
    for (const config::LatencyTarget& target : org.control->latency_targets) {
      wanted.emplace(id, target.name);
      told = told && look_at(id, target, stores, unix_us);
    }
  }
  {
    const std::lock_guard hold{mutex_};
    std::erase_if(targets_, [&](const auto& entry) { return !wanted.contains(entry.first); });
  }
  return switched() != before;
}

SwitchedRules LatencyWatch::switched() const {
  const std::lock_guard hold{mutex_};
  SwitchedRules out;
  for (const auto& [name, target] : targets_)
    if (target.verdict.state == LatencyState::breached && !target.switch_rule.empty()) out[name.first].insert(target.switch_rule);
  return out;
}

std::vector<api::LatencyNow> LatencyWatch::states(OrgId org) const {
  const std::lock_guard hold{mutex_};
  std::vector<api::LatencyNow> out;
  for (const auto& [name, target] : targets_)
    if (name.first == org)
      out.push_back({name.second, kStates[static_cast<int>(target.verdict.state)], target.verdict.since_us, target.reading.requests,
                     target.reading.p95_us, target.reading.ttfb_p95_us});
  return out;
}

}  // namespace lectr::app
