// The instruments of the GenAI conventions: durations, time to the first chunk, reported tokens. Nothing is counted unless OTLP wants it.
#pragma once

#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lectr/telemetry/metrics.hpp"
#include "telemetry/label_cap.hpp"

namespace lectr::telemetry {

class GenaiMetrics {
 public:
  explicit GenaiMetrics(const MetricsOptions& options) : options_{options}, models_{options.models}, providers_{64} {}
  void count(const Event& event);                         // one thread
  std::vector<prometheus::MetricFamily> collect() const;  // any thread; dotted names, labels as attributes

 private:
  static constexpr std::size_t kKinds = 5;
  using Labels = std::vector<prometheus::ClientMetric::Label>;
  // One operation, provider, requested and answering model, and type of error.
  struct Row {
    Labels labels;
    bool inference = true;
    prometheus::Histogram duration, first_chunk, input, output;
    double tokens[kKinds] = {};
    bool told = false;  // tokens, at least once
    explicit Row(bool is_inference);
  };
  Row& row_of(const Event& event, std::string_view operation);
  void add_durations(std::vector<prometheus::MetricFamily>& out) const;
  void add_tokens(std::vector<prometheus::MetricFamily>& out) const;
  void add_token_histogram(std::vector<prometheus::MetricFamily>& out) const;

  const MetricsOptions options_;
  mutable std::mutex mutex_;
  LabelCap models_, providers_;
  TextMap<std::unique_ptr<Row>> rows_;
  std::string key_;
};

}  // namespace lectr::telemetry
