// Decides, bucket by bucket, whether a feature behaves unlike itself. Pure: the same buckets in the same order give the same findings, on any
// machine of the same floating-point arithmetic; no clock, no I/O. One Series belongs to one thread at a time; different ones share nothing.
// The method and its measured figures: src/insight/README.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lectr::insight {

inline constexpr std::int64_t kBucketUs = 300'000'000;  // five minutes
inline constexpr int kWarmupBuckets = 576;              // 48 hours: until then a series learns and reports nothing

enum class Metric : std::uint8_t { volume, errors, latency, cost, drift };  // latency: P95. The order is that of causes
inline constexpr int kMetrics = 5;
enum class Direction : std::uint8_t { high, low };
enum class Severity : std::uint8_t { low, medium, high };

// What one feature (or an org in sum) did in one bucket. A bucket without requests is data (zero); a bucket that is not given is a gap.
struct Bucket {
  std::int64_t start_us = 0;  // UTC, multiple of kBucketUs
  std::int64_t local_us = 0;  // the same in the org's time zone: hour of day and weekday come from it
  std::int64_t requests = 0, errors = 0;
  std::int64_t drifted = 0;  // requests whose answering model is not the usual one for the model asked
  double cost = 0;           // USD
  double cost2 = 0;          // sum of the squares of the requests' costs; may be an estimate
  double p95_us = 0;         // 0: no request
  bool excluded = false;     // within a dismissed span: neither judged nor learned
};

struct Sensitivity {
  double sigma = 2;  // thresholds scale by sigma / 2
};

// updated: the peak of an open episode rose. closed: it is over, or its level became the new normal. reopened: it came back within two hours, no new alert.
enum class Step : std::uint8_t { opened, updated, closed, reopened };

// One step of an episode. Metric and opened_us identify the episode within its series. Observed and baseline are in the metric's own unit over the
// window of this step: volume requests per bucket; errors and drift a rate 0..1; latency microseconds; cost USD per hour.
struct Finding {
  Step step = Step::opened;
  Metric metric = Metric::volume;
  Direction direction = Direction::high;
  std::int64_t opened_us = 0;  // start of the first bucket of the window that opened the episode
  std::int64_t at_us = 0;      // start of the bucket judged
  int window = 1;              // buckets
  double observed = 0, baseline = 0;
  double low = 0, high = 0;  // the band of two standard deviations around the baseline, for this window
  double sigma = 0;          // z of this window: below the usual it is negative
  double peak_sigma = 0;     // the furthest z of the episode so far, in its direction
  Severity severity = Severity::low;
};

// What would be usual; the unit is that of Finding, for one bucket.
struct Expected {
  double value = 0, low = 0, high = 0;
  std::optional<double> sigma;  // how far the bucket itself is from it, signed; none: too few requests to tell
};

// Everything known of one feature: about 3.3 kB, in one allocation; one more of 90 bytes for each metric that has an episode, or had in the last hours.
// A moved-from Series may only be destroyed or assigned to.
class Series {
 public:
  Series();
  Series(const Series& other);
  Series(Series&& other) noexcept;
  Series& operator=(const Series& other);
  Series& operator=(Series&& other) noexcept;
  ~Series();

  // In order of time; a bucket not later than the last one is ignored, and so is one whose figures make no sense (negative, not finite).
  // Appends at most two findings a metric. No finding but `closed` before kWarmupBuckets were seen.
  void judge(const Bucket& bucket, Sensitivity sensitivity, std::vector<Finding>& out);

  // What would be usual in `bucket` (its requests and its time given) by what is known now; nothing: not known yet.
  std::optional<Expected> expected(Metric metric, const Bucket& bucket) const;

  int buckets_seen() const;      // those learned or judged, excluded ones not
  int buckets_to_go() const;     // until it judges; 0: it does
  std::int64_t last_us() const;  // start of the last bucket taken; 0: none yet

  // Versioned, bounded (kMaxSaved), the same on every machine; equal states give equal bytes. A loaded series goes on exactly where the saved one was.
  std::string save() const;
  static std::optional<Series> load(std::string_view saved);  // nothing: another version, or damaged

 private:
  struct State;
  std::unique_ptr<State> state_;
};

inline constexpr std::size_t kMaxSaved = 16 * 1024;

std::string_view name(Metric metric);        // "volume" "errors" "latency" "cost" "drift"
std::string_view name(Direction direction);  // "high" "low"
std::string_view name(Severity severity);    // "low" "medium" "high"

}  // namespace lectr::insight
