#include "telemetry/genai_metrics.hpp"

#include <algorithm>
#include <array>

#include "telemetry/genai.hpp"
#include "telemetry/traffic.hpp"

namespace lectr::telemetry {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::size_t kRows = 1000;
constexpr std::string_view kLastly[] = {"input_tokens", "output_tokens", "cache_read.input_tokens", "cache_write.input_tokens",
                                        "reasoning.output_tokens"};

// The conventions' advice: powers of four.
const prometheus::Histogram::BucketBoundaries& token_bounds() {
  static const prometheus::Histogram::BucketBoundaries bounds = [] {
    prometheus::Histogram::BucketBoundaries out;
    for (double at = 1; at <= 67'108'864; at *= 4) out.push_back(at);
    return out;
  }();
  return bounds;
}

ClientMetric labelled(const prometheus::Histogram& histogram, const std::vector<ClientMetric::Label>& labels) {
  ClientMetric out = histogram.Collect();
  out.label = labels;
  return out;
}

// Families without a sample say nothing.
void keep(std::vector<MetricFamily>& out, MetricFamily family) {
  if (!family.metric.empty()) out.push_back(std::move(family));
}

}  // namespace

GenaiMetrics::Row::Row(bool is_inference)
    : inference{is_inference}, duration{duration_bounds()}, first_chunk{duration_bounds()}, input{token_bounds()}, output{token_bounds()} {}

GenaiMetrics::Row& GenaiMetrics::row_of(const Event& e, std::string_view operation) {
  const std::string_view provider = providers_.admit(provider_name(e.provider)), error = error_type(e);
  std::string_view asked = models_.admit(e.model_requested), answered = models_.admit(e.model_actual);
  const auto make_key = [&] {
    key_.clear();
    for (const std::string_view part : {operation, provider, asked, answered, error}) key_.append(part).append(1, '\0');
  };
  make_key();
  auto found = rows_.find(key_);
  if (found == rows_.end() && rows_.size() >= kRows) {
    asked = answered = kOther;
    make_key();
    found = rows_.find(key_);
  }
  if (found != rows_.end()) return *found->second;
  auto row = std::make_unique<Row>(operation != "embeddings");
  const std::pair<const char*, std::string_view> attributes[] = {{"gen_ai.operation.name", operation},
                                                                 {"gen_ai.provider.name", provider},
                                                                 {"gen_ai.request.model", asked},
                                                                 {"gen_ai.response.model", answered},
                                                                 {"error.type", error}};
  for (const auto& [name, value] : attributes)
    if (!value.empty()) row->labels.push_back({name, std::string{value}});
  return *rows_.emplace(key_, std::move(row)).first->second;
}

void GenaiMetrics::count(const Event& e) {
  if (!options_.genai) return;
  const std::string_view operation = operation_of(e.method, e.endpoint);
  if (operation.empty()) return;
  const std::lock_guard hold{mutex_};
  Row& row = row_of(e, operation);
  row.duration.Observe(static_cast<double>(e.latency_us) / 1e6);
  if (e.streaming && e.ttfb_us >= 0) row.first_chunk.Observe(static_cast<double>(e.ttfb_us) / 1e6);
  if (!has_usage(e) || operation == "fetch_response") return;
  row.told = true;
  if (e.tokens_input >= 0) row.input.Observe(static_cast<double>(e.tokens_input));
  if (e.tokens_output >= 0) row.output.Observe(static_cast<double>(e.tokens_output));
  const std::int64_t tokens[kKinds] = {e.tokens_input, e.tokens_output, e.tokens_cached, e.tokens_cache_write, e.tokens_reasoning};
  for (std::size_t i = 0; i < kKinds; ++i) row.tokens[i] += static_cast<double>(std::max<std::int64_t>(tokens[i], 0));
}

std::vector<MetricFamily> GenaiMetrics::collect() const {
  std::vector<MetricFamily> out;
  const std::lock_guard hold{mutex_};
  add_durations(out);
  if (options_.conventions == Conventions::latest)
    add_tokens(out);
  else
    add_token_histogram(out);
  return out;
}

// Embeddings kept the name that all operations had.
void GenaiMetrics::add_durations(std::vector<MetricFamily>& out) const {
  const GenaiNames names = names_of(options_.conventions), old = names_of(Conventions::v1_41);
  MetricFamily inference{std::string{names.duration}, "Duration of an operation.", MetricType::Histogram, {}};
  MetricFamily others{std::string{old.duration}, "Duration of an operation.", MetricType::Histogram, {}};
  MetricFamily first{std::string{names.first_chunk}, "Time to the first chunk of a stream.", MetricType::Histogram, {}};
  for (const auto& [key, row] : rows_) {
    (row->inference || names.duration == old.duration ? inference : others).metric.push_back(labelled(row->duration, row->labels));
    ClientMetric chunk = labelled(row->first_chunk, row->labels);
    if (chunk.histogram.sample_count > 0) first.metric.push_back(std::move(chunk));
  }
  for (MetricFamily* family : {&inference, &others, &first}) keep(out, std::move(*family));
}

void GenaiMetrics::add_tokens(std::vector<MetricFamily>& out) const {
  for (std::size_t i = 0; i < kKinds; ++i) {
    MetricFamily family{"gen_ai.client.inference.usage." + std::string{kLastly[i]}, "Tokens as the provider reported them.", MetricType::Counter, {}};
    for (const auto& [key, row] : rows_) {
      if (!row->told || (i > 1 && row->tokens[i] == 0)) continue;
      ClientMetric& made = family.metric.emplace_back();
      made.label = row->labels;
      made.counter.value = row->tokens[i];
    }
    keep(out, std::move(family));
  }
}

void GenaiMetrics::add_token_histogram(std::vector<MetricFamily>& out) const {
  MetricFamily family{"gen_ai.client.token.usage", "Tokens of an operation as the provider reported them.", MetricType::Histogram, {}};
  for (const auto& [key, row] : rows_) {
    if (!row->told) continue;
    for (const auto& [type, histogram] : {std::pair{"input", &row->input}, std::pair{"output", &row->output}}) {
      ClientMetric made = labelled(*histogram, row->labels);
      made.label.push_back({"gen_ai.token.type", type});
      family.metric.push_back(std::move(made));
    }
  }
  keep(out, std::move(family));
}

}  // namespace lectr::telemetry
