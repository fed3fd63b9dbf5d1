// Rows as a company of three orgs would leave them over a month: row n is always the same, later n are later.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>

#include "lectr/base/event.hpp"

namespace lectr::bench {

inline constexpr std::int64_t kDay = 24ll * 3600 * 1'000'000;
inline constexpr const char* kRareFeature = "nightly-audit";

class StoreRows {
 public:
  StoreRows(std::int64_t start_us, std::int64_t rows, std::int64_t days) : start_us_{start_us}, rows_{rows}, span_us_{days * kDay} {}

  // More by day than by night: the time of a row is bent within its day, and stays in order.
  std::int64_t time_of(std::int64_t n) const {
    const double at = static_cast<double>(n) / static_cast<double>(rows_) * static_cast<double>(span_us_) / kDay, day = std::floor(at);
    const double bent = at - day - 0.1 * std::sin(2 * 3.14159265358979 * (at - day)) + 0.0;
    return start_us_ + static_cast<std::int64_t>((day + bent) * kDay);
  }

  Event row(std::int64_t n) const {
    struct Feature {
      const char *name, *task;
      int weight, first_model, models;
      KeyId key;
    };
    struct Model {
      const char *name, *answers, *provider;
      double seconds;
      std::int64_t price;
    };
    static constexpr Feature kFeatures[] = {{"support-chat", "generation", 26, 0, 2, 1},
                                            {"search-answers", "generation", 18, 1, 3, 1},
                                            {"ticket-triage", "classification", 14, 3, 2, 2},
                                            {"summaries", "summarisation", 11, 5, 2, 2},
                                            {"extraction", "extraction", 8, 6, 2, 3},
                                            {"code-review", "reasoning", 6, 8, 2, 3},
                                            {"translation", "generation", 5, 10, 2, 4},
                                            {"embeddings", "", 4, 12, 1, 4},
                                            {"agent-loop", "reasoning", 4, 4, 3, 5},
                                            {"mail-drafts", "generation", 2, 13, 2, 5},
                                            {"untagged", "", 1, 0, 4, 1},
                                            {"report-bot", "summarisation", 1, 9, 2, 2}};
    static constexpr Model kModels[] = {{"gpt-4o-mini", "gpt-4o-mini-2024-07-18", "openai", 0.9, 300},
                                        {"gpt-4o", "gpt-4o-2024-08-06", "openai", 1.6, 5'000},
                                        {"gpt-5-mini", "gpt-5-mini", "openai", 1.9, 900},
                                        {"claude-haiku-4-5", "claude-haiku-4-5", "anthropic", 1.1, 1'500},
                                        {"claude-sonnet-4-5", "claude-sonnet-4-5", "anthropic", 3.1, 6'000},
                                        {"gemini-2.5-flash", "gemini-2.5-flash", "gemini", 0.8, 700},
                                        {"gemini-2.5-pro", "gemini-2.5-pro", "gemini", 4.2, 4'000},
                                        {"llama-3.3-70b", "llama-3.3-70b", "groq", 0.5, 600},
                                        {"o3", "o3", "openai", 9.0, 4'500},
                                        {"claude-opus-4-1", "claude-opus-4-1", "anthropic", 5.5, 30'000},
                                        {"mistral-large", "mistral-large", "mistral", 2.2, 3'000},
                                        {"mistral-small", "mistral-small", "mistral", 0.9, 200},
                                        {"text-embedding-3", "text-embedding-3", "openai", 0.2, 20},
                                        {"gpt-4o-azure", "gpt-4o-2024-08-06", "azure", 1.7, 5'000},
                                        {"gpt-4o-mini-azure", "gpt-4o-mini", "azure", 1.0, 300}};
    std::uint64_t bits = static_cast<std::uint64_t>(n) * 0x9E3779B97F4A7C15u + 77;
    const auto below = [&bits](std::uint64_t limit) {  // splitmix64
      bits += 0x9E3779B97F4A7C15u;
      std::uint64_t z = bits;
      z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
      z = (z ^ z >> 27) * 0x94D049BB133111EBu;
      return static_cast<std::int64_t>((z ^ z >> 31) % limit);
    };
    const auto unit = [&below] { return (static_cast<double>(below(1'000'000)) + 0.5) / 1e6; };

    Event e;
    e.completed_at_us = time_of(n);
    const auto org = below(10);
    e.org_id = org < 6 ? 1 : org < 9 ? 2 : 3;
    auto weight = below(100);
    const Feature* feature = kFeatures;
    for (; weight >= feature->weight; ++feature) weight -= feature->weight;
    const Model& model = kModels[feature->first_model + below(static_cast<std::uint64_t>(feature->models)) * below(2)];
    const bool rare = below(50'000) == 0;
    e.feature = rare ? kRareFeature : feature->name, e.task = feature->task;
    e.key_id = e.org_id * 10 + (below(8) == 0 ? 1 + below(5) : feature->key);
    e.provider = model.provider, e.model_requested = model.name, e.model_actual = model.answers;
    e.endpoint = "/v1/chat/completions", e.method = "POST", e.price_version = "builtin-2026-11-10", e.attempts = 1;
    e.provider_request_id = "req_0123456789abcdef0123456789abcdef";
    const auto luck = below(1'000);
    e.status = 200;
    if (luck < 30) fail(e, luck);
    const double normal = std::sqrt(-2 * std::log(unit())) * std::cos(6.283185307 * unit());
    e.latency_us = static_cast<std::int64_t>(1e6 * model.seconds * std::exp(0.55 * normal));
    e.ttfb_us = luck < 10 ? -1 : e.latency_us / (3 + below(4));
    e.streaming = below(10) < 6;
    if (e.streaming) e.verdict = luck < 10 ? Verdict::truncated : Verdict::complete;
    e.bytes_in = 800 + below(20'000), e.bytes_out = 500 + below(60'000);
    if (e.status == 200) {
      e.token_source = e.streaming && below(5) == 0 ? TokenSource::measured : TokenSource::provider;
      e.tokens_input = 100 + below(4'000), e.tokens_output = 20 + below(1'200), e.tokens_cached = below(4) == 0 ? e.tokens_input / 2 : 0;
      e.cost = e.cost_low = e.cost_high = Money{(e.tokens_input / 4 + e.tokens_output) * model.price * 1'000'000};
      e.cost_source = CostSource::price_table;
    }
    e.id = id_of(e.completed_at_us - e.latency_us, static_cast<std::uint64_t>(n) * 0x9E3779B97F4A7C15u);  // odd: no two rows have one
    return e;
  }

 private:
  static void fail(Event& e, std::int64_t luck) {
    e.status = luck < 14 ? 429 : luck < 20 ? 400 : luck < 24 ? 499 : luck < 29 ? 500 : 503;
    e.error_source = e.status == 499 ? ErrorSource::client : ErrorSource::provider;
    e.error_category = e.status == 429 ? ErrorCategory::rate : e.status == 400 ? ErrorCategory::request : ErrorCategory::capacity;
  }
  static Uuid id_of(std::int64_t us, std::uint64_t bits) {
    Uuid id;
    const auto ms = static_cast<std::uint64_t>(us / 1000);
    for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    for (std::size_t i = 6; i < 8; ++i) id.bytes[i] = static_cast<std::uint8_t>(us >> (8 * i));
    for (std::size_t i = 8; i < 16; ++i) id.bytes[i] = static_cast<std::uint8_t>(bits >> (8 * (i - 8)));
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x70), id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
    return id;
  }

  std::int64_t start_us_, rows_, span_us_;
};

}  // namespace lectr::bench
