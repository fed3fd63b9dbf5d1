// Rows of finished exchanges. Calls block: store and API threads only. Implementations are safe to call from several threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lectr/base/event.hpp"
#include "lectr/base/result.hpp"
#include "lectr/store/aggregate.hpp"

namespace lectr::store {

struct RequestFilter {
  OrgId org = 0;
  std::optional<std::int64_t> from_us, to_us;                 // [from, to)
  std::optional<std::string> provider, model, feature, task;  // exact; model matches requested or actual
  std::optional<KeyId> key;
  std::optional<int> status_class;  // 2, 4, 5
  std::optional<bool> errors;       // only failed (error_source not none), or only good ones
  // Of the row alone, in no rollup. A row with an error category or code, or a verdict other than complete, has an error source: by that it is found.
  std::optional<int> status;
  std::optional<bool> streaming;
  std::optional<Verdict> verdict;
  std::optional<ErrorCategory> error_category;
  std::optional<ErrorSource> error_source;
  std::optional<TokenSource> token_source;
  std::optional<CostSource> cost_source;
  std::optional<std::string> error_code, endpoint, method, rule, note;                   // exact; `note`: one of the row's words
  std::optional<std::int64_t> min_latency_us, max_latency_us, min_tokens, min_attempts;  // min_tokens: input + output
  std::optional<Money> min_cost;
};
// Each descending; rows without the value are left out. Time costs the same on every page; by a value each page costs what all before it cost
// together, so that exports should go by time.
enum class RequestSort : std::uint8_t { time, latency, ttfb, tokens, cost };
// `before` is the cursor: the last row of the page before. `value`: what that row was sorted by (microseconds, tokens, 1e-15 USD).
struct RequestCursor {
  std::int64_t completed_at_us = 0;
  Uuid id;
  std::int64_t value = 0;
};
struct RequestPage {
  std::vector<Event> rows;
  std::optional<RequestCursor> next;
};

struct ProviderTotals {
  std::string provider;
  std::int64_t requests = 0, errors = 0, tokens_input = 0, tokens_output = 0;
  std::int64_t latency_avg_us = 0, latency_p95_us = 0;
  std::string cost_usd;
};
struct Overview {
  std::int64_t requests = 0, errors = 0, streaming = 0, tokens_input = 0, tokens_output = 0;
  std::int64_t latency_p50_us = -1, latency_p95_us = -1, ttfb_p50_us = -1;
  std::string cost_usd = "0";     // exact decimal sum of the known costs
  bool cost_estimated = false;    // some tokens were measured, not reported
  std::int64_t cost_unknown = 0;  // rows without a price
  std::vector<ProviderTotals> providers;
};

// How long an org's rows and rollups are kept; 0: for ever.
struct Retention {
  OrgId org = 0;
  int row_days = 0, rollup_days = 0;
};

// How many requests a rule decided, or in shadow would have. `rule` as the row has it: in force its name; in shadow as `why` has it, encoded and cut.
struct RuleHits {
  std::string rule;
  bool shadow = false;
  std::int64_t requests = 0;
};

class EventStore {
 public:
  virtual ~EventStore() = default;
  virtual Result<void> append(std::span<const Event> batch) = 0;  // all or nothing; an event id seen before is skipped
  virtual Result<RequestPage> requests(const RequestFilter& filter, std::optional<RequestCursor> before, std::size_t limit,
                                       RequestSort sort = RequestSort::time) = 0;
  // The org's rows of [from, to) behind `after` in order of time, oldest first, at most `limit`. Of each only what a decision is made from and what it
  // used (walked_columns): what is not read has its default.
  virtual Result<std::vector<Event>> walk(OrgId org, std::int64_t from_us, std::int64_t to_us, const std::optional<RequestCursor>& after,
                                          std::size_t limit) = 0;
  virtual Result<Event> request(OrgId org, const Uuid& id) = 0;                                // not_found, also for another org's
  virtual Result<Overview> overview(OrgId org, std::int64_t from_us, std::int64_t to_us) = 0;  // to go: aggregate() serves it
  virtual Result<Aggregate> aggregate(const AggregateQuery& query) = 0;
  // By feature, task, provider and models together, of the filter's window in whole minutes; by cost, dearest first, at most kMostUsage.
  virtual Result<std::vector<UsageGroup>> usage(const RollupFilter& filter) = 0;
  // By whole hours, as far as rows are rolled up: seconds behind at most. Rows without a rule are in no entry.
  virtual Result<std::vector<RuleHits>> rule_hits(OrgId org, std::int64_t from_us, std::int64_t to_us) = 0;
  // The time of the org's oldest kept row; nothing: it has none.
  virtual Result<std::optional<std::int64_t>> oldest_us(OrgId org) = 0;

  // Upkeep, by one cold thread of each instance; of several instances one does the work (an advisory lock), the others return at once.
  virtual Result<std::size_t> roll_up() = 0;  // folds rows into the rollups, a bounded number of them; returns how many: 0 is up to date
  virtual Result<void> keep_house(std::span<const Retention> retention, std::int64_t now_us) = 0;  // partitions ahead, what is too old dropped
  virtual Result<void> rebuild_rollups() = 0;                                                      // from the rows that are kept
};

}  // namespace lectr::store
