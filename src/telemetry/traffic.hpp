// Counts finished exchanges into the lectr_* families of a registry. count() runs on one thread; a scrape may read beside it.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <string>

#include "lectr/telemetry/metrics.hpp"
#include "telemetry/label_cap.hpp"

namespace lectr::telemetry {

// 10 ms doubling to 11 min: the bounds of the GenAI conventions (to 81.92 s) and three more, since answers may take that long.
const prometheus::Histogram::BucketBoundaries& duration_bounds();

// 2xx, 3xx, 4xx, 5xx; "none" for what has no status.
std::string_view status_class(unsigned status) noexcept;

class Traffic {
 public:
  // The registry outlives it.
  Traffic(prometheus::Registry& registry, const MetricsOptions& options);
  void count(const Event& event);

 private:
  static constexpr std::size_t kKinds = 5;  // of tokens
  static constexpr std::size_t kModelRows = 500, kProviders = 64;
  using Counter = prometheus::Counter;

  // Series of one org, provider, model and feature; each is made when it is first needed.
  struct Row {
    prometheus::Labels labels;
    TextMap<Counter*> by_status;
    std::array<std::array<Counter*, kKinds>, 2> tokens{};  // reported, measured
    Counter* cost = nullptr;
  };
  struct ModelRow {
    prometheus::Histogram* duration = nullptr;
    prometheus::Histogram* first_byte = nullptr;
    Counter* unpriced = nullptr;
    prometheus::Labels labels;
  };
  struct ProviderRow {
    Counter *attempts = nullptr, *bytes_in = nullptr, *bytes_out = nullptr;
    TextMap<Counter*> errors, streams;
    prometheus::Labels labels;
  };

  Row& row_of(std::string_view org, std::string_view provider, std::string_view model, std::string_view feature);
  ModelRow& model_row_of(std::string_view provider, std::string_view model);
  ProviderRow& provider_row_of(std::string_view provider);
  void count_tokens(Row& row, const Event& event);
  void count_errors(ProviderRow& row, const Event& event);
  std::string_view admit(LabelCap& cap, std::string_view value, Counter& beyond);

  const MetricsOptions options_;
  LabelCap orgs_, providers_, models_, features_;
  TextMap<Row> rows_;
  TextMap<ModelRow> model_rows_;
  TextMap<ProviderRow> provider_rows_;
  std::string key_;
  template <class Kind>
  using Family = prometheus::Family<Kind>;
  Family<Counter>&requests_, &tokens_, &cost_, &unpriced_, &errors_, &streams_, &attempts_, &bytes_in_, &bytes_out_, &beyond_;
  Family<prometheus::Histogram>&duration_, &first_byte_;
  Counter &beyond_orgs_, &beyond_models_, &beyond_features_, &beyond_rows_;
};

}  // namespace lectr::telemetry
