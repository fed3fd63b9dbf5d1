// Traces and metrics out by OTLP over HTTP, in JSON. On a thread of its own: whoever offers a span never waits, whatever the receiver does. What waits
// is bounded; what is beyond is dropped and counted. Nothing of a receiver's answer is logged or kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lectr/base/event.hpp"
#include "lectr/telemetry/metrics.hpp"

namespace lectr::telemetry {

struct ServerAddress {
  std::string host;
  std::uint16_t port = 0;
};

struct ExporterOptions {
  std::string endpoint;  // "http://collector:4318": /v1/traces and /v1/metrics are appended
  std::string service_name = "lectr", version, instance_id;
  std::string ca_file;  // PEM of authorities beside the system's
  // Looked up for each export, so that a changed file counts: pairs of name and value.
  std::function<std::vector<std::pair<std::string, std::string>>()> headers;
  Conventions conventions = Conventions::latest;
  bool traces = true, metrics = true, gzip = false;
  std::chrono::milliseconds interval{60'000};  // between two exports of metrics
  std::function<std::optional<ServerAddress>(const Event&)> server;
  std::function<ProcessState()> state;
};

struct ExporterCounters {
  std::uint64_t exported = 0;  // spans
  std::uint64_t dropped = 0;   // spans that found no room, or that the receiver would not have
  std::uint64_t rejected = 0;  // spans and data points that the receiver took out of an export that it took
  std::uint64_t failures = 0;  // exports that failed, those that are tried again too
};

class Exporter {
 public:
  Exporter(ExporterOptions options, const Metrics& metrics);  // which outlives it
  ~Exporter();                                                // as stop()
  void start();
  void stop();  // sends what waits for two seconds at most, then ends
  // One thread at a time. A request whose caller does not sample leaves no span.
  void offer(const Event& event);
  ExporterCounters counters() const noexcept;  // any thread

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// "name=value,name2=value2" with values percent-encoded, as OTEL_EXPORTER_OTLP_HEADERS has them. What has no name, or holds a control character,
// is left out.
std::vector<std::pair<std::string, std::string>> parse_otlp_headers(std::string_view text);

}  // namespace lectr::telemetry
