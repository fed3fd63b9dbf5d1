#include <algorithm>

#include "api/answers.hpp"
#include "api/cursor.hpp"
#include "api/endpoints.hpp"
#include "api/params.hpp"
#include "api/query.hpp"
#include "lectr/base/time_text.hpp"
#include "lectr/policy/price.hpp"
#include "lectr/policy/why.hpp"

namespace lectr::api {
namespace {

std::string outcome_of(const Event& e) {
  if (e.error_category != ErrorCategory::none) return std::string{to_text(e.error_category)};
  if (e.verdict != Verdict::none && e.verdict != Verdict::complete) return std::string{to_text(e.verdict)};
  return "ok";
}

Json attempt_of(const Event& e, int number, const std::string& provider, const std::string& model, bool last) {
  return {{"attempt", number},
          {"provider", text_or_null(provider)},
          {"model", text_or_null(model)},
          {"start_us", number == 1 ? Json(0) : Json(nullptr)},
          {"ttfb_us", last ? known(e.ttfb_us) : Json(nullptr)},
          {"end_us", last ? Json(e.latency_us) : Json(nullptr)},
          {"took_ms", nullptr},
          {"outcome", last ? outcome_of(e) : "retried_stale"}};
}

// Without a rule all attempts went to one target: how many there were is kept, and how the last one went. With one, what came of each target and how long
// it took; not when each began, nor that a target was sent the request twice. Null is what is not kept.
Json timeline_of(const Event& e) {
  std::vector<policy::WhyTarget> tried;
  if (auto why = policy::read_why(e.why)) {
    tried = std::move(why->targets);
    std::erase_if(tried, [](const auto& target) { return target.ms < 0; });  // passed over
  }
  Json out = Json::array();
  if (tried.empty())
    for (int n = 1; n <= e.attempts; ++n)
      out.push_back(attempt_of(e, n, e.provider, e.model_actual.empty() ? e.model_requested : e.model_actual, n == e.attempts));
  for (std::size_t i = 0; i < tried.size(); ++i) {
    const bool last = i + 1 == tried.size();
    Json one = attempt_of(e, static_cast<int>(i) + 1, tried[i].provider, tried[i].model, last);
    one["took_ms"] = tried[i].ms;
    if (!last) one["outcome"] = tried[i].outcome;
    out.push_back(std::move(one));
  }
  return out;
}

// What the row's model costs by the prices in force now, at the time of day the row was. Those of then are not kept: `price_version` names them.
Json price_of(const Event& e, const config::Snapshot& snapshot) {
  if (!e.cost || !snapshot.prices) return nullptr;
  const auto org = snapshot.orgs.find(e.org_id);
  const config::PriceTable* const own_table = org == snapshot.orgs.end() ? nullptr : org->second.own_prices.get();
  const auto listed = policy::list_model(*snapshot.prices, own_table, e.provider, e.model_actual.empty() ? e.model_requested : e.model_actual);
  const auto rates = policy::rates_of(listed, e.completed_at_us, e.tokens_input);
  if (!rates) return nullptr;
  const bool own = rates->source == CostSource::org_override;
  constexpr std::int64_t kMillion = 1'000'000;
  const auto line = [](std::int64_t femto) { return femto < 0 || femto > INT64_MAX / kMillion ? Json(nullptr) : Json(money_text(femto * kMillion)); };
  return {{"version", own ? own_table->version : snapshot.prices->version},
          {"as_of", own ? Json(nullptr) : Json(to_rfc3339(snapshot.prices->dated_us))},
          {"source", to_text(rates->source)},
          {"per_million",
           {{"input", line(rates->input)},
            {"cached", line(rates->cached)},
            {"cache_write", line(rates->cache_write)},
            {"output", line(rates->output)},
            {"reasoning", line(rates->reasoning)}}}};
}

// What limits and budgets did to it, or would have done.
Json holds_of(const policy::Why& why) {
  struct Hold {
    char letter;
    const char *kind, *outcome;
  };
  static constexpr Hold kHolds[] = {{'l', "limit", "refused"},      {'b', "budget", "refused"},      {'d', "budget", "downgraded"},
                                    {'L', "limit", "would_refuse"}, {'B', "budget", "would_refuse"}, {'D', "budget", "would_downgrade"}};
  Json out = Json::array();
  for (const auto& section : why.others)
    for (const Hold& hold : kHolds)
      if (hold.letter == section.letter) out.push_back({{"kind", hold.kind}, {"name", section.value}, {"outcome", hold.outcome}});
  return out;
}

// Why it went where it went, as far as the row's `why` reads; null: no rule, limit or budget had a say.
Json route_of(const Event& e) {
  const auto why = policy::read_why(e.why);
  if (e.why.empty() || !why) return nullptr;
  Json targets = Json::array();
  for (const auto& target : why->targets)
    targets.push_back({{"provider", target.provider}, {"model", text_or_null(target.model)}, {"outcome", target.outcome}, {"ms", known(target.ms)}});
  return {{"rule", text_or_null(why->rule)},
          {"shadow", text_or_null(why->shadow)},
          {"note", text_or_null(why->note)},
          {"switched", std::any_of(why->others.begin(), why->others.end(), [](const auto& section) { return section.letter == 'w'; })},
          {"holds", holds_of(*why)},
          {"targets", std::move(targets)},
          {"cut", why->cut}};
}

}  // namespace

Reply get_requests(const Call& call) {
  const auto query = parse_request_query(call.query(), call.now_us());
  if (!query) return Reply::problem(query.error());
  const auto page = call.own.requests(query->filter, query->before, query->limit, query->sort);
  if (!page) return Reply::problem(page.error());
  Json rows = Json::array();
  for (const Event& event : page->rows) rows.push_back(to_json(event));
  const Json next = page->next ? Json(encode_cursor(*page->next, query->sort)) : Json(nullptr);
  return Reply::json(200, dump({{"rows", std::move(rows)}, {"next", next}}));
}

Reply get_request(const Call& call) {
  const auto id = Uuid::parse(path_part(call.request.path, 1));
  if (!id) return Reply::problem(bad_parameter("id", "not a request id"));
  const auto event = call.own.request(*id);
  if (!event) return Reply::problem(event.error());
  const auto key = call.own.key(event->key_id);
  if (!key && key.error().code != Code::not_found) return Reply::problem(key.error());
  Json out = to_json(*event);
  out["key_name"] = key ? Json(key->name) : Json(nullptr);
  out["timeline"] = timeline_of(*event);
  out["route"] = route_of(*event);
  out["price"] = call.context.snapshot ? price_of(*event, *call.context.snapshot()) : Json(nullptr);
  return Reply::json(200, dump(out));
}

Reply get_status(const Call& call) { return Reply::json(200, dump(to_json(call.context.status()))); }

}  // namespace lectr::api
