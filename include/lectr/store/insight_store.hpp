// What the detector of anomalies keeps: its state from run to run, whose turn it is, and the anomalies it found. Calls block: cold threads only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lectr/base/event.hpp"
#include "lectr/base/result.hpp"

namespace lectr::store {

// What one feature of an org did in five minutes. An empty optional is the org in sum; a feature may be empty too (rows of long ago).
struct FeatureBucket {
  OrgId org = 0;
  std::optional<std::string> feature;
  std::int64_t start_us = 0;
  std::int64_t requests = 0, errors = 0;
  std::int64_t drifted = 0;  // answered by another model than the one asked for, which is no dated name of it
  double cost = 0;           // USD
  double cost2 = 0;          // estimate of the sum of the squares of the requests' costs: cells know their sum and their largest only
  std::int64_t p95_us = 0;   // 0: no request
};

// What one combination did in some spans of time.
struct ShareRow {
  std::string feature, model;
  KeyId key = 0;
  double requests = 0, cost = 0, errors = 0, drifted = 0;           // cost: USD
  double slow = 0;                                                  // requests above a latency
  std::int64_t input = 0, cached = 0, cache_write = 0, output = 0;  // tokens; input: cached and cache_write among them
  std::string provider;
};
struct TimeSpan {
  std::int64_t from_us = 0, to_us = 0;  // [from, to), whole minutes
};

// Enumerations as the detector has them; the store does not look into them.
struct AnomalyRow {
  std::int64_t id = 0;
  OrgId org = 0;
  std::optional<std::string> feature; /* none: the org in sum */
  int metric = 0, direction = 0, severity = 0, window = 0;
  std::int64_t opened_us = 0, updated_us = 0; /* starts of buckets */
  std::optional<std::int64_t> closed_us;
  double observed = 0, baseline = 0, low = 0, high = 0, sigma = 0, peak_sigma = 0;
  std::int64_t incident = 0;      /* the anomaly that it belongs to; its own id where it stands alone */
  std::string contribution, band; /* JSON; band: the baseline around it */
  std::optional<std::int64_t> dismissed_us;
  std::string dismissed_by, reason;
};
struct AnomalyFilter {
  std::optional<bool> open, dismissed;
  std::optional<std::string> feature;
  std::optional<int> metric;
  std::optional<std::int64_t> from_us, to_us; /* that were open within */
  std::optional<std::int64_t> before;         /* an id; newest first */
};
struct AnomalyCounts {
  std::int64_t open = 0, all = 0, dismissed = 0;
};
// A span that is not judged and not learned.
struct ExcludedSpan {
  OrgId org = 0;
  std::optional<std::string> feature;
  std::int64_t from_us = 0, to_us = 0;
};
// All series of an org, as the detector's run packs them.
struct OrgSeries {
  OrgId org = 0;
  std::string saved;
};

class InsightStore {
 public:
  virtual ~InsightStore() = default;
  // Whole buckets that begin in [from, to), of all orgs, as far as rows are rolled up; those without a request are missing. In the order of time;
  // within a bucket an org's features come before its sum.
  virtual Result<std::vector<FeatureBucket>> buckets(std::int64_t from_us, std::int64_t to_us, std::optional<OrgId> org = {}) = 0;
  // Summed over the spans, of one feature or of all; as far as rows are rolled up. At most 10,000, those with the most requests.
  virtual Result<std::vector<ShareRow>> shares(OrgId org, const std::optional<std::string>& feature, std::span<const TimeSpan> spans,
                                               std::int64_t slow_above_us) = 0;
  // Whether every row that is stored and was completed before is in the rollups.
  virtual Result<bool> rolled_up(std::int64_t before_us) = 0;
  // True: `instance` runs the detector until `until_us`. False: another one does.
  virtual Result<bool> take_turn(std::string_view instance, std::int64_t now_us, std::int64_t until_us) = 0;
  virtual Result<void> end_turn(std::string_view instance) = 0;

  // The states as of the end of one bucket, which is returned; none: nothing was saved yet. Org by org, as all together are as large as what they are made
  // into. After a failure what `each` got is no whole.
  using EachSeries = std::function<void(const OrgSeries&)>;
  virtual Result<std::optional<std::int64_t>> load_series(const EachSeries& each) = 0;
  // In place of what was saved: all that `give_all` hands to the function it is given. It may be called twice. Refused (conflict) when it is another one's
  // turn.
  virtual Result<void> save_series(std::string_view instance, std::int64_t judged_us, const std::function<void(const EachSeries&)>& give_all) = 0;

  // By org, feature, metric and opening an anomaly is one: the second time it is brought up to date. What people did to it stays. Returns its id. The
  // newest 10,000 of an org are kept.
  virtual Result<std::int64_t> put_anomaly(const AnomalyRow& row) = 0;
  virtual Result<std::vector<AnomalyRow>> anomalies(OrgId org, const AnomalyFilter& filter, std::size_t limit) = 0;  // without their bands
  virtual Result<AnomalyRow> anomaly(OrgId org, std::int64_t id) = 0;                                                // not_found
  virtual Result<AnomalyCounts> anomaly_counts(OrgId org) = 0;
  virtual Result<std::vector<AnomalyRow>> open_anomalies() = 0;  // of all orgs
  // With all that belong to its incident. Nothing given: they are reopened. not_found: there is none.
  struct Dismissal {
    std::string by, reason;
    std::int64_t at_us = 0;
  };
  virtual Result<void> dismiss_anomaly(OrgId org, std::int64_t id, const std::optional<Dismissal>& dismissal) = 0;
  virtual Result<std::vector<ExcludedSpan>> excluded_spans(std::int64_t since_us) = 0;  // of dismissed anomalies that are over
};

}  // namespace lectr::store
