// What OpenTelemetry's GenAI conventions call things that rows call otherwise. Pure. The conventions stand in
// open-telemetry/semantic-conventions-genai; v1.41 of the general ones was the last that held them.
#pragma once

#include <string_view>

#include "lectr/base/event.hpp"
#include "lectr/telemetry/metrics.hpp"

namespace lectr::telemetry {

// gen_ai.operation.name of a row's method and endpoint: chat, text_completion, embeddings, generate_content, fetch_response. Empty: no inference.
std::string_view operation_of(std::string_view method, std::string_view endpoint) noexcept;

// gen_ai.provider.name: the well-known value where there is one, else our own name.
std::string_view provider_name(std::string_view provider) noexcept;

// error.type; empty: it ended well.
std::string_view error_type(const Event& event) noexcept;

// Numbers of tokens that a provider reported. The conventions want none where there is none, so counts measured here are not given as if they were.
inline bool has_usage(const Event& event) noexcept { return event.token_source == TokenSource::provider; }

// Names that differ.
struct GenaiNames {
  std::string_view duration, first_chunk, cache_write_tokens;
};
constexpr GenaiNames names_of(Conventions c) noexcept {
  return c == Conventions::latest
             ? GenaiNames{"gen_ai.client.inference.duration", "gen_ai.client.inference.time_to_first_chunk", "gen_ai.usage.cache_write.input_tokens"}
             : GenaiNames{"gen_ai.client.operation.duration", "gen_ai.client.operation.time_to_first_chunk",
                          "gen_ai.usage.cache_creation.input_tokens"};
}

}  // namespace lectr::telemetry
