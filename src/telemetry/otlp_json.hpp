// OTLP in its JSON form (opentelemetry-proto, docs/specification.md "JSON Protobuf Encoding"): proto3's mapping with ids in hexadecimal, enums as
// numbers, 64-bit integers as text. Pure. Texts of clients and providers come out as valid UTF-8.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lectr/base/event.hpp"
#include "lectr/telemetry/exporter.hpp"
#include "lectr/telemetry/metrics.hpp"

namespace lectr::telemetry {

// What all that is exported belongs to.
struct Resource {
  std::string service_name, version, instance_id;
};

// One `Span` message. Its trace is the caller's, if the request came with one; else the request's id is the trace's. `server`: the provider's address.
std::string span_json(const Event& event, Conventions conventions, const std::optional<ServerAddress>& server);

// An ExportTraceServiceRequest of spans as span_json made them.
std::string traces_json(const Resource& resource, std::span<const std::string> spans);

// One scope with its families.
using Scope = std::pair<std::string_view, std::span<const prometheus::MetricFamily>>;

// An ExportMetricsServiceRequest: counters as monotonic sums, histograms with their bounds, both cumulative since `started_us`.
std::string metrics_json(const Resource& resource, std::span<const Scope> scopes, std::int64_t started_us, std::int64_t now_us);

// How many spans or data points a receiver says it did not take, of an ExportTraceServiceResponse or ExportMetricsServiceResponse. 0 for what is no JSON.
std::uint64_t rejected_of(std::string_view answer);

}  // namespace lectr::telemetry
