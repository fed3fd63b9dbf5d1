// GET /overview: what happened in a window, in all and by provider.
#include "api/answers.hpp"
#include "api/endpoints.hpp"
#include "api/metrics.hpp"
#include "api/provider_health.hpp"
#include "lectr/base/time_text.hpp"

namespace lectr::api {
namespace {

// The fields that the first version of this answer had; kept, since scripts read them.
Json flat(const store::Sums& s) {
  return {{"requests", s.requests},
          {"errors", s.errors},
          {"streaming", s.streaming},
          {"latency_p50_us", known(s.latency.quantile_us(500))},
          {"latency_p95_us", known(s.latency.quantile_us(950))},
          {"ttfb_p50_us", known(s.ttfb.quantile_us(500))},
          {"tokens_input", s.tokens_input},
          {"tokens_output", s.tokens_output},
          {"tokens_estimated", s.measured > 0},
          {"cost", store::dollars(s.cost)},
          {"cost_estimated", s.measured > 0},
          {"cost_unknown_requests", s.cost_unknown}};
}

Json provider_row(const store::Group& group, const store::Sums& all, const Health& health) {
  const Json metrics = to_json(group.total);
  Json spark = Json::array();
  for (const auto& step : group.steps) spark.push_back(step.requests);
  Json out{{"provider", text_or_null(group.name)}};
  for (const char* name : {"requests", "errors", "tokens_input", "tokens_output", "latency_avg_us", "latency_p95_us", "cost", "cost_estimated"})
    out[name] = metrics[name];
  out["share"] = share_of(static_cast<double>(group.total.requests), static_cast<double>(all.requests));
  out["metrics"] = metrics;
  out["spark"] = std::move(spark);
  out["health"] = to_json(health);
  return out;
}

}  // namespace

Answer overview_of(const Call& call) {
  const std::int64_t now_us = call.now_us();
  const auto filter = parse_filter(call.query(), now_us);
  if (!filter) return filter.error();
  auto previous = previous_of(call, *filter);
  if (!previous) return previous.error();
  const std::int64_t step_us = step_for(filter->to_us - filter->from_us);
  const auto sums = call.own.aggregate(*filter, store::Dimension::provider, step_us, store::Percentiles::totals_only);
  if (!sums) return problem_of(sums.error());
  const auto health = provider_health(call.own, now_us);
  if (!health) return problem_of(health.error());

  Json providers = Json::array();
  for (const auto& group : sums->groups) providers.push_back(provider_row(group, sums->total, health_of(*health, group.name)));
  Json out{{"from", to_rfc3339(filter->from_us)}, {"to", to_rfc3339(filter->to_us)}, {"step_s", step_us / kSecondUs}};
  out.update(flat(sums->total));
  out["totals"] = to_json(sums->total);
  out["previous"] = std::move(previous->object);
  out["providers"] = std::move(providers);
  return Body{std::move(out)};
}

Reply get_overview(const Call& call) { return to_reply(overview_of(call)); }

}  // namespace lectr::api
