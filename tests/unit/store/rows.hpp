// Random but plausible rows for tests of rollups and searches, and what their sums must be.
#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "lectr/store/event_store.hpp"
#include "store/levels.hpp"

namespace lectr::store {

inline constexpr std::int64_t kStart = 1'760'000'000'000'000 / kDayUs * kDayUs;  // a midnight

class RandomRows {
 public:
  explicit RandomRows(std::uint64_t seed) : dice_{seed} {}

  // `n` rows in the order of time over `span_us` from `from_us`, of three orgs.
  std::vector<Event> make(std::size_t n, std::int64_t from_us, std::int64_t span_us) {
    std::vector<Event> rows;
    for (std::size_t i = 0; i < n; ++i) rows.push_back(one(from_us + span_us / static_cast<std::int64_t>(n) * static_cast<std::int64_t>(i)));
    return rows;
  }
  std::mt19937_64& dice() { return dice_; }

  Event one(std::int64_t at_us) {
    constexpr const char* kProviders[] = {"openai", "anthropic", "groq", ""};
    constexpr const char* kModels[] = {"gpt-x", "gpt-x-mini", "claude-x", "llama-x"};
    constexpr const char* kFeatures[] = {"chat", "search", "untagged", "\xC3\xA4 \"quoted\"", "a'b"};
    constexpr int kStatuses[] = {200, 200, 200, 201, 404, 429, 499, 500, 503};
    Event e;
    e.id = ids_.next((at_us - below(3'000'000)) / 1000);
    e.completed_at_us = at_us;
    e.org_id = 7 + below(3), e.key_id = 11 + below(2);
    e.provider = pick(kProviders), e.model_requested = pick(kModels),
    e.model_actual = below(4) == 0 ? "" : e.model_requested + (below(3) == 0 ? "-1" : "");
    e.feature = pick(kFeatures), e.task = below(2) == 0 ? "" : "generation";
    e.status = static_cast<std::uint16_t>(pick(kStatuses));
    e.error_source = e.status >= 400 ? ErrorSource::provider : ErrorSource::none;
    e.error_category = e.status == 429 ? ErrorCategory::rate : e.status >= 400 ? ErrorCategory::internal : ErrorCategory::none;
    e.error_code = e.status == 429 ? "rate_limit_exceeded" : "";
    e.endpoint = "/v1/chat/completions", e.method = below(10) == 0 ? "GET" : "POST", e.rule = below(5) == 0 ? "cheap first" : "";
    e.notes = below(6) == 0 ? "retried_stale provider_unknown" : below(6) == 0 ? "provider_unknown_to_us" : "";
    e.streaming = below(2) == 0, e.verdict = e.streaming ? Verdict::complete : Verdict::none;
    e.attempts = static_cast<std::uint8_t>(below(4)), e.client_retry = static_cast<std::uint8_t>(below(3));
    e.latency_us = static_cast<std::int64_t>(std::exp(10 + static_cast<double>(below(1'000)) / 150));
    e.ttfb_us = below(5) == 0 ? -1 : e.latency_us / 3;
    e.bytes_in = below(5'000), e.bytes_out = below(100'000);
    e.token_source = below(3) == 0 ? TokenSource::measured : TokenSource::provider;
    e.tokens_input = below(9) == 0 ? -1 : below(4'000), e.tokens_output = below(9) == 0 ? -1 : below(900);
    e.tokens_cached = below(100), e.tokens_cache_write = -1, e.tokens_reasoning = below(50);
    e.cost_source = below(7) == 0 ? CostSource::unknown_model : CostSource::price_table;
    if (e.cost_source == CostSource::price_table) {
      e.cost = Money{below(1'000'000'000'000'000'000)};
      if (below(2) == 0) e.cost_low = Money{e.cost->femto / 2};
      if (below(2) == 0) e.cost_high = Money{e.cost->femto + below(1'000'000)};
    }
    return e;
  }

 private:
  std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(dice_() % static_cast<std::uint64_t>(n)); }
  template <class T, std::size_t N>
  T pick(const T (&of)[N]) {
    return of[dice_() % N];
  }
  std::mt19937_64 dice_;
  UuidSource ids_;
};

inline const std::string& model_of(const Event& e) { return e.model_actual.empty() ? e.model_requested : e.model_actual; }
inline std::string name_of(const Event& e, Dimension by) {
  switch (by) {
    case Dimension::none: break;
    case Dimension::provider: return e.provider;
    case Dimension::model: return model_of(e);
    case Dimension::feature: return e.feature;
    case Dimension::task: return e.task;
    case Dimension::key: return std::to_string(e.key_id);
    case Dimension::status_class: return std::to_string(e.status / 100);
  }
  return {};
}
inline bool selects(const RollupFilter& f, const Event& e) {
  return e.org_id == f.org && e.completed_at_us >= floor_to(kMinuteUs, f.from_us) && e.completed_at_us < ceil_to(kMinuteUs, f.to_us) &&
         (!f.provider || e.provider == *f.provider) && (!f.model || model_of(e) == *f.model) && (!f.feature || e.feature == *f.feature) &&
         (!f.task || e.task == *f.task) && (!f.key || e.key_id == *f.key) && (!f.status_class || e.status / 100 == *f.status_class);
}

inline void drop_percentiles(Aggregate& sums, Percentiles kept) {
  if (kept == Percentiles::everywhere) return;
  const auto drop = [](Sums& s) { s.latency = {}, s.ttfb = {}; };
  std::for_each(sums.steps.begin(), sums.steps.end(), drop);
  for (Group& group : sums.groups) std::for_each(group.steps.begin(), group.steps.end(), drop);
  if (kept == Percentiles::totals_only) return;
  drop(sums.total);
  for (Group& group : sums.groups) drop(group.total);
}

// By walking all rows.
inline Aggregate plain_aggregate(const std::vector<Event>& rows, const AggregateQuery& query) {
  const std::int64_t step = query.step_us, from = floor_to(step > 0 ? step : kMinuteUs, query.filter.from_us),
                     to = ceil_to(kMinuteUs, query.filter.to_us);
  const auto steps = static_cast<std::size_t>(step > 0 && to > from ? (to - from + step - 1) / step : 0);
  Aggregate out{
      .from_us = step > 0 ? from : floor_to(kMinuteUs, query.filter.from_us), .to_us = to, .step_us = step, .steps = std::vector<Sums>(steps)};
  std::map<std::string, Group> groups;
  for (const Event& e : rows) {
    if (!selects(query.filter, e)) continue;
    const auto at = static_cast<std::size_t>(step > 0 ? (e.completed_at_us - from) / step : 0);
    out.total.add(e);
    if (step > 0) out.steps[at].add(e);
    if (query.by == Dimension::none) continue;
    Group& group = groups[name_of(e, query.by)];
    group.steps.resize(steps);
    group.total.add(e);
    if (step > 0) group.steps[at].add(e);
  }
  for (auto& [name, group] : groups) {
    group.name = name;
    out.groups.push_back(std::move(group));
  }
  std::stable_sort(out.groups.begin(), out.groups.end(), [](const Group& a, const Group& b) { return a.total.requests > b.total.requests; });
  drop_percentiles(out, query.percentiles);
  return out;
}

}  // namespace lectr::store
