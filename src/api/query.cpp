#include "api/query.hpp"

#include <algorithm>
#include <iterator>

#include "api/cursor.hpp"
#include "api/params.hpp"
#include "api/window.hpp"

namespace lectr::api {
namespace {

constexpr std::int64_t kMaxLimit = 200, kAny = INT64_MAX;
constexpr std::string_view kSorts[] = {"time", "latency", "ttfb", "tokens", "cost"};  // in the order of RequestSort

// `from` and `to` may each stand alone here, as the log has no natural beginning; `window` ends now.
std::optional<Problem> take_span(const Query& query, std::int64_t now_us, store::RequestFilter& out) {
  if (query.find("window")) {
    const auto span = parse_span(query, now_us);
    if (!span) return span.error();
    out.from_us = span->from_us;
    return {};
  }
  auto problem = take_time(query, "from", out.from_us);
  if (!problem) problem = take_time(query, "to", out.to_us);
  return problem;
}

std::optional<Problem> take_texts(const Query& query, store::RequestFilter& out) {
  const std::pair<std::string_view, std::optional<std::string>*> texts[] = {
      {"provider", &out.provider}, {"model", &out.model},   {"feature", &out.feature}, {"task", &out.task}, {"error_code", &out.error_code},
      {"endpoint", &out.endpoint}, {"method", &out.method}, {"rule", &out.rule},       {"note", &out.note}};
  for (const auto& [name, place] : texts)
    if (auto problem = take_text(query, name, *place)) return problem;
  return {};
}

std::optional<Problem> take_words(const Query& query, store::RequestFilter& out) {
  auto problem = take_word(query, "verdict", Verdict::client_gone, out.verdict);
  if (!problem) problem = take_word(query, "error_category", ErrorCategory::internal, out.error_category);
  if (!problem) problem = take_word(query, "error_source", ErrorSource::client, out.error_source);
  if (!problem) problem = take_word(query, "token_source", TokenSource::measured, out.token_source);
  if (!problem) problem = take_word(query, "cost_source", CostSource::unknown_model, out.cost_source);
  if (!problem) problem = take_flag(query, "errors", out.errors);
  if (!problem) problem = take_flag(query, "streaming", out.streaming);
  return problem;
}

std::optional<Problem> take_latencies(const Query& query, store::RequestFilter& out) {
  constexpr std::int64_t kMostMs = 1'000'000'000;  // 11 days
  std::optional<std::int64_t> least, most;
  auto problem = take_number(query, "min_latency_ms", 0, kMostMs, least);
  if (!problem) problem = take_number(query, "max_latency_ms", 0, kMostMs, most);
  if (least) out.min_latency_us = *least * 1000;
  if (most) out.max_latency_us = *most * 1000;
  return problem;
}

std::optional<Problem> take_numbers(const Query& query, store::RequestFilter& out) {
  std::optional<std::int64_t> status, status_class;
  auto problem = take_number(query, "key", 0, kAny, out.key);
  if (!problem) problem = take_number(query, "status", 100, 999, status);
  if (!problem) problem = take_number(query, "status_class", 2, 5, status_class);
  if (!problem) problem = take_number(query, "min_tokens", 0, kAny, out.min_tokens);
  if (!problem) problem = take_number(query, "min_attempts", 0, 255, out.min_attempts);
  if (!problem) problem = take_latencies(query, out);
  if (problem) return problem;
  if (status) out.status = static_cast<int>(*status);
  if (status_class) out.status_class = static_cast<int>(*status_class);
  if (const auto* text = query.find("min_cost")) {
    out.min_cost = Money::parse(*text);
    if (!out.min_cost || out.min_cost->femto < 0) return bad_parameter("min_cost", "not dollars (write 0.05)");
  }
  return {};
}

std::optional<Problem> take_place(const Query& query, RequestQuery& out) {
  std::optional<std::int64_t> limit;
  if (auto problem = take_number(query, "limit", 1, kMaxLimit, limit)) return problem;
  if (limit) out.limit = static_cast<std::size_t>(*limit);
  if (const auto* text = query.find("sort")) {
    const auto at = std::find(std::begin(kSorts), std::end(kSorts), *text);
    if (at == std::end(kSorts)) return bad_parameter("sort", "not time, latency, ttfb, tokens or cost");
    out.sort = static_cast<store::RequestSort>(at - std::begin(kSorts));
  }
  if (const auto* text = query.find("cursor")) {
    out.before = decode_cursor(*text, out.sort);
    if (!out.before) return bad_parameter("cursor", "not a cursor of this list");
  }
  return {};
}

}  // namespace

Parsed<RequestQuery> parse_request_query(const Query& query, std::int64_t now_us) {
  RequestQuery out;
  auto problem = take_span(query, now_us, out.filter);
  if (!problem) problem = take_texts(query, out.filter);
  if (!problem) problem = take_words(query, out.filter);
  if (!problem) problem = take_numbers(query, out.filter);
  if (!problem) problem = take_place(query, out);
  if (problem) return *problem;
  return out;
}

std::optional<Problem> unknown_parameter(const Query& query, std::span<const std::string_view> known) {
  for (const auto& [name, value] : query.all())
    if (std::find(known.begin(), known.end(), name) == known.end())
      return Problem{400, "unknown_parameter", "this endpoint has no such parameter", name};
  return {};
}

}  // namespace lectr::api
