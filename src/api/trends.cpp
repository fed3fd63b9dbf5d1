// GET /trends: what the month will have cost, who moved, and what wants tidying up.
#include <algorithm>
#include <chrono>

#include "api/answers.hpp"
#include "api/endpoints.hpp"
#include "api/metrics.hpp"
#include "api/params.hpp"
#include "api/recommendations.hpp"
#include "lectr/base/time_text.hpp"
#include "lectr/insight/forecast.hpp"
#include "lectr/insight/movers.hpp"

namespace lectr::api {
namespace {

using store::Dimension;
constexpr std::int64_t kHistoryDays = 60, kWeekUs = 7 * kDayUs;
constexpr std::size_t kMostRows = 20, kMostMovers = 10, kMostKeys = 100, kMostFeatures = 20;

// The month of `now_us` in UTC.
struct Month {
  std::int64_t from_us = 0, to_us = 0, today_us = 0;  // begins of this month, the next, and today
};
Month month_of(std::int64_t now_us) {
  using namespace std::chrono;
  const sys_days today{floor<days>(sys_time<microseconds>{microseconds{now_us}})};
  const year_month_day date{today};
  const year_month month{date.year(), date.month()};
  const auto us = [](sys_days day) { return duration_cast<microseconds>(day.time_since_epoch()).count(); };
  return {us(sys_days{month / 1}), us(sys_days{(month + months{1}) / 1}), us(today)};
}

double dollars_of(store::Sums::Femto femto) { return static_cast<double>(femto) / 1e15; }

// A forecast is no exact amount: cents are more than it knows.
std::string rounded(double dollars) {
  char text[64];
  std::snprintf(text, sizeof text, dollars < 1 ? "%.4f" : "%.2f", dollars);
  return text;
}

// `steps` are days, the first at `from_us`, the last one today's.
Json forecast_json(const std::vector<store::Sums>& steps, std::int64_t from_us, const Month& month) {
  std::vector<double> days;
  store::Sums::Femto spent = 0;
  double today = 0;
  bool estimated = false;  // what was spent: the forecast is one anyway
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::int64_t at = from_us + static_cast<std::int64_t>(i) * kDayUs;
    if (at >= month.from_us) spent += steps[i].cost, estimated = estimated || steps[i].measured > 0;
    if (at < month.today_us)
      days.push_back(dollars_of(steps[i].cost));
    else
      today = dollars_of(steps[i].cost);
  }
  const int left = static_cast<int>((month.to_us - month.today_us) / kDayUs) - 1;
  const auto found = insight::forecast_month(days, {dollars_of(spent), today, left});
  return {{"spent", store::dollars(spent)},
          {"cost_estimated", estimated},
          {"ready", found.ready},
          {"days_known", found.days_known},
          {"value", found.ready ? Json(rounded(found.value)) : Json(nullptr)},
          {"low", found.ready ? Json(rounded(found.low)) : Json(nullptr)},
          {"high", found.ready ? Json(rounded(found.high)) : Json(nullptr)}};
}

Answer spend(const Call& call, Dimension by, const Labels& labels) {
  const Month month = month_of(call.now_us());
  store::RollupFilter filter;
  filter.from_us = month.today_us - kHistoryDays * kDayUs, filter.to_us = call.now_us();
  auto sums = call.own.aggregate(filter, by, kDayUs, store::Percentiles::none);
  if (!sums) return problem_of(sums.error());
  std::stable_sort(sums->groups.begin(), sums->groups.end(), [](const auto& a, const auto& b) { return a.total.cost > b.total.cost; });
  Json rows = Json::array();
  for (const auto& group : sums->groups) {
    if (rows.size() == kMostRows) break;
    rows.push_back({{"name", labels.name(group)}, {"label", labels.label(group)}, {"forecast", forecast_json(group.steps, sums->from_us, month)}});
  }
  return Body{{{"from", to_rfc3339(month.from_us)},
               {"to", to_rfc3339(month.to_us)},
               {"confidence", insight::kForecastConfidence},
               {"forecast", forecast_json(sums->steps, sums->from_us, month)},
               {"rows", std::move(rows)}}};
}

Parsed<std::map<std::string, insight::Femto>> week_by(const Call& call, Dimension by, std::int64_t to_us, const Labels& labels,
                                                      std::map<std::string, Json>& names) {
  store::RollupFilter filter;
  filter.from_us = to_us - kWeekUs, filter.to_us = to_us;
  const auto sums = call.own.aggregate(filter, by, 0, store::Percentiles::none);
  if (!sums) return problem_of(sums.error());
  std::map<std::string, insight::Femto> out;
  for (const auto& group : sums->groups) {
    out[group.name] = group.total.cost;
    Json& name = names[group.name];
    const bool estimated = group.total.measured > 0 || (name.is_object() && name.value("cost_estimated", false));
    name = {{"name", labels.name(group)}, {"label", labels.label(group)}, {"cost_estimated", estimated}};
  }
  return out;
}

const char* to_text(insight::Move move) { return move == insight::Move::fresh ? "new" : move == insight::Move::gone ? "gone" : "changed"; }

Answer movers(const Call& call, Dimension by, const Labels& labels) {
  std::map<std::string, Json> names;
  const std::int64_t now_us = (call.now_us() / kMinuteUs + 1) * kMinuteUs;  // whole minutes, as sums are: no request is in both weeks
  const auto now = week_by(call, by, now_us, labels, names), before = week_by(call, by, now_us - kWeekUs, labels, names);
  if (!now) return now.error();
  if (!before) return before.error();
  const auto found = insight::find_movers(*before, *now, kMostMovers);
  const auto json = [](const insight::Mover& m) -> Json {
    return {{"before", store::dollars(m.before)}, {"now", store::dollars(m.now)}, {"change", store::dollars(m.delta())}, {"share", m.share}};
  };
  const bool estimated = std::any_of(names.begin(), names.end(), [](const auto& n) { return n.second.value("cost_estimated", false); });
  Json rows = Json::array();
  for (const insight::Mover& mover : found.most) {
    Json row = names[mover.name];
    row["move"] = to_text(mover.move);
    row.update(json(mover));
    rows.push_back(std::move(row));
  }
  return Body{{{"from", to_rfc3339(now_us - kWeekUs)},
               {"to", to_rfc3339(now_us)},
               {"before", store::dollars(found.before)},
               {"now", store::dollars(found.now)},
               {"cost_estimated", estimated},
               {"rows", std::move(rows)},
               {"rest", json(found.rest)}}};
}

// Keys in force for a week at least that nobody used for thirty days.
Answer unused_keys(const Call& call) {
  const std::int64_t now_us = call.now_us();
  store::RollupFilter filter;
  filter.from_us = now_us - kAdviceUs, filter.to_us = now_us;
  const auto sums = call.own.aggregate(filter, Dimension::key, 0, store::Percentiles::none);
  if (!sums) return problem_of(sums.error());
  const auto keys = call.own.keys();
  if (!keys) return problem_of(keys.error());
  Json rows = Json::array();
  for (const store::KeyRow& key : *keys) {
    const bool in_force = !key.revoked_at_us && (!key.expires_at_us || *key.expires_at_us > now_us);
    const auto used = [&](const auto& group) { return group.name == std::to_string(key.id); };
    if (!in_force || key.created_at_us > now_us - kWeekUs || std::any_of(sums->groups.begin(), sums->groups.end(), used)) continue;
    rows.push_back({{"id", key.id}, {"name", key.name}, {"hint", key.hint}, {"created_at", to_rfc3339(key.created_at_us)}});
    if (rows.size() == kMostKeys) break;
  }
  return Body{std::move(rows)};
}

struct Ending {
  const config::Deprecation* what = nullptr;
  std::int64_t requests = 0;
  insight::Femto cost = 0;
  std::vector<std::string> features;
};

Json ending_json(const std::string& provider, const std::string& model, const Ending& e, std::int64_t now_us) {
  return {{"provider", provider},
          {"model", model},
          {"announced", e.what->announced_us == 0 ? Json(nullptr) : Json(to_rfc3339(e.what->announced_us).substr(0, 10))},
          {"ends", to_rfc3339(e.what->ends_us).substr(0, 10)},
          {"days_left", e.what->ends_us > now_us ? (e.what->ends_us - now_us + kDayUs - 1) / kDayUs : 0},
          {"replacement", text_or_null(e.what->replacement)},
          {"source", e.what->source},
          {"requests", e.requests},
          {"cost", store::dollars(e.cost)},
          {"features", e.features}};
}

// What is still asked for although its end is announced; and what names no feature.
struct Tidy {
  Json deprecated = Json::array(), untagged;
};
Parsed<Tidy> tidy(const Call& call) {
  const std::int64_t now_us = call.now_us();
  const auto usage = usage_between(call, now_us - kAdviceUs, now_us);
  if (!usage) return usage.error();
  std::map<std::pair<std::string, std::string>, Ending> endings;
  std::int64_t untagged = 0;
  insight::Femto untagged_cost = 0, all_cost = 0;
  for (const insight::Usage& u : *usage) {
    all_cost += u.cost;
    if (u.feature == "untagged") untagged += u.requests, untagged_cost += u.cost;
    const auto* end = config::deprecation_of(config::builtin_advice(), u.provider, u.model);
    if (!end) continue;
    Ending& e = endings[{u.provider, u.model}];
    e.what = end, e.requests += u.requests, e.cost += u.cost;
    if (e.features.size() < kMostFeatures && std::find(e.features.begin(), e.features.end(), u.feature) == e.features.end())
      e.features.push_back(u.feature);
  }
  std::vector<std::pair<std::pair<std::string, std::string>, Ending>> order{endings.begin(), endings.end()};
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second.what->ends_us < b.second.what->ends_us; });
  Tidy out;
  for (const auto& [name, ending] : order) out.deprecated.push_back(ending_json(name.first, name.second, ending, now_us));
  out.untagged = {{"requests", untagged},
                  {"cost", store::dollars(untagged_cost)},
                  {"share", share_of(static_cast<double>(untagged_cost), static_cast<double>(all_cost))}};
  return out;
}

}  // namespace

Reply get_trends(const Call& call) {
  const auto* by_text = call.query().find("by");
  const std::string by_name = by_text ? *by_text : "feature";
  const auto by = find_dimension(by_name);
  if (!by || *by == Dimension::none || *by == Dimension::status_class)
    return Reply::problem(bad_parameter("by", "not feature, model, provider, key or task"));
  const auto labels = Labels::of(call, *by);
  if (!labels) return Reply::problem(labels.error());
  auto month = spend(call, *by, *labels), moved = movers(call, *by, *labels), keys = unused_keys(call);
  if (!month) return Reply::problem(month.error());
  if (!moved) return Reply::problem(moved.error());
  if (!keys) return Reply::problem(keys.error());
  auto tidied = tidy(call);
  if (!tidied) return Reply::problem(tidied.error());
  return Reply::json(200, dump({{"by", by_name},
                                {"month", std::move(month->object)},
                                {"movers", std::move(moved->object)},
                                {"untagged", std::move(tidied->untagged)},
                                {"unused_keys", std::move(keys->object)},
                                {"deprecated", std::move(tidied->deprecated)},
                                {"deprecations_as_of", config::builtin_advice().deprecations_version}}));
}

}  // namespace lectr::api
