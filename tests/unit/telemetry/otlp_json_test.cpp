// Field by field against the protocol; tests/proxy/test_telemetry.py reads the same with the protocol's own classes.
#include "telemetry/otlp_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "row.hpp"

namespace lectr::telemetry {
namespace {

using Json = nlohmann::json;

Json attribute(const Json& of, const std::string& key) {
  for (const auto& a : of.at("attributes"))
    if (a.at("key") == key) return a.at("value");
  return nullptr;
}

Json span(const Event& e, Conventions conventions = Conventions::latest) {
  return Json::parse(span_json(e, conventions, ServerAddress{"api.example", 443}));
}

TEST(OtlpJson, ASpanWithoutACallersTraceIsFoundByItsRequestId) {
  const Json s = span(row());
  EXPECT_EQ(s.at("traceId"), "101112131415161718191a1b1c1d1e1f");
  EXPECT_EQ(s.at("spanId"), "18191a1b1c1d1e1f");
  EXPECT_FALSE(s.contains("parentSpanId"));
  EXPECT_EQ(s.at("name"), "chat gpt-4o-mini");
  EXPECT_EQ(s.at("kind"), 3);
  EXPECT_EQ(s.at("startTimeUnixNano"), "1759999998500000000");
  EXPECT_EQ(s.at("endTimeUnixNano"), "1760000000000000000");
  EXPECT_FALSE(s.contains("status"));
  EXPECT_EQ(attribute(s, "gen_ai.usage.input_tokens"), (Json{{"intValue", "40"}}));
  EXPECT_EQ(attribute(s, "gen_ai.provider.name"), (Json{{"stringValue", "openai"}}));
  EXPECT_EQ(attribute(s, "gen_ai.request.stream"), (Json{{"boolValue", false}}));
  EXPECT_EQ(attribute(s, "server.address"), (Json{{"stringValue", "api.example"}}));
  EXPECT_EQ(attribute(s, "lectr.cost.dollars"), (Json{{"stringValue", "0.25"}}));
  EXPECT_EQ(attribute(s, "lectr.request.id"), (Json{{"stringValue", "10111213-1415-1617-1819-1a1b1c1d1e1f"}}));
  EXPECT_EQ(attribute(s, "gen_ai.usage.reasoning.output_tokens"), nullptr);
}

TEST(OtlpJson, ASpanIsAChildOfTheCallers) {
  Event e = row();
  e.trace = parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  const Json s = span(e);
  EXPECT_EQ(s.at("traceId"), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(s.at("parentSpanId"), "00f067aa0ba902b7");
  EXPECT_EQ(s.at("spanId"), "18191a1b1c1d1e1f");
  EXPECT_EQ(s.at("flags"), 0x301);
}

TEST(OtlpJson, SpellsCacheWritesAsTheConventionsDo) {
  Event e = row();
  e.tokens_cache_write = 5, e.streaming = true;
  const Json latest = span(e), old = span(e, Conventions::v1_41);
  EXPECT_EQ(attribute(latest, "gen_ai.usage.cache_write.input_tokens"), (Json{{"intValue", "5"}}));
  EXPECT_EQ(attribute(latest, "gen_ai.usage.cache_creation.input_tokens"), nullptr);
  EXPECT_EQ(attribute(old, "gen_ai.usage.cache_creation.input_tokens"), (Json{{"intValue", "5"}}));
  EXPECT_EQ(attribute(old, "gen_ai.request.stream"), nullptr);
  EXPECT_EQ(attribute(latest, "gen_ai.response.time_to_first_chunk"), (Json{{"doubleValue", 0.25}}));
}

TEST(OtlpJson, ErrorsAreErrorsAndLeavingIsNone) {
  Event e = row();
  e.status = 429, e.error_source = ErrorSource::provider, e.error_category = ErrorCategory::rate;
  EXPECT_EQ(span(e).at("status"), (Json{{"code", 2}}));
  EXPECT_EQ(attribute(span(e), "error.type"), (Json{{"stringValue", "rate"}}));
  e.error_source = ErrorSource::client, e.error_category = ErrorCategory::client_gone;
  EXPECT_FALSE(span(e).contains("status"));
  EXPECT_EQ(attribute(span(e), "error.type"), (Json{{"stringValue", "client_gone"}}));
}

TEST(OtlpJson, MeasuredTokensAreNotGivenAsReported) {
  Event e = row();
  e.token_source = TokenSource::measured;
  EXPECT_EQ(attribute(span(e), "gen_ai.usage.output_tokens"), nullptr);
  EXPECT_EQ(attribute(span(e), "lectr.usage.output_tokens_measured"), (Json{{"intValue", "9"}}));
}

TEST(OtlpJson, WhatIsNoInferenceIsNamedByItsPath) {
  Event e = row();
  e.method = "GET", e.endpoint = "/v1/models";
  EXPECT_EQ(span(e).at("name"), "GET /v1/models");
  EXPECT_EQ(attribute(span(e), "gen_ai.operation.name"), nullptr);
}

TEST(OtlpJson, BytesThatAreNoTextDoNoHarm) {
  const Json s = span(row("\xFF\x01", "m\xC3"));
  EXPECT_EQ(attribute(s, "lectr.feature"), (Json{{"stringValue", "\xEF\xBF\xBD\x01"}}));
}

TEST(OtlpJson, SpansStandInTheirEnvelope) {
  const std::string spans[] = {span_json(row(), Conventions::latest, {}), span_json(row(), Conventions::latest, {})};
  const Json j = Json::parse(traces_json({"gateway", "1.0", "id"}, spans));
  const Json& of = j.at("resourceSpans").at(0);
  EXPECT_EQ(attribute(of.at("resource"), "service.name"), (Json{{"stringValue", "gateway"}}));
  EXPECT_EQ(of.at("scopeSpans").at(0).at("spans").size(), 2u);
}

TEST(OtlpJson, MetricsKeepTheirKinds) {
  Metrics metrics{{}};
  metrics.count(row());
  const auto families = metrics.collect({});
  const Scope scopes[] = {{"lectr", families}};
  const Json j = Json::parse(metrics_json({"lectr", "1", "id"}, scopes, 1'000'000, 2'000'000));
  std::map<std::string, Json> by_name;
  for (const auto& m : j.at("resourceMetrics").at(0).at("scopeMetrics").at(0).at("metrics")) by_name[m.at("name")] = m;
  const Json sum = by_name.at("lectr_requests_total").at("sum");
  EXPECT_EQ(sum.at("aggregationTemporality"), 2);
  EXPECT_EQ(sum.at("isMonotonic"), true);
  EXPECT_EQ(sum.at("dataPoints").at(0).at("startTimeUnixNano"), "1000000000");
  EXPECT_EQ(sum.at("dataPoints").at(0).at("asDouble"), 1.0);
  const Json point = by_name.at("lectr_request_duration_seconds").at("histogram").at("dataPoints").at(0);
  EXPECT_EQ(by_name.at("lectr_request_duration_seconds").at("unit"), "s");
  EXPECT_EQ(point.at("bucketCounts").size(), point.at("explicitBounds").size() + 1);
  EXPECT_EQ(point.at("count"), "1");
  int in_buckets = 0;
  for (const auto& count : point.at("bucketCounts")) in_buckets += std::stoi(count.get<std::string>());
  EXPECT_EQ(in_buckets, 1);
  EXPECT_TRUE(by_name.at("lectr_connections").contains("gauge"));
}

TEST(OtlpJson, ReadsWhatAReceiverRejected) {
  EXPECT_EQ(rejected_of(R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"x"}})"), 3u);
  EXPECT_EQ(rejected_of(R"({"partialSuccess":{"rejectedDataPoints":4}})"), 4u);
  for (const char* none :
       {"", "{}", R"({"partialSuccess":{}})", R"({"partialSuccess":7})", "[1]", "not JSON", R"({"partialSuccess":{"rejectedSpans":"-"}})"})
    EXPECT_EQ(rejected_of(none), 0u) << none;
}

}  // namespace
}  // namespace lectr::telemetry
