#include "lectr/telemetry/metrics.hpp"

#include <gtest/gtest.h>
#include <prometheus/metric_family.h>

#include <algorithm>
#include <map>

#include "row.hpp"
#include "telemetry/label_cap.hpp"

namespace lectr::telemetry {
namespace {

using Labels = std::map<std::string, std::string>;
Labels labels_of(const prometheus::ClientMetric& m) {
  Labels out;
  for (const auto& label : m.label) out[label.name] = label.value;
  return out;
}

std::vector<prometheus::ClientMetric> samples(const Metrics& metrics, const std::string& name) {
  for (auto& family : metrics.collect({}))
    if (family.name == name) return family.metric;
  return {};
}

double sum(const Metrics& metrics, const std::string& name, const Labels& with = {}) {
  double out = 0;
  for (const auto& m : samples(metrics, name)) {
    const Labels has = labels_of(m);
    if (std::includes(has.begin(), has.end(), with.begin(), with.end())) out += m.counter.value;
  }
  return out;
}

TEST(LabelCap, TheFirstKeepTheirNamesAndAllTextIsWellFormed) {
  LabelCap cap{2};
  EXPECT_EQ(cap.admit("a"), "a");
  EXPECT_EQ(cap.admit("\xFF"), "\xEF\xBF\xBD");
  EXPECT_EQ(cap.admit("c"), kOther);
  EXPECT_EQ(cap.admit("a"), "a");
  EXPECT_EQ(cap.admit("\xFF"), "\xEF\xBF\xBD");
}

TEST(Metrics, CountsARow) {
  Metrics metrics{{}};
  metrics.count(row());
  const auto requests = samples(metrics, "lectr_requests_total");
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(labels_of(requests[0]), (Labels{{"provider", "openai"}, {"model", "gpt-4o-mini"}, {"feature", "support"}, {"status_class", "2xx"}}));
  EXPECT_EQ(sum(metrics, "lectr_tokens_total", {{"kind", "input"}, {"source", "provider"}}), 40);
  EXPECT_EQ(sum(metrics, "lectr_tokens_total", {{"kind", "output"}}), 9);
  EXPECT_EQ(sum(metrics, "lectr_tokens_total", {{"kind", "reasoning"}}), 0);  // -1 is no number of tokens
  EXPECT_EQ(sum(metrics, "lectr_cost_dollars_total"), 0.25);
  EXPECT_EQ(sum(metrics, "lectr_upstream_attempts_total"), 1);
  EXPECT_EQ(sum(metrics, "lectr_errors_total"), 0);
  const auto durations = samples(metrics, "lectr_request_duration_seconds");
  ASSERT_EQ(durations.size(), 1u);
  EXPECT_EQ(durations[0].histogram.sample_sum, 1.5);
  for (const auto& bucket : durations[0].histogram.bucket)
    EXPECT_EQ(bucket.cumulative_count, bucket.upper_bound >= 1.5 ? 1u : 0u) << bucket.upper_bound;
}

TEST(Metrics, CountsWhatWentWrong) {
  Metrics metrics{{}};
  Event e = row();
  e.status = 429, e.error_source = ErrorSource::provider, e.error_category = ErrorCategory::rate;
  e.token_source = TokenSource::none, e.cost.reset(), e.ttfb_us = -1;
  metrics.count(e);
  e.status = 499, e.error_source = ErrorSource::client, e.error_category = ErrorCategory::client_gone, e.verdict = Verdict::client_gone;
  e.token_source = TokenSource::measured, e.cost_source = CostSource::unknown_model;
  metrics.count(e);
  EXPECT_EQ(sum(metrics, "lectr_requests_total", {{"status_class", "4xx"}}), 2);
  EXPECT_EQ(sum(metrics, "lectr_errors_total", {{"source", "provider"}, {"category", "rate"}}), 1);
  EXPECT_EQ(sum(metrics, "lectr_errors_total", {{"source", "client"}, {"category", "client_gone"}}), 1);
  EXPECT_EQ(sum(metrics, "lectr_streams_total", {{"verdict", "client_gone"}}), 1);
  EXPECT_EQ(sum(metrics, "lectr_tokens_total", {{"source", "measured"}, {"kind", "output"}}), 9);
  EXPECT_EQ(sum(metrics, "lectr_unpriced_requests_total"), 1);
  EXPECT_EQ(samples(metrics, "lectr_time_to_first_byte_seconds")[0].histogram.sample_count, 0u);
}

TEST(Metrics, TenThousandTagsEndInOtherAndNoneIsLost) {
  Metrics metrics{{}};
  for (int i = 0; i < 10'000; ++i) metrics.count(row("tag-" + std::to_string(i)));
  EXPECT_EQ(samples(metrics, "lectr_requests_total").size(), 201u);
  EXPECT_EQ(sum(metrics, "lectr_requests_total"), 10'000);
  EXPECT_EQ(sum(metrics, "lectr_requests_total", {{"feature", "other"}}), 9'800);
  EXPECT_EQ(sum(metrics, "lectr_label_overflow_total", {{"label", "feature"}}), 9'800);
  EXPECT_EQ(sum(metrics, "lectr_tokens_total", {{"kind", "input"}}), 400'000);
}

TEST(Metrics, AllRowsTogetherHaveABound) {
  Metrics metrics{{}};
  for (int model = 0; model < 100; ++model)
    for (int feature = 0; feature < 100; ++feature) metrics.count(row("f" + std::to_string(feature), "m" + std::to_string(model)));
  EXPECT_EQ(samples(metrics, "lectr_requests_total").size(), 2001u);
  EXPECT_EQ(sum(metrics, "lectr_requests_total"), 10'000);
  EXPECT_EQ(sum(metrics, "lectr_requests_total", {{"feature", "other"}, {"model", "other"}}), 8'000);
  EXPECT_EQ(sum(metrics, "lectr_label_overflow_total", {{"label", "series"}}), 8'000);
}

TEST(Metrics, OrgsAreALabelWhereWanted) {
  MetricsOptions options;
  options.orgs = true, options.orgs_told = 1;
  Metrics metrics{options};
  Event e = row();
  metrics.count(e);
  e.org_id = 8;
  metrics.count(e);
  EXPECT_EQ(sum(metrics, "lectr_requests_total", {{"org", "7"}}), 1);
  EXPECT_EQ(sum(metrics, "lectr_requests_total", {{"org", "other"}}), 1);
}

TEST(Metrics, TextIsPrometheus) {
  Metrics metrics{{}};
  metrics.count(row("a \"quoted\"\\tag"));
  ProcessState state;
  state.version = "1.2.3", state.events_dropped = 3;
  const std::string text = metrics.text(state);
  EXPECT_NE(text.find("# TYPE lectr_requests_total counter\n"), text.npos);
  EXPECT_NE(text.find(R"(feature="a \"quoted\"\\tag")"), text.npos) << text;
  EXPECT_NE(text.find("\nlectr_events_dropped_total 3\n"), text.npos);
  EXPECT_NE(text.find("\nlectr_build_info{version=\"1.2.3\"} 1\n"), text.npos);
  EXPECT_EQ(text.find("lectr_redis_up"), text.npos) << "without Redis it says nothing of it";
}

}  // namespace
}  // namespace lectr::telemetry
