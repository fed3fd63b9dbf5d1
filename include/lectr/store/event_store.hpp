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

namespace lectr::store {

struct RequestFilter {
  OrgId org = 0;
  std::optional<std::int64_t> from_us, to_us;                 // [from, to)
  std::optional<std::string> provider, model, feature, task;  // exact; model matches requested or actual
  std::optional<KeyId> key;
  std::optional<int> status_class;  // 2, 4, 5
  std::optional<bool> errors;       // only failed (error_source not none), or only good ones
};
// Newest first. `before` is the cursor: the last row of the page before.
struct RequestCursor {
  std::int64_t completed_at_us = 0;
  Uuid id;
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

class EventStore {
 public:
  virtual ~EventStore() = default;
  virtual Result<void> append(std::span<const Event> batch) = 0;  // all or nothing; an event id seen before is skipped
  virtual Result<RequestPage> requests(const RequestFilter& filter, std::optional<RequestCursor> before, std::size_t limit) = 0;
  virtual Result<Event> request(OrgId org, const Uuid& id) = 0;  // not_found, also for another org's
  virtual Result<Overview> overview(OrgId org, std::int64_t from_us, std::int64_t to_us) = 0;
};

}  // namespace lectr::store
