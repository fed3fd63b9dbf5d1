// GET /costs and GET /dimensions: who spends, and what there is to choose from.
#include <algorithm>

#include "api/answers.hpp"
#include "api/endpoints.hpp"
#include "api/metrics.hpp"
#include "api/params.hpp"
#include "lectr/base/time_text.hpp"

namespace lectr::api {
namespace {

using store::Dimension;
constexpr std::size_t kMaxRows = 1000, kMaxSparks = 100, kMaxChoices = 200;
constexpr std::int64_t kSparkPoints = 96;

double cost(const store::Sums& sums) { return static_cast<double>(sums.cost); }

struct Before {
  Json totals = nullptr;
  std::map<std::string, std::string> costs;
  bool asked = false;
};
Parsed<Before> costs_before(const Call& call, const store::RollupFilter& filter, Dimension by) {
  Before out;
  const auto compare = wants_previous(call.query());
  if (!compare) return compare.error();
  out.asked = *compare;
  if (!out.asked) return out;
  const auto sums = call.own.aggregate(before(filter), by);
  if (!sums) return problem_of(sums.error());
  out.totals = to_json(sums->total);
  for (const auto& group : sums->groups) out.costs[group.name] = store::dollars(group.total.cost);
  return out;
}

// What nobody can be asked about, since no feature was named.
Answer untagged(const Call& call, store::RollupFilter filter, const store::Sums& all) {
  store::Sums sums;
  if (!filter.feature || *filter.feature == "untagged") {
    filter.feature = "untagged";
    const auto found = call.own.aggregate(filter, Dimension::none, 0, store::Percentiles::none);
    if (!found) return problem_of(found.error());
    sums = found->total;
  }
  return Body{{{"requests", sums.requests}, {"cost", store::dollars(sums.cost)}, {"share", share_of(cost(sums), cost(all))}}};
}

Json cost_row(const store::Group& group, const store::Sums& all, const Labels& labels, const Before& earlier, bool with_spark) {
  Json spark = Json::array();
  if (with_spark)
    for (const auto& step : group.steps) spark.push_back(store::dollars(step.cost));
  const auto was = earlier.costs.find(group.name);
  Json previous = nullptr;
  if (earlier.asked) previous = was == earlier.costs.end() ? std::string{"0"} : was->second;
  return {{"name", labels.name(group)},           {"label", labels.label(group)},
          {"metrics", to_json(group.total)},      {"share", share_of(cost(group.total), cost(all))},
          {"previous_cost", std::move(previous)}, {"spark", std::move(spark)}};
}

Answer names_of(const Call& call, const store::RollupFilter& filter, Dimension by) {
  const auto sums = call.own.aggregate(filter, by, 0, store::Percentiles::none);
  if (!sums) return problem_of(sums.error());
  const auto labels = Labels::of(call, by);
  if (!labels) return problem_of(labels.error());
  Json names = Json::array();
  for (const auto& group : sums->groups) {
    if (names.size() == kMaxChoices) break;
    if (by != Dimension::key) {
      if (!group.name.empty()) names.push_back(group.name);
    } else if (const auto id = whole<KeyId>(group.name); id && *id != 0) {
      names.push_back({{"id", *id}, {"name", labels->label(group)}});
    }
  }
  return Body{std::move(names)};
}

}  // namespace

Answer costs_of(const Call& call) {
  const auto filter = parse_filter(call.query(), call.now_us());
  if (!filter) return filter.error();
  const auto* by_text = call.query().find("by");
  const std::string by_name = by_text ? *by_text : "feature";
  const auto by = find_dimension(by_name);
  if (!by || *by == Dimension::none || *by == Dimension::status_class) return bad_parameter("by", "not feature, model, provider, key or task");
  const auto earlier = costs_before(call, *filter, *by);
  if (!earlier) return earlier.error();
  const std::int64_t step_us = step_for(filter->to_us - filter->from_us, kSparkPoints);
  auto sums = call.own.aggregate(*filter, *by, step_us, store::Percentiles::totals_only);
  if (!sums) return problem_of(sums.error());
  const auto labels = Labels::of(call, *by);
  if (!labels) return problem_of(labels.error());
  auto rest = untagged(call, *filter, sums->total);
  if (!rest) return rest.error();

  std::stable_sort(sums->groups.begin(), sums->groups.end(), [](const auto& a, const auto& b) { return a.total.cost > b.total.cost; });
  Json rows = Json::array();
  for (const auto& group : sums->groups) {
    if (rows.size() == kMaxRows) break;
    rows.push_back(cost_row(group, sums->total, *labels, *earlier, rows.size() < kMaxSparks));
  }
  return Body{{{"from", to_rfc3339(filter->from_us)},
               {"to", to_rfc3339(filter->to_us)},
               {"step_s", step_us / kSecondUs},
               {"by", by_name},
               {"totals", to_json(sums->total)},
               {"previous", earlier->totals},
               {"untagged", std::move(rest->object)},
               {"rows", std::move(rows)}}};
}

Reply get_costs(const Call& call) { return to_reply(costs_of(call)); }

Reply get_dimensions(const Call& call) {
  const auto filter = parse_filter(call.query(), call.now_us());
  if (!filter) return Reply::problem(filter.error());
  Json out;
  for (const auto& [name, by] : {std::pair{"providers", Dimension::provider},
                                 {"models", Dimension::model},
                                 {"features", Dimension::feature},
                                 {"tasks", Dimension::task},
                                 {"keys", Dimension::key}}) {
    auto names = names_of(call, *filter, by);
    if (!names) return Reply::problem(names.error());
    out[name] = std::move(names->object);
  }
  return Reply::json(200, dump(out));
}

}  // namespace lectr::api
