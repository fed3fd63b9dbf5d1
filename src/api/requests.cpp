#include "api/answers.hpp"
#include "api/cursor.hpp"
#include "api/endpoints.hpp"
#include "api/params.hpp"
#include "api/query.hpp"
#include "lectr/policy/why.hpp"

namespace lectr::api {
namespace {

std::string outcome_of(const Event& e) {
  if (e.error_category != ErrorCategory::none) return std::string{to_text(e.error_category)};
  if (e.verdict != Verdict::none && e.verdict != Verdict::complete) return std::string{to_text(e.verdict)};
  return "ok";
}

// A row keeps how many attempts there were and how the last one went. What is not known of the earlier ones is null.
Json timeline_of(const Event& e) {
  Json out = Json::array();
  for (int n = 1; n <= e.attempts; ++n) {
    const bool last = n == e.attempts;
    const std::string& model = e.model_actual.empty() ? e.model_requested : e.model_actual;
    out.push_back({{"attempt", n},
                   {"provider", text_or_null(e.provider)},
                   {"model", text_or_null(model)},
                   {"start_us", n == 1 ? Json(0) : Json(nullptr)},
                   {"ttfb_us", last ? known(e.ttfb_us) : Json(nullptr)},
                   {"end_us", last ? Json(e.latency_us) : Json(nullptr)},
                   {"outcome", last ? outcome_of(e) : "retried_stale"}});
  }
  return out;
}

// Why it went where it went, as far as the row's `why` reads; null: no rule had a say.
Json route_of(const Event& e) {
  const auto why = policy::read_why(e.why);
  if (e.why.empty() || !why) return nullptr;
  Json targets = Json::array();
  for (const auto& target : why->targets)
    targets.push_back({{"provider", target.provider}, {"model", text_or_null(target.model)}, {"outcome", target.outcome}, {"ms", known(target.ms)}});
  return {{"rule", text_or_null(why->rule)},
          {"shadow", text_or_null(why->shadow)},
          {"note", text_or_null(why->note)},
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
  out["price"] = nullptr;  // the prices of then are not kept
  return Reply::json(200, dump(out));
}

Reply get_status(const Call& call) { return Reply::json(200, dump(to_json(call.context.status()))); }

}  // namespace lectr::api
