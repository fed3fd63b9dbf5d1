// GET /timeseries: any metric over time, by any dimension.
#include <algorithm>

#include "api/answers.hpp"
#include "api/endpoints.hpp"
#include "api/metrics.hpp"
#include "api/params.hpp"
#include "lectr/base/time_text.hpp"

namespace lectr::api {
namespace {

using store::Dimension;
using store::Sums;
constexpr std::size_t kMaxMetrics = 4;
constexpr std::int64_t kMaxSeries = 20, kDefaultSeries = 5, kMaxGroupedPoints = 400;

struct SeriesQuery {
  store::RollupFilter filter;
  std::vector<const Metric*> metrics;
  bool list = false;  // the metrics came as a list: the answer names each
  Dimension by = Dimension::none;
  std::string by_name = "none";
  std::int64_t step_us = 0;
  std::size_t top = kDefaultSeries;
};

std::optional<Problem> take_metrics(const Query& query, SeriesQuery& out) {
  const auto* text = query.find("metric");
  std::string_view rest = text ? std::string_view{*text} : "requests";
  out.list = rest.find(',') != rest.npos;
  for (bool more = true; more;) {
    const auto name = rest.substr(0, rest.find(','));
    const Metric* metric = find_metric(name);
    if (!metric || std::count(out.metrics.begin(), out.metrics.end(), metric) > 0) return bad_parameter("metric", "not a metric, or twice the same");
    if (out.metrics.size() == kMaxMetrics) return bad_parameter("metric", "more than four");
    out.metrics.push_back(metric);
    more = name.size() < rest.size();
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
  }
  return {};
}

Parsed<SeriesQuery> parse_series(const Query& query, std::int64_t now_us) {
  SeriesQuery out;
  auto filter = parse_filter(query, now_us);
  if (!filter) return filter.error();
  out.filter = std::move(*filter);
  if (auto problem = take_metrics(query, out)) return *problem;
  if (const auto* text = query.find("by")) {
    const auto by = find_dimension(*text);
    if (!by) return bad_parameter("by", "not none, provider, model, feature, task, key or status_class");
    out.by = *by;
    out.by_name = *text;
  }
  const std::int64_t length = out.filter.to_us - out.filter.from_us;
  const auto step = parse_step(query, length);
  if (!step) return step.error();
  if (out.by != Dimension::none && length / *step > kMaxGroupedPoints)
    return bad_parameter("step", "makes more than 400 points for each of the series");
  out.step_us = *step;
  std::optional<std::int64_t> top;
  if (auto problem = take_number(query, "top", 1, kMaxSeries, top)) return *problem;
  out.top = static_cast<std::size_t>(top.value_or(kDefaultSeries));
  return out;
}

Json line(const Metric& metric, const Sums& total, const std::vector<Sums>& steps) {
  Json values = Json::array(), requests = Json::array();
  for (const Sums& step : steps) {
    values.push_back(metric.value(step));
    requests.push_back(step.requests);
  }
  return {{"total", metric.value(total)}, {"values", std::move(values)}, {"requests", std::move(requests)}};
}

Json named(Json name, Json label, Json rest) {
  Json out{{"name", std::move(name)}, {"label", std::move(label)}};
  out.update(rest);
  return out;
}

// The groups in the order of how much they matter to the first metric; what is beyond `top` is merged into one.
struct Ranked {
  std::vector<store::Group> first;
  std::optional<store::Group> other;
};
Ranked rank(store::Aggregate& sums, const Metric& metric, std::size_t top) {
  std::stable_sort(sums.groups.begin(), sums.groups.end(),
                   [&](const auto& a, const auto& b) { return metric.weight(a.total) > metric.weight(b.total); });
  Ranked out;
  for (auto& group : sums.groups) {
    if (out.first.size() < top) {
      out.first.push_back(std::move(group));
      continue;
    }
    if (!out.other) {
      out.other = std::move(group);
      continue;
    }
    out.other->total.merge(group.total);
    for (std::size_t i = 0; i < group.steps.size() && i < out.other->steps.size(); ++i) out.other->steps[i].merge(group.steps[i]);
  }
  return out;
}

Json lines(const Metric& metric, const store::Aggregate& sums, const Ranked& ranked, const Labels& labels) {
  Json series = Json::array();
  for (const auto& group : ranked.first) series.push_back(named(labels.name(group), labels.label(group), line(metric, group.total, group.steps)));
  Json other = nullptr;
  if (ranked.other) other = line(metric, ranked.other->total, ranked.other->steps);
  return {{"metric", metric.name},
          {"unit", metric.unit},
          {"series", std::move(series)},
          {"other", std::move(other)},
          {"all", line(metric, sums.total, sums.steps)}};
}

Json frame(const SeriesQuery& query, const store::Aggregate& sums, std::int64_t now_us) {
  Json times = Json::array();
  for (std::size_t i = 0; i < sums.steps.size(); ++i) times.push_back(to_rfc3339(sums.from_us + static_cast<std::int64_t>(i) * sums.step_us));
  const std::int64_t end_us = sums.from_us + static_cast<std::int64_t>(sums.steps.size()) * sums.step_us;
  return {{"from", to_rfc3339(query.filter.from_us)},
          {"to", to_rfc3339(query.filter.to_us)},
          {"step_s", query.step_us / kSecondUs},
          {"by", query.by_name},
          {"times", std::move(times)},
          {"partial_last", end_us > std::min(now_us, query.filter.to_us)}};
}

}  // namespace

Answer timeseries_of(const Call& call) {
  const auto query = parse_series(call.query(), call.now_us());
  if (!query) return query.error();
  const bool percentiles = std::any_of(query->metrics.begin(), query->metrics.end(), [](const Metric* metric) { return metric->percentile; });
  auto sums = call.own.aggregate(query->filter, query->by, query->step_us, percentiles ? store::Percentiles::everywhere : store::Percentiles::none);
  if (!sums) return problem_of(sums.error());
  const auto labels = Labels::of(call, query->by);
  if (!labels) return problem_of(labels.error());
  Json out = frame(*query, *sums, call.now_us());
  const Ranked ranked = rank(*sums, *query->metrics.front(), query->top);
  if (!query->list) {
    out.update(lines(*query->metrics.front(), *sums, ranked, *labels));
    return Body{std::move(out)};
  }
  for (const Metric* metric : query->metrics) out["metrics"][std::string{metric->name}] = lines(*metric, *sums, ranked, *labels);
  return Body{std::move(out)};
}

Reply get_timeseries(const Call& call) { return to_reply(timeseries_of(call)); }

}  // namespace lectr::api
