// What Prometheus scrapes and OTLP exports: counters and histograms of finished exchanges, and what the process knows of itself.
//
// No series carries content or a key: labels are the provider, model and feature of rows. Each label has a bound and all series together have
// one; what is beyond is counted under the value "other", so that sums stay right however many values clients send (docs/telemetry.md).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lectr/base/event.hpp"

namespace prometheus {
struct MetricFamily;
}

namespace lectr::telemetry {

// Which names the GenAI conventions of OpenTelemetry have: those of v1.41, which most dashboards know, or the latest.
enum class Conventions : std::uint8_t { latest, v1_41 };

struct MetricsOptions {
  bool orgs = false;   // a label `org` with the org's number
  bool genai = false;  // count for OTLP too
  Conventions conventions = Conventions::latest;
  std::size_t models = 200, features = 200, orgs_told = 200;  // values of a label that keep their name
  std::size_t rows = 2000;                                    // of org, provider, model and feature together
};

// The process at this moment.
struct ProcessState {
  std::string version;
  std::uint64_t connections = 0, exchanges = 0, unauthenticated = 0, compared = 0, mismatches = 0;
  std::uint64_t events_received = 0, events_written = 0, events_journaled = 0, events_dropped = 0, events_missed = 0;
  std::uint64_t queue_depth = 0, journal_backlog = 0, journal_bytes = 0;
  bool degraded = false;
  std::uint64_t orgs = 0;
  std::int64_t control_version = 0;  // sum of the orgs' versions in force
  std::int64_t prices_dated_us = 0;  // unix time; 0: not known
  std::uint64_t breakers_closed = 0, breakers_open = 0, breakers_half_open = 0;
  // Limits and budgets shared through Redis.
  bool redis_configured = false, redis_up = false;
  std::int64_t instances = 1;
  std::uint64_t limits_asked = 0, limits_waited = 0;
  std::int64_t limits_waited_us = 0;
  // The exporter.
  bool otlp_configured = false;
  std::uint64_t spans_exported = 0, spans_dropped = 0, spans_rejected = 0, exports_failed = 0;
};

class Metrics {
 public:
  explicit Metrics(MetricsOptions options);
  ~Metrics();
  void count(const Event& event);  // one thread at a time
  // Any thread, beside count().
  std::string text(const ProcessState& now) const;                               // Prometheus text format 0.0.4
  std::vector<prometheus::MetricFamily> collect(const ProcessState& now) const;  // the same families
  std::vector<prometheus::MetricFamily> collect_genai() const;                   // those of the conventions, by their dotted names

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lectr::telemetry
