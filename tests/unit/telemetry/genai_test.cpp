#include "telemetry/genai.hpp"

#include <gtest/gtest.h>
#include <prometheus/metric_family.h>

#include <map>

#include "row.hpp"

namespace lectr::telemetry {
namespace {

TEST(Genai, NamesOperations) {
  const struct {
    const char *method, *endpoint, *operation;
  } cases[] = {
      {"POST", "/v1/chat/completions", "chat"},
      {"POST", "/openai/deployments/{id}/chat/completions", "chat"},
      {"POST", "/v1/responses", "chat"},
      {"POST", "/v1/messages", "chat"},
      {"POST", "/v1/projects/{id}/models/{id}:streamRawPredict", "chat"},
      {"POST", "/model/{id}/converse-stream", "chat"},
      {"POST", "/v1/completions", "text_completion"},
      {"POST", "/v1/embeddings", "embeddings"},
      {"POST", "/v1beta/models/{id}:batchEmbedContents", "embeddings"},
      {"POST", "/v1beta/models/{id}:streamGenerateContent", "generate_content"},
      {"GET", "/v1/responses/{id}", "fetch_response"},
      {"GET", "/v1/chat/completions", ""},
      {"POST", "/v1/messages/count_tokens", ""},
      {"POST", "/v1/messages/batches", ""},
      {"GET", "/v1/models", ""},
      {"POST", "/v1/files", ""},
      {"POST", "other", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(operation_of(c.method, c.endpoint), c.operation) << c.method << ' ' << c.endpoint;
}

TEST(Genai, NamesProviders) {
  EXPECT_EQ(provider_name("openai"), "openai");
  EXPECT_EQ(provider_name("gemini"), "gcp.gemini");
  EXPECT_EQ(provider_name("azure"), "azure.ai.openai");
  EXPECT_EQ(provider_name("xai"), "x_ai");
  EXPECT_EQ(provider_name("openrouter"), "openrouter");
}

std::map<std::string, prometheus::MetricFamily> families(Conventions conventions, const Event& event) {
  MetricsOptions options;
  options.genai = true, options.conventions = conventions;
  Metrics metrics{options};
  metrics.count(event);
  std::map<std::string, prometheus::MetricFamily> out;
  for (auto& family : metrics.collect_genai()) out.emplace(family.name, family);
  return out;
}

TEST(Genai, LatestInstruments) {
  Event e = row();
  e.streaming = true;
  const auto all = families(Conventions::latest, e);
  EXPECT_EQ(all.size(), 5u);
  EXPECT_EQ(all.at("gen_ai.client.inference.duration").metric.at(0).histogram.sample_sum, 1.5);
  EXPECT_EQ(all.at("gen_ai.client.inference.time_to_first_chunk").metric.at(0).histogram.sample_sum, 0.25);
  EXPECT_EQ(all.at("gen_ai.client.inference.usage.input_tokens").metric.at(0).counter.value, 40);
  EXPECT_EQ(all.at("gen_ai.client.inference.usage.output_tokens").metric.at(0).counter.value, 9);
  EXPECT_EQ(all.at("gen_ai.client.inference.usage.cache_read.input_tokens").metric.at(0).counter.value, 8);
}

TEST(Genai, InstrumentsOfVersion141) {
  const auto all = families(Conventions::v1_41, row());
  EXPECT_EQ(all.size(), 2u);
  EXPECT_EQ(all.at("gen_ai.client.operation.duration").metric.at(0).histogram.sample_count, 1u);
  const auto& usage = all.at("gen_ai.client.token.usage").metric;
  ASSERT_EQ(usage.size(), 2u);
  EXPECT_EQ(usage[0].label.back().value, "input");
  EXPECT_EQ(usage[0].histogram.sample_sum, 40);
  EXPECT_EQ(usage[1].histogram.sample_sum, 9);
}

TEST(Genai, EmbeddingsKeepTheOldName) {
  Event e = row();
  e.endpoint = "/v1/embeddings";
  EXPECT_TRUE(families(Conventions::latest, e).contains("gen_ai.client.operation.duration"));
}

TEST(Genai, MeasuredTokensAreInNoCount) {
  Event e = row();
  e.token_source = TokenSource::measured;
  EXPECT_EQ(families(Conventions::latest, e).size(), 1u);
  EXPECT_EQ(families(Conventions::v1_41, e).size(), 1u);
}

TEST(Genai, WhatIsNoInferenceIsInNone) {
  Event e = row();
  e.method = "GET", e.endpoint = "/v1/models";
  EXPECT_TRUE(families(Conventions::latest, e).empty());
}

TEST(Genai, RowsHaveABound) {
  MetricsOptions options;
  options.genai = true, options.models = 5000;
  Metrics metrics{options};
  for (int i = 0; i < 3000; ++i) metrics.count(row("f", "m" + std::to_string(i)));
  const auto all = metrics.collect_genai();
  EXPECT_EQ(all.at(0).metric.size(), 1001u);
  std::uint64_t sum = 0;
  for (const auto& m : all.at(0).metric) sum += m.histogram.sample_count;
  EXPECT_EQ(sum, 3000u);
}

}  // namespace
}  // namespace lectr::telemetry
