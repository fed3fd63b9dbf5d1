// What an applied recommendation has saved so far, and whether more fails than before.
#include "api/recommendations.hpp"
#include "lectr/base/model_name.hpp"
#include "lectr/base/text.hpp"
#include "lectr/base/time_text.hpp"
#include "lectr/insight/rates.hpp"

namespace lectr::api {
namespace {

struct Since {
  insight::Counted all;  // of the feature and task for that model, whoever answered
  std::int64_t moved = 0, unpriced = 0;
  insight::Femto cost = 0, would_cost = 0, low = 0, high = 0;
};

void add_moved(Since& out, const Call& call, const insight::Usage& u, const store::RecommendationRow& row, std::int64_t now_us) {
  out.moved += u.requests;
  const auto then = reprice(call, u, row.provider, row.model, now_us);
  if (u.cost_unknown > 0 || !then) {
    out.unpriced += u.requests;
    return;
  }
  out.cost += u.cost, out.would_cost += then->value, out.low += then->low - u.cost, out.high += then->high - u.cost;
}

Json rates_json(const store::RecommendationRow& row, const Since& since) {
  const auto found = insight::compare_rates({row.requests_before, row.errors_before}, since.all);
  const bool known = row.requests_before > 0 && since.all.requests > 0;
  return {
      {"before", row.requests_before > 0 ? Json(static_cast<double>(row.errors_before) / static_cast<double>(row.requests_before)) : Json(nullptr)},
      {"after", since.all.requests > 0 ? Json(static_cast<double>(since.all.errors) / static_cast<double>(since.all.requests)) : Json(nullptr)},
      {"difference_low", known ? Json(found.low) : Json(nullptr)},
      {"difference_high", known ? Json(found.high) : Json(nullptr)},
      {"verdict", std::string{to_text(found.change)}}};
}

}  // namespace

Answer effect_of(const Call& call, const store::RecommendationRow& row) {
  const std::int64_t now_us = call.now_us();
  const auto usage = usage_between(call, row.at_us, now_us);
  if (!usage) return usage.error();
  Since since;
  for (const insight::Usage& u : *usage) {
    if (u.feature != row.feature || (!row.task.empty() && u.task != row.task) || lower(u.asked) != row.model) continue;
    since.all.requests += u.requests, since.all.errors += u.errors;
    if (u.provider == row.to_provider && same_model(row.to_model, lower(u.model))) add_moved(since, call, u, row, now_us);
  }
  return Body{{{"since", to_rfc3339(row.at_us)},
               {"requests", since.all.requests},
               {"moved", since.moved},
               {"unpriced", since.unpriced},
               {"cost", store::dollars(since.cost)},
               {"would_have_cost", store::dollars(since.would_cost)},
               {"saved", store::dollars(since.would_cost - since.cost)},
               {"saved_low", store::dollars(since.low)},
               {"saved_high", store::dollars(since.high)},
               {"error_rate", rates_json(row, since)}}};
}

}  // namespace lectr::api
