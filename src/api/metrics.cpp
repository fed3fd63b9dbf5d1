#include "api/metrics.hpp"

#include <cmath>
#include <iterator>

namespace lectr::api {
namespace {

using store::Sums;

Json quantile(const Sketch& sketch, int permille) { return known(sketch.quantile_us(permille)); }
Json average(std::int64_t sum, std::int64_t count) { return count == 0 ? Json(nullptr) : Json(sum / count); }
double requests(const Sums& s) { return static_cast<double>(s.requests); }
Json error_rate(const Sums& s) { return share_of(static_cast<double>(s.errors), requests(s)); }

constexpr Metric kMetrics[] = {
    {"requests", "count", [](const Sums& s) { return Json(s.requests); }, requests},
    {"errors", "count", [](const Sums& s) { return Json(s.errors); }, [](const Sums& s) { return static_cast<double>(s.errors); }},
    {"error_rate", "ratio", error_rate, requests},
    {"cost", "usd", [](const Sums& s) { return Json(store::dollars(s.cost)); }, [](const Sums& s) { return static_cast<double>(s.cost); }},
    {"tokens_input", "tokens", [](const Sums& s) { return Json(s.tokens_input); }, [](const Sums& s) { return static_cast<double>(s.tokens_input); }},
    {"tokens_output", "tokens", [](const Sums& s) { return Json(s.tokens_output); },
     [](const Sums& s) { return static_cast<double>(s.tokens_output); }},
    {"tokens", "tokens", [](const Sums& s) { return Json(s.tokens_input + s.tokens_output); },
     [](const Sums& s) { return static_cast<double>(s.tokens_input + s.tokens_output); }},
    {"latency_p50", "us", [](const Sums& s) { return quantile(s.latency, 500); }, requests, true},
    {"latency_p95", "us", [](const Sums& s) { return quantile(s.latency, 950); }, requests, true},
    {"latency_p99", "us", [](const Sums& s) { return quantile(s.latency, 990); }, requests, true},
    {"latency_avg", "us", [](const Sums& s) { return average(s.latency_sum_us, s.requests); }, requests},
    {"ttfb_p50", "us", [](const Sums& s) { return quantile(s.ttfb, 500); }, requests, true},
    {"ttfb_p95", "us", [](const Sums& s) { return quantile(s.ttfb, 950); }, requests, true},
    {"streaming", "count", [](const Sums& s) { return Json(s.streaming); }, [](const Sums& s) { return static_cast<double>(s.streaming); }},
};

constexpr std::pair<std::string_view, store::Dimension> kDimensions[] = {{"none", store::Dimension::none},
                                                                         {"provider", store::Dimension::provider},
                                                                         {"model", store::Dimension::model},
                                                                         {"feature", store::Dimension::feature},
                                                                         {"task", store::Dimension::task},
                                                                         {"key", store::Dimension::key},
                                                                         {"status_class", store::Dimension::status_class}};

}  // namespace

Json to_json(const Sums& s) {
  return {{"requests", s.requests},
          {"errors", s.errors},
          {"error_rate", error_rate(s)},
          {"streaming", s.streaming},
          {"retries", s.retries},
          {"tokens_input", s.tokens_input},
          {"tokens_output", s.tokens_output},
          {"tokens_cached", s.tokens_cached},
          {"tokens_cache_write", s.tokens_cache_write},
          {"tokens_reasoning", s.tokens_reasoning},
          {"tokens_estimated", s.measured > 0},
          {"cost", store::dollars(s.cost)},
          {"cost_low", store::dollars(s.cost_low)},
          {"cost_high", store::dollars(s.cost_high)},
          {"cost_estimated", s.measured > 0},
          {"cost_unknown_requests", s.cost_unknown},
          {"latency_avg_us", average(s.latency_sum_us, s.requests)},
          {"latency_p50_us", quantile(s.latency, 500)},
          {"latency_p95_us", quantile(s.latency, 950)},
          {"latency_p99_us", quantile(s.latency, 990)},
          {"ttfb_avg_us", average(s.ttfb_sum_us, s.ttfb.count())},
          {"ttfb_p50_us", quantile(s.ttfb, 500)},
          {"ttfb_p95_us", quantile(s.ttfb, 950)},
          {"bytes_in", s.bytes_in},
          {"bytes_out", s.bytes_out}};
}

const Metric* find_metric(std::string_view name) noexcept {
  for (const Metric& metric : kMetrics)
    if (metric.name == name) return &metric;
  return nullptr;
}

Json share_of(double part, double whole) { return whole > 0 ? Json(std::round(part / whole * 1e6) / 1e6) : Json(nullptr); }

std::optional<store::Dimension> find_dimension(std::string_view name) noexcept {
  for (const auto& [text, dimension] : kDimensions)
    if (text == name) return dimension;
  return {};
}

}  // namespace lectr::api
