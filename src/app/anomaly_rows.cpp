#include "anomaly_rows.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "lectr/base/time_text.hpp"
#include "lectr/insight/contribution.hpp"
#include "lectr/insight/incidents.hpp"
#include "lectr/insight/wording.hpp"

namespace lectr::app {
namespace {

using insight::kBucketUs, insight::Metric;
using Json = nlohmann::json;

constexpr double kBucketsAnHour = 12;
constexpr std::int64_t kDayUs = 86'400'000'000;

bool is_weekend(std::int64_t local_us) {
  const std::int64_t day = local_us / kDayUs - (local_us % kDayUs < 0);
  return ((day + 3) % 7 + 7) % 7 >= 5;  // the epoch was a Thursday; 0: Monday
}

insight::EpisodeOf episode_of(const store::AnomalyRow& row) {
  return {row.feature, static_cast<Metric>(row.metric), static_cast<insight::Direction>(row.direction), row.opened_us, row.window, row.incident};
}

// In the unit of Finding; negative: nothing to observe.
double observed_in(Metric metric, const insight::Bucket& b) {
  const auto n = static_cast<double>(b.requests);
  switch (metric) {
    case Metric::volume: return n;
    case Metric::errors: return n > 0 ? static_cast<double>(b.errors) / n : -1;
    case Metric::latency: return b.p95_us > 0 ? b.p95_us : -1;
    case Metric::cost: return b.cost * kBucketsAnHour;
    case Metric::drift: return n > 0 ? static_cast<double>(b.drifted) / n : -1;
  }
  return -1;
}

// What one bucket had above the usual, in what adds up: dollars of cost, requests of the rest. None: nothing to compare, or a percentile.
std::optional<double> extra_in(Metric metric, const insight::Bucket& b, double usual) {
  const double seen = observed_in(metric, b);
  if (seen < 0 || metric == Metric::latency) return {};
  if (metric == Metric::volume) return seen - usual;
  return (seen - usual) * (metric == Metric::cost ? 1 / kBucketsAnHour : static_cast<double>(b.requests));
}

// Six digits: nobody sees more on a chart.
Json number(double value) {
  if (value == 0 || !std::isfinite(value)) return value == 0 ? Json(0) : Json(nullptr);
  const double scale = std::pow(10.0, 5 - std::floor(std::log10(std::fabs(value))));
  return std::round(value * scale) / scale;
}

insight::CellShare cell_of(const store::ShareRow& r, const ListedRates& rates) {
  insight::CellShare out{r.feature, r.model, std::to_string(r.key), r.requests, r.cost, r.errors, r.drifted, r.slow};
  out.input = static_cast<double>(r.input), out.output = static_cast<double>(r.output);
  const auto listed = r.requests >= 1 ? rates(r.provider, r.model, r.input / static_cast<std::int64_t>(r.requests)) : std::nullopt;
  if (!listed || listed->input < 0) return out;
  const auto dollars = [&](std::int64_t tokens, std::int64_t rate) { return static_cast<double>(tokens) * static_cast<double>(rate) * 1e-15; };
  const auto or_input = [&](std::int64_t rate) { return rate >= 0 ? rate : listed->input; };
  out.input_cost = dollars(r.input - r.cached - r.cache_write, listed->input) + dollars(r.cached, or_input(listed->cached)) +
                   dollars(r.cache_write, or_input(listed->cache_write));
  out.output_cost = dollars(r.output, std::max<std::int64_t>(listed->output, 0));
  return out;
}

Json split_json(const insight::Explanation& found) {
  const auto change = [](const insight::Change& of) { return Json{{"usual", number(of.usual)}, {"now", number(of.now)}}; };
  const insight::CostSplit& s = found.split;
  return {
      {"volume", number(s.volume)},           {"mix", number(s.mix)},     {"input", number(s.input)},           {"output", number(s.output)},
      {"caching", number(s.caching)},         {"price", number(s.price)}, {"requests", change(found.requests)}, {"input_tokens", change(found.input)},
      {"output_tokens", change(found.output)}};
}

}  // namespace

void apply(const Found& found, store::AnomalyRow& row) {
  const insight::Finding& f = found.finding;
  row.org = found.org, row.feature = found.feature;
  row.metric = static_cast<int>(f.metric), row.direction = static_cast<int>(f.direction), row.severity = static_cast<int>(f.severity);
  row.opened_us = f.opened_us, row.updated_us = f.at_us;
  row.peak_sigma = f.peak_sigma;
  if (f.step == insight::Step::closed) {  // what it was at its worst stays
    row.closed_us = f.at_us;
    return;
  }
  row.closed_us.reset();
  row.window = f.window;
  row.observed = f.observed, row.baseline = f.baseline, row.low = f.low, row.high = f.high, row.sigma = f.sigma;
}

std::int64_t incident_of(const store::AnomalyRow& fresh, std::span<const store::AnomalyRow> others) {
  std::vector<insight::EpisodeOf> episodes;
  for (const auto& other : others)
    if (!other.dismissed_us) episodes.push_back(episode_of(other));
  return insight::incident_of(episode_of(fresh), episodes);
}

store::ControlEventRow event_of(const store::AnomalyRow& row) {
  const auto metric = static_cast<Metric>(row.metric);
  const auto direction = static_cast<insight::Direction>(row.direction);
  const Json detail{{"title", insight::title(metric, direction, row.feature)},
                    {"metric", insight::name(metric)},
                    {"direction", insight::name(direction)},
                    {"severity", insight::name(static_cast<insight::Severity>(row.severity))},
                    {"feature", row.feature ? Json(*row.feature) : Json(nullptr)},
                    {"observed", number(row.observed)},
                    {"baseline", number(row.baseline)},
                    {"low", number(row.low)},
                    {"high", number(row.high)},
                    {"sigma", number(row.sigma)},
                    {"opened", to_rfc3339(row.opened_us)},
                    {"anomaly", row.id}};
  return {.org = row.org,
          .kind = "anomaly",
          .name = row.feature.value_or(""),
          .key = std::to_string(row.id),
          .at_us = row.updated_us + kBucketUs,
          .detail = detail.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

std::vector<store::TimeSpan> usual_hours(const store::AnomalyRow& row, const JudgedBy& by, std::int64_t known_from_us,
                                         std::span<const store::AnomalyRow> others) {
  const std::int64_t to_us = row.updated_us + kBucketUs;
  const bool weekend = is_weekend(by.local_us(row.opened_us));
  std::vector<store::TimeSpan> alike, calm, all;
  for (std::int64_t back_us = kDayUs; back_us <= 7 * kDayUs; back_us += kDayUs) {
    const store::TimeSpan hours{row.opened_us - back_us, to_us - back_us};
    const auto hit = [&](bool dismissed) {
      return std::any_of(others.begin(), others.end(), [&](const store::AnomalyRow& o) {
        return o.feature == row.feature && o.dismissed_us.has_value() == dismissed && o.opened_us < hours.to_us &&
               hours.from_us < o.closed_us.value_or(hours.from_us + 1);
      });
    };
    if (hours.from_us < known_from_us || hours.to_us > row.opened_us || hit(true)) continue;
    all.push_back(hours);
    if (hit(false)) continue;
    calm.push_back(hours);
    if (is_weekend(by.local_us(hours.from_us)) == weekend) alike.push_back(hours);
  }
  return !alike.empty() ? alike : !calm.empty() ? calm : all;
}

std::string contribution_of(const store::AnomalyRow& row, std::span<const store::ShareRow> now, std::span<const store::ShareRow> usual, double scale,
                            std::span<const store::KeyRow> keys, const ListedRates& rates) {
  const auto cells = [&rates](std::span<const store::ShareRow> rows) {
    std::vector<insight::CellShare> out;
    for (const auto& r : rows) out.push_back(cell_of(r, rates));
    return out;
  };
  const auto metric = static_cast<Metric>(row.metric);
  const auto during = cells(now), before = cells(usual);
  insight::Explanation found = insight::explain(metric, during, before, scale);
  Json causes = Json::array();
  const auto text = [](const std::string& value) { return value.empty() ? Json(nullptr) : Json(value); };
  for (auto& cause : found.causes) {
    const std::string id = cause.key;
    const auto key = std::find_if(keys.begin(), keys.end(), [&id](const auto& k) { return std::to_string(k.id) == id; });
    if (key != keys.end()) cause.key = key->name;
    causes.push_back({{"feature", text(cause.feature)},
                      {"model", text(cause.model)},
                      {"key", text(id)},
                      {"key_name", text(cause.key)},
                      {"share", number(cause.share)}});
  }
  Json split = nullptr;
  if (metric == Metric::cost) split = split_json(found);
  return Json{
      {"sentence", insight::to_sentence(metric, found)}, {"extra", number(found.extra)}, {"causes", std::move(causes)}, {"split", std::move(split)}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string band_of(const AnomalyJudge& judge, const store::AnomalyRow& row, std::span<const store::FeatureBucket> buckets, std::int64_t from_us,
                    std::int64_t to_us) {
  const auto metric = static_cast<Metric>(row.metric);
  const insight::Series* series = judge.find(row.org, row.feature);
  const JudgedBy by = judge.judged_by(row.org);
  Json observed = Json::array(), usual = Json::array(), low = Json::array(), high = Json::array(), sigma = Json::array();
  double extra = 0;
  const bool whole = metric != Metric::latency && row.opened_us >= from_us;
  auto next = buckets.begin();
  for (std::int64_t at = from_us; at < to_us; at += kBucketUs) {
    next = std::find_if(next, buckets.end(), [&](const auto& b) { return b.start_us > at || (b.start_us == at && b.feature == row.feature); });
    store::FeatureBucket quiet;
    quiet.org = row.org, quiet.feature = row.feature, quiet.start_us = at;
    const bool known = next != buckets.end() && next->start_us == at;
    const auto bucket = judge.bucket_of(known ? *next : quiet, by);
    const double seen = observed_in(metric, bucket);
    observed.push_back(seen < 0 ? Json(nullptr) : number(seen));
    const auto expected = series ? series->expected(metric, bucket) : std::nullopt;
    usual.push_back(expected ? number(expected->value) : Json(nullptr));
    low.push_back(expected ? number(expected->low) : Json(nullptr));
    high.push_back(expected ? number(expected->high) : Json(nullptr));
    sigma.push_back(expected && expected->sigma ? number(*expected->sigma) : Json(nullptr));
    if (expected && at >= row.opened_us) extra += extra_in(metric, bucket, expected->value).value_or(0);
  }
  return Json{{"from", to_rfc3339(from_us)},     {"step_s", kBucketUs / 1'000'000},
              {"observed", std::move(observed)}, {"usual", std::move(usual)},
              {"low", std::move(low)},           {"high", std::move(high)},
              {"sigma", std::move(sigma)},       {"extra", whole ? number(extra) : Json(nullptr)}}
      .dump();
}

}  // namespace lectr::app
