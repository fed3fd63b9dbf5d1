// What the daemon shows of itself: to the API, to metrics, to the status line.
#include <chrono>
#include <future>

#include "daemon.hpp"
#include "lectr/base/clock.hpp"
#include "version.hpp"

namespace lectr::app {
namespace {

constexpr auto kLimitsPatience = std::chrono::seconds{2};

}  // namespace

// A worker looks, a step at one of its turns, and what it saw is put together here. A proxy that has ended never does.
std::optional<api::LimitsNow> Daemon::limits_now(OrgId org) {
  const auto now = snapshot();
  const auto found = now->orgs.find(org);
  if (found == now->orgs.end()) return api::LimitsNow{};
  const auto look = std::make_shared<limits::Look>(found->second);
  const auto until = std::chrono::steady_clock::now() + kLimitsPatience;
  for (bool more = true; more;) {
    const auto told = std::make_shared<std::promise<bool>>();
    auto answer = told->get_future();
    proxy_->run_on_worker([this, look, told, now] { told->set_value(limiter_.step(*look, limits::boot_us(), unix_us())); });
    if (answer.wait_until(until) != std::future_status::ready) return std::nullopt;
    more = answer.get();
  }
  const limits::State state = look->state();
  api::LimitsNow out;
  for (const auto& limit : state.limits) {
    auto& to = out.limits.emplace_back();
    to.name = limit.name;
    for (const auto& s : limit.scopes) to.scopes.push_back({s.scope, s.used, s.rest, s.refused_1h, s.would_refuse_1h});
  }
  for (const auto& b : state.budgets)
    out.budgets.push_back({b.name, b.from_us, b.to_us, NanoMoney{b.spent_nano}, NanoMoney{b.held_nano}, b.blocked_1h, b.would_block_1h,
                           b.downgraded_1h, b.would_downgrade_1h, b.unpriced});
  return out;
}

std::vector<api::BreakerNow> Daemon::breakers_now(OrgId org) const {
  static constexpr const char* kStates[] = {"closed", "open", "half_open"};
  static constexpr const char* kReasons[] = {"", "it failed too often", "it asked for a pause",
                                             "the credential's account is empty, or it is refused"};
  std::vector<api::BreakerNow> out;
  for (const proxy::TargetState& t : proxy_->targets(org))
    out.push_back({t.provider, t.model, t.credential, kStates[static_cast<int>(t.state)], kReasons[static_cast<int>(t.reason)], t.since_us,
                   t.next_probe_us, t.requests, t.failures});
  return out;
}

std::vector<api::ProviderInfo> Daemon::providers() {
  const std::lock_guard hold{control_mutex_};
  std::vector<api::ProviderInfo> out;
  for (const config::Provider& p : registry_->providers) {
    api::ProviderInfo info{p.name, {}, false, p.needs_base};
    if (!p.base.host.empty()) info.base_url = (p.base.tls ? "https://" : "http://") + p.base.authority + p.base.path;
    info.from_instance = std::any_of(overrides_.begin(), overrides_.end(), [&](const auto& o) { return o.name == p.name && !o.base_url.empty(); });
    out.push_back(std::move(info));
  }
  return out;
}

telemetry::ProcessState Daemon::process_state() {
  const events::Counters c = pipeline_->counters();
  const proxy::ProxyCounters p = proxy_->counters();
  const proxy::BreakerCounts breakers = proxy_->breakers();
  const limits::Sharing sharing = limiter_.sharing();
  const auto now = snapshot();
  telemetry::ProcessState s;
  s.connections = p.connections;
  s.exchanges = p.exchanges;
  s.unauthenticated = p.unauthenticated;
  s.compared = p.compared;
  s.mismatches = p.mismatches;
  s.events_received = c.received;
  s.events_written = c.written;
  s.events_journaled = c.journaled;
  s.events_dropped = c.dropped;
  s.queue_depth = c.queue_depth;
  s.journal_backlog = c.backlog;
  s.journal_bytes = c.journal_bytes;
  s.degraded = c.degraded;
  s.orgs = now->orgs.size();
  for (const auto& [id, org] : now->orgs) s.control_version += org.control_version;
  s.prices_dated_us = now->prices->dated_us;
  s.breakers_closed = breakers.closed;
  s.breakers_open = breakers.open;
  s.breakers_half_open = breakers.half_open;
  s.redis_configured = sharing.configured;
  s.redis_up = sharing.state == limits::Sharing::State::ok;
  s.instances = sharing.instances;
  s.limits_asked = sharing.waits.asked;
  s.limits_waited = sharing.waits.waited;
  s.limits_waited_us = sharing.waits.sum_us;
  return s;
}

api::Status Daemon::status() const {
  const events::Counters c = pipeline_->counters();
  const proxy::ProxyCounters p = proxy_->counters();
  api::Status s;
  s.events_received = c.received;
  s.events_written = c.written;
  s.events_journaled = c.journaled;
  s.events_dropped = c.dropped;
  s.journal_backlog = c.backlog;
  s.queue_depth = c.queue_depth;
  s.degraded = c.degraded;
  if (c.degraded)
    s.degraded_reason = c.backlog > 0 ? "the store takes no rows now: " + std::to_string(c.backlog) + " wait in the journal"
                                      : "rows were lost in the last five minutes: the journal was full, or events came faster than it takes them";
  s.connections = p.connections;
  s.exchanges_in_flight = p.exchanges;
  s.version = kVersion;
  static constexpr const char* kRedis[] = {"ok", "slow", "away"};
  const limits::Sharing sharing = limiter_.sharing();
  s.redis = {sharing.configured,   kRedis[static_cast<int>(sharing.state)],
             sharing.since_us,     sharing.instances,
             sharing.waits.asked,  sharing.waits.waited,
             sharing.waits.sum_us, sharing.waits.most_us};
  return s;
}

}  // namespace lectr::app
