// Events for tests: every field set, and told apart by a number.
#pragma once

#include <tuple>

#include "lectr/base/event.hpp"

namespace lectr::events {

inline Uuid id_of(std::uint64_t n) {
  Uuid id;
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(1'760'000'000'000u >> (40 - 8 * i));  // when sample_event() ends
  id.bytes[6] = 0x70;
  id.bytes[8] = 0x80;
  for (int i = 0; i < 6; ++i) id.bytes[15 - static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(n >> (8 * i));
  return id;
}
inline std::uint64_t number_of(const Uuid& id) {
  std::uint64_t n = 0;
  for (std::size_t i = 10; i < 16; ++i) n = n << 8 | id.bytes[i];
  return n;
}

inline Event sample_event(std::uint64_t n) {
  Event e;
  e.id = id_of(n);
  e.completed_at_us = 1'760'000'000'000'000 + static_cast<std::int64_t>(n);
  e.org_id = 7, e.key_id = 11;
  e.provider = "openai", e.endpoint = "/v1/chat/completions", e.method = "POST";
  e.model_requested = "gpt-4o-mini", e.model_actual = "gpt-4o-mini-2024-07-18";
  e.feature = "support-chat", e.task = "classification", e.rule = "cheap first", e.notes = "retried_stale";
  e.why = "r:cheap%20first t:openai/gpt-4o-mini=429,35ms", e.control_version = 12;
  e.provider_request_id = "req_0123456789abcdef0123456789abcdef", e.error_code = "rate_limit_exceeded";
  e.status = 429, e.error_category = ErrorCategory::rate, e.error_source = ErrorSource::provider, e.verdict = Verdict::complete;
  e.streaming = true, e.attempts = 2, e.client_retry = 1;
  e.latency_us = 812'345, e.ttfb_us = 123'456, e.bytes_in = 4'321, e.bytes_out = 98'765;
  e.token_source = TokenSource::measured;
  e.tokens_input = 1'000, e.tokens_output = 200, e.tokens_cached = 30, e.tokens_cache_write = 4, e.tokens_reasoning = 50, e.tokens_audio = 0;
  e.tokens_output_low = 190, e.tokens_output_high = 210;
  e.cost = Money{270'000'000'000}, e.cost_low = Money{264'000'000'000}, e.cost_high = Money{276'000'000'000}, e.saved_high = Money{1};
  e.cost_source = CostSource::price_table, e.price_version = "builtin-2026-11-10";
  e.trace = {.trace_id = {0x4b, 0xf9}, .parent_id = {1, 2, 3, 4, 5, 6, 7, 8}, .flags = 1};
  return e;
}

inline auto all_of(const Event& e) {
  return std::tuple{std::tie(e.id, e.completed_at_us, e.org_id, e.key_id, e.provider, e.endpoint, e.method, e.model_requested, e.model_actual,
                             e.feature, e.task, e.rule, e.notes, e.provider_request_id, e.error_code),
                    std::tie(e.status, e.error_category, e.error_source, e.verdict, e.streaming, e.attempts, e.client_retry, e.latency_us, e.ttfb_us,
                             e.bytes_in, e.bytes_out, e.token_source, e.tokens_input, e.tokens_output, e.tokens_cached, e.tokens_cache_write),
                    std::tie(e.tokens_reasoning, e.tokens_audio, e.tokens_output_low, e.tokens_output_high, e.cost, e.cost_low, e.cost_high,
                             e.saved_high, e.cost_source, e.price_version, e.why, e.control_version, e.trace)};
}

}  // namespace lectr::events
