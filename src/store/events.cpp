#include "store/events.hpp"

#include <chrono>
#include <thread>

#include "store/columns.hpp"
#include "store/rollups.hpp"
#include "store/rule_hits.hpp"
#include "store/search.hpp"
#include "store/upkeep.hpp"

namespace lectr::store {

Result<RequestPage> SqlEvents::requests(const RequestFilter& filter, std::optional<RequestCursor> before, std::size_t limit, RequestSort sort) {
  RequestPage page;
  const auto done = database_->read([&](Session& session) { page = find_requests(session, filter, before, limit, sort); });
  if (!done) return done.error();
  return page;
}

Result<std::vector<Event>> SqlEvents::walk(OrgId org, std::int64_t from_us, std::int64_t to_us, const std::optional<RequestCursor>& after,
                                           std::size_t limit) {
  std::vector<Event> rows;
  const auto done = database_->read([&](Session& session) {
    rows.clear();
    session.run(walk_query(org, from_us, to_us, after, limit, session.partitioned()), [&](const Row& row) { rows.push_back(walked_event_of(row)); });
  });
  if (!done) return done.error();
  return rows;
}

Result<Event> SqlEvents::request(OrgId org, const Uuid& id) {
  std::optional<Event> found;
  const auto done = database_->read([&](Session& session) { session.run(request_query(org, id), [&](const Row& row) { found = event_of(row); }); });
  if (!done) return done.error();
  if (!found) return failures::kNotFound;
  return *std::move(found);
}

Result<Aggregate> SqlEvents::aggregate(const AggregateQuery& query) {
  const auto wide = widened(query);
  if (!wide) return wide.error();
  Aggregate sums;
  const auto done = database_->read([&](Session& session) { sums = read_aggregate(session, *wide); });
  if (!done) return done.error();
  return sums;
}

Result<std::vector<UsageGroup>> SqlEvents::usage(const RollupFilter& filter) {
  const auto wide = widened({.filter = filter});
  if (!wide) return wide.error();
  std::vector<UsageGroup> groups;
  const auto done = database_->read([&](Session& session) { groups = read_usage(session, wide->filter); });
  if (!done) return done.error();
  return groups;
}

Result<Overview> SqlEvents::overview(OrgId org, std::int64_t from_us, std::int64_t to_us) {
  const auto sums = aggregate({.filter = {.org = org, .from_us = from_us, .to_us = to_us}, .by = Dimension::provider});
  if (!sums) return sums.error();
  const Sums& all = sums->total;
  Overview out{.requests = all.requests, .errors = all.errors, .streaming = all.streaming, .tokens_input = all.tokens_input};
  out.tokens_output = all.tokens_output;
  out.latency_p50_us = all.latency.quantile_us(500), out.latency_p95_us = all.latency.quantile_us(950), out.ttfb_p50_us = all.ttfb.quantile_us(500);
  out.cost_usd = dollars(all.cost), out.cost_estimated = all.measured > 0, out.cost_unknown = all.cost_unknown;
  for (const Group& group : sums->groups) {
    if (group.name.empty()) continue;  // refused before a provider was chosen
    const Sums& s = group.total;
    out.providers.push_back({group.name, s.requests, s.errors, s.tokens_input, s.tokens_output, s.latency_sum_us / s.requests,
                             s.latency.quantile_us(950), dollars(s.cost)});
  }
  return out;
}

Result<std::vector<RuleHits>> SqlEvents::rule_hits(OrgId org, std::int64_t from_us, std::int64_t to_us) {
  std::vector<RuleHits> hits;
  const auto done = database_->read([&](Session& session) { hits = read_rule_hits(session, org, from_us, to_us); });
  if (!done) return done.error();
  return hits;
}

Result<std::optional<std::int64_t>> SqlEvents::oldest_us(OrgId org) {
  std::optional<std::int64_t> oldest;
  const auto done = database_->read([&](Session& session) {
    session.run(Query{"SELECT completed_at_us FROM events WHERE org_id = ? ORDER BY completed_at_us LIMIT 1", org},
                [&](const Row& row) { oldest = row.number(0); });
  });
  if (!done) return done.error();
  return oldest;
}

Result<void> SqlEvents::keep_house(std::span<const Retention> retention, std::int64_t now_us) {
  return delete_expired(*database_, retention, now_us);
}

Result<void> SqlEvents::rebuild_rollups() {
  if (const auto begun = start_rebuild(); !begun) return begun.error();
  while (true) {  // ends: each turn, here or in the instance that rolls up meanwhile, folds rows that the one before has not
    const auto rolled = roll_up();
    if (!rolled) return rolled.error();
    if (*rolled > 0) continue;
    RollupState state;
    const auto looked = database_->read([&](Session& session) { state = read_rollup_state(session); });
    if (!looked) return looked.error();
    if (state.watermark >= state.rebuild_until) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

}  // namespace lectr::store
