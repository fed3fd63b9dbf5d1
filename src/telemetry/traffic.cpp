#include "telemetry/traffic.hpp"

namespace lectr::telemetry {
namespace {

constexpr const char* kTokenKinds[] = {"input", "output", "cached", "cache_write", "reasoning"};

prometheus::Family<prometheus::Counter>& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
prometheus::Family<prometheus::Histogram>& histogram(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

prometheus::Labels with(prometheus::Labels labels, const char* name, std::string_view value) {
  labels.emplace(name, value);
  return labels;
}

// The counter of one more label's value: few values, all of them our own words.
template <class Labels>
prometheus::Counter& by(TextMap<prometheus::Counter*>& known, prometheus::Family<prometheus::Counter>& family, std::string_view key, Labels labels) {
  const auto found = known.find(key);
  if (found != known.end()) return *found->second;
  return *known.emplace(key, &family.Add(labels())).first->second;
}

void add(prometheus::Counter*& to, prometheus::Family<prometheus::Counter>& family, const prometheus::Labels& labels, double much) {
  if (!to) to = &family.Add(labels);
  if (much > 0) to->Increment(much);
}

double seconds(std::int64_t us) noexcept { return static_cast<double>(us) / 1e6; }

}  // namespace

const prometheus::Histogram::BucketBoundaries& duration_bounds() {
  static const prometheus::Histogram::BucketBoundaries bounds = [] {
    prometheus::Histogram::BucketBoundaries out;
    for (double at = 0.01; at < 700; at *= 2) out.push_back(at);
    return out;
  }();
  return bounds;
}

std::string_view status_class(unsigned status) noexcept {
  static constexpr std::string_view kClasses[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
  return status < 600 ? kClasses[status / 100] : kClasses[0];
}

Traffic::Traffic(prometheus::Registry& r, const MetricsOptions& options)
    : options_{options},
      orgs_{options.orgs_told},
      providers_{kProviders},
      models_{options.models},
      features_{options.features},
      requests_{counter(r, "lectr_requests_total", "Finished requests that an org could be told of.")},
      tokens_{counter(r, "lectr_tokens_total", "Tokens; cached and cache_write are part of input, reasoning is part of output.")},
      cost_{counter(r, "lectr_cost_dollars_total", "Cost in US dollars as priced here; rows have the exact sums.")},
      unpriced_{counter(r, "lectr_unpriced_requests_total", "Requests with tokens whose model has no price: their cost is in no sum.")},
      errors_{counter(r, "lectr_errors_total", "Requests that did not end well, by who caused it and of what kind it was.")},
      streams_{counter(r, "lectr_streams_total", "Streamed answers by how they ended.")},
      attempts_{counter(r, "lectr_upstream_attempts_total", "Requests sent to providers, under the provider that had the last one.")},
      bytes_in_{counter(r, "lectr_request_bytes_total", "Bytes of request bodies.")},
      bytes_out_{counter(r, "lectr_response_bytes_total", "Bytes of answers' bodies.")},
      beyond_{counter(r, "lectr_label_overflow_total", "Requests counted under a label's value other, as the bound of that label was reached.")},
      duration_{histogram(r, "lectr_request_duration_seconds", "From the request's complete head to the last byte out.")},
      first_byte_{histogram(r, "lectr_time_to_first_byte_seconds", "From the request's complete head to the provider's first byte.")},
      beyond_orgs_{beyond_.Add({{"label", "org"}})},
      beyond_models_{beyond_.Add({{"label", "model"}})},
      beyond_features_{beyond_.Add({{"label", "feature"}})},
      beyond_rows_{beyond_.Add({{"label", "series"}})} {}

std::string_view Traffic::admit(LabelCap& cap, std::string_view value, Counter& beyond) {
  const std::string_view out = cap.admit(value);
  if (out.data() == kOther.data()) beyond.Increment();
  return out;
}

void Traffic::count(const Event& e) {
  const std::string_view provider = providers_.admit(e.provider);
  const std::string_view model = admit(models_, e.model_actual.empty() ? e.model_requested : e.model_actual, beyond_models_);
  const std::string_view feature = admit(features_, e.feature, beyond_features_);
  const std::string_view org = options_.orgs ? admit(orgs_, std::to_string(e.org_id), beyond_orgs_) : std::string_view{};
  Row& row = row_of(org, provider, model, feature);
  const std::string_view status = status_class(e.status);
  by(row.by_status, requests_, status, [&] { return with(row.labels, "status_class", status); }).Increment();
  count_tokens(row, e);
  if (e.cost) add(row.cost, cost_, row.labels, static_cast<double>(e.cost->femto) / static_cast<double>(Money::kPerDollar));

  ModelRow& of_model = model_row_of(provider, model);
  of_model.duration->Observe(seconds(e.latency_us));
  if (e.ttfb_us >= 0) of_model.first_byte->Observe(seconds(e.ttfb_us));
  if (e.cost_source == CostSource::unknown_model) add(of_model.unpriced, unpriced_, of_model.labels, 1);

  ProviderRow& of_provider = provider_row_of(provider);
  add(of_provider.attempts, attempts_, of_provider.labels, e.attempts);
  add(of_provider.bytes_in, bytes_in_, of_provider.labels, static_cast<double>(e.bytes_in));
  add(of_provider.bytes_out, bytes_out_, of_provider.labels, static_cast<double>(e.bytes_out));
  count_errors(of_provider, e);
}

void Traffic::count_tokens(Row& row, const Event& e) {
  if (e.token_source == TokenSource::none) return;
  const bool measured = e.token_source == TokenSource::measured;
  const std::int64_t tokens[kKinds] = {e.tokens_input, e.tokens_output, e.tokens_cached, e.tokens_cache_write, e.tokens_reasoning};
  for (std::size_t i = 0; i < kKinds; ++i) {
    if (tokens[i] <= 0) continue;
    Counter*& counter = row.tokens[measured ? 1 : 0][i];
    if (!counter) counter = &tokens_.Add(with(with(row.labels, "kind", kTokenKinds[i]), "source", measured ? "measured" : "provider"));
    counter->Increment(static_cast<double>(tokens[i]));
  }
}

void Traffic::count_errors(ProviderRow& row, const Event& e) {
  if (e.verdict != Verdict::none) {
    const std::string_view verdict = to_text(e.verdict);
    by(row.streams, streams_, verdict, [&] { return with(row.labels, "verdict", verdict); }).Increment();
  }
  if (e.error_source == ErrorSource::none) return;
  const std::string_view source = to_text(e.error_source), category = to_text(e.error_category);
  key_.assign(source).append(1, '\0').append(category);
  by(row.errors, errors_, key_, [&] { return with(with(row.labels, "source", source), "category", category); }).Increment();
}

Traffic::Row& Traffic::row_of(std::string_view org, std::string_view provider, std::string_view model, std::string_view feature) {
  const auto make_key = [&] { key_.assign(org).append(1, '\0').append(provider).append(1, '\0').append(model).append(1, '\0').append(feature); };
  make_key();
  auto found = rows_.find(key_);
  if (found != rows_.end()) return found->second;
  if (rows_.size() >= options_.rows) {
    // One row for each org and provider takes all that is left.
    beyond_rows_.Increment();
    model = feature = kOther;
    make_key();
    found = rows_.find(key_);
    if (found != rows_.end()) return found->second;
  }
  Row row;
  if (options_.orgs) row.labels.emplace("org", org);
  row.labels.emplace("provider", provider);
  row.labels.emplace("model", model);
  row.labels.emplace("feature", feature);
  return rows_.emplace(key_, std::move(row)).first->second;
}

Traffic::ModelRow& Traffic::model_row_of(std::string_view provider, std::string_view model) {
  const auto make_key = [&] { key_.assign(provider).append(1, '\0').append(model); };
  make_key();
  auto found = model_rows_.find(key_);
  if (found != model_rows_.end()) return found->second;
  if (model_rows_.size() >= kModelRows) {
    model = kOther;
    make_key();
    found = model_rows_.find(key_);
    if (found != model_rows_.end()) return found->second;
  }
  ModelRow row;
  row.labels = {{"provider", std::string{provider}}, {"model", std::string{model}}};
  row.duration = &duration_.Add(row.labels, duration_bounds());
  row.first_byte = &first_byte_.Add(row.labels, duration_bounds());
  return model_rows_.emplace(key_, std::move(row)).first->second;
}

Traffic::ProviderRow& Traffic::provider_row_of(std::string_view provider) {
  const auto found = provider_rows_.find(provider);
  if (found != provider_rows_.end()) return found->second;
  ProviderRow row;
  row.labels = {{"provider", std::string{provider}}};
  return provider_rows_.emplace(provider, std::move(row)).first->second;
}

}  // namespace lectr::telemetry
