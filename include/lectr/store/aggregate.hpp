// Sums over rows: what every tile, chart and table of the dashboard is made of. Read from rollups, never by walking the rows of a window.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lectr/base/event.hpp"
#include "lectr/base/sketch.hpp"

namespace lectr::store {

// The dimensions that rollups keep. `model` is the one that answered, or the one asked for where none did.
enum class Dimension : std::uint8_t { none, provider, model, feature, task, key, status_class };

struct RollupFilter {
  OrgId org = 0;
  std::int64_t from_us = 0, to_us = 0;  // [from, to), widened to whole minutes by the store
  std::optional<std::string> provider, model, feature, task;
  std::optional<KeyId> key;
  std::optional<int> status_class;  // 2 … 5
};

struct Sums {
  std::int64_t requests = 0, errors = 0, streaming = 0;
  std::int64_t measured = 0;      // rows whose tokens were measured, not reported: sums with any are estimates
  std::int64_t cost_unknown = 0;  // rows with tokens and no price; in no cost sum
  std::int64_t tokens_input = 0, tokens_output = 0, tokens_cached = 0, tokens_cache_write = 0, tokens_reasoning = 0;
  std::int64_t bytes_in = 0, bytes_out = 0, retries = 0;  // retries: rows that a client marked as one
  __extension__ typedef __int128 Femto;                   // 1e-15 USD
  Femto cost = 0, cost_low = 0, cost_high = 0;            // low and high: of rows without a bound the cost itself
  std::int64_t latency_sum_us = 0, ttfb_sum_us = 0;       // ttfb over the rows that have one: ttfb.count()
  Sketch latency, ttfb;

  void add(const Event& event);
  void merge(const Sums& other);
  void merge_counts(const Sums& other);  // all but the sketches
  friend bool operator==(const Sums&, const Sums&) = default;
};
std::string dollars(Sums::Femto value);  // exact decimal text without trailing zeros: "0.000043"

// Which sums have their latency and ttfb sketches; the others' are empty. Sketches are nearly all that a read costs.
enum class Percentiles : std::uint8_t { everywhere, totals_only, none };

struct AggregateQuery {
  RollupFilter filter;
  Dimension by = Dimension::none;
  std::int64_t step_us = 0;  // 0: totals only; else whole minutes, at most 4,000 steps in the window; aligned to UTC multiples of it
  Percentiles percentiles = Percentiles::everywhere;
};
struct Group {
  std::string name;  // Dimension::key: the id as text; status_class: "2" … "5"; a feature or model as stored
  Sums total;
  std::vector<Sums> steps;  // as Aggregate::steps
};
struct Aggregate {
  // The window as widened to minutes; with a step, from_us is the start of the first one. Step i covers [from + i * step, + step), of which the
  // first and the last hold what lies in the window.
  std::int64_t from_us = 0, to_us = 0, step_us = 0;
  Sums total;
  std::vector<Sums> steps;    // empty without a step
  std::vector<Group> groups;  // by requests, most first, at most 1,000 (the totals have all); empty without a dimension
};

// What one feature and task asked of one model, and which one answered. `asked` is `model` where they are the same.
struct UsageGroup {
  std::string feature, task, provider, asked, model;
  Sums total;                    // its sketches are empty
  std::int64_t peak_tokens = 0;  // input and output of the largest request
};
inline constexpr std::size_t kMostUsage = 5'000;

}  // namespace lectr::store
