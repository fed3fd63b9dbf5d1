#include "wire/meter_paths.hpp"

namespace lectr::wire {
namespace {

constexpr PathSpec at(std::string_view path, Field field) { return {path, static_cast<std::uint8_t>(field)}; }
constexpr PathSpec text(std::string_view path) { return {path, static_cast<std::uint8_t>(Field::text), Take::text}; }

// Each path table below is a document of its API; the error object is the same nearly everywhere.
#define LECTR_ERROR_PATHS(root)                                                                                          \
  at(root "error", Field::error), at(root "error.code", Field::error_code), at(root "error.type", Field::error_type),    \
      at(root "error.status", Field::error_status), at(root "error.details.error_code", Field::error_detail),            \
      at(root "error.details[].reason", Field::error_detail), at(root "error.details[].retryDelay", Field::retry_delay), \
      at(root "error.details[].violations[].quotaId", Field::quota_id), at(root "error.innererror.code", Field::error_detail)

#define LECTR_CHAT_USAGE(root)                                                                                                                    \
  at(root "prompt_tokens", Field::input), at(root "completion_tokens", Field::output), at(root "total_tokens", Field::total),                     \
      at(root "prompt_tokens_details.cached_tokens", Field::cached), at(root "prompt_cache_hit_tokens", Field::cached),                           \
      at(root "prompt_tokens_details.cache_write_tokens", Field::cache_write),                                                                    \
      at(root "prompt_tokens_details.cache_write_tokens_details.ttl_12h_tokens", Field::cache_write_long),                                        \
      at(root "prompt_tokens_details.audio_tokens", Field::audio_input), at(root "completion_tokens_details.reasoning_tokens", Field::reasoning), \
      at(root "reasoning_tokens", Field::reasoning), at(root "completion_tokens_details.audio_tokens", Field::audio_output),                      \
      at(root "citation_tokens", Field::citation)

#define LECTR_RESPONSES_USAGE(root)                                                                                                          \
  at(root "input_tokens", Field::input), at(root "output_tokens", Field::output), at(root "total_tokens", Field::total),                     \
      at(root "input_tokens_details.cached_tokens", Field::cached), at(root "input_tokens_details.cache_write_tokens", Field::cache_write),  \
      at(root "input_tokens_details.cache_write_tokens_details.ttl_12h_tokens", Field::cache_write_long),                                    \
      at(root "cache_write_tokens_details.ttl_12h_tokens", Field::cache_write_long),                                                         \
      at(root "input_tokens_details.audio_tokens", Field::audio_input), at(root "output_tokens_details.reasoning_tokens", Field::reasoning), \
      at(root "output_tokens_details.audio_tokens", Field::audio_output)

#define LECTR_ANTHROPIC_USAGE(root)                                                                                                                  \
  at(root "input_tokens", Field::input), at(root "output_tokens", Field::output), at(root "cache_read_input_tokens", Field::cache_read_part),        \
      at(root "cache_creation_input_tokens", Field::cache_write_part), at(root "cache_creation.ephemeral_1h_input_tokens", Field::cache_write_long), \
      at(root "output_tokens_details.thinking_tokens", Field::reasoning), at(root "service_tier", Field::tier), at(root "speed", Field::speed)

constexpr PathSpec kChat[] = {
    LECTR_ERROR_PATHS(""),
    LECTR_CHAT_USAGE("usage."),
    LECTR_CHAT_USAGE("x_groq.usage."),
    at("x_groq.error", Field::error),
    at("model", Field::model),
    at("service_tier", Field::tier),
    at("type", Field::type),
    at("choices[].finish_reason", Field::finish),
    text("choices[].text"),
    text("choices[].delta.content"),
    text("choices[].delta.content[].text"),
    text("choices[].delta.reasoning_content"),
    text("choices[].delta.reasoning"),
    text("choices[].delta.refusal"),
    text("choices[].delta.tool_calls[].function.arguments"),
    text("choices[].delta.function_call.arguments"),
    text("choices[].message.content"),
    text("choices[].message.content[].text"),
    text("choices[].message.reasoning_content"),
    text("choices[].message.reasoning"),
    text("choices[].message.refusal"),
    text("choices[].message.tool_calls[].function.arguments"),
    text("choices[].message.function_call.arguments"),
};
constexpr auto kChatPaths = compile_paths(kChat);

constexpr PathSpec kResponses[] = {
    LECTR_ERROR_PATHS(""),
    at("response.error", Field::error),
    at("response.error.code", Field::error_code),
    at("code", Field::error_code),
    LECTR_RESPONSES_USAGE("usage."),
    LECTR_RESPONSES_USAGE("response.usage."),
    at("model", Field::model),
    at("response.model", Field::model),
    at("service_tier", Field::tier),
    at("response.service_tier", Field::tier),
    at("type", Field::type),
    text("delta"),
    text("output[].content[].text"),
    text("output[].content[].refusal"),
    text("output[].summary[].text"),
    text("output[].arguments"),
    text("output[].input"),
};
constexpr auto kResponsesPaths = compile_paths(kResponses);

constexpr PathSpec kAnthropic[] = {
    LECTR_ERROR_PATHS(""),
    LECTR_ANTHROPIC_USAGE("usage."),
    LECTR_ANTHROPIC_USAGE("message.usage."),
    at("model", Field::model),
    at("message.model", Field::model),
    at("type", Field::type),
    text("delta.text"),
    text("delta.thinking"),
    text("delta.partial_json"),
    text("content[].text"),
    text("content[].thinking"),
};
constexpr auto kAnthropicPaths = compile_paths(kAnthropic);

constexpr PathSpec kGemini[] = {
    LECTR_ERROR_PATHS(""),
    at("modelVersion", Field::model),
    at("usageMetadata.promptTokenCount", Field::input),
    at("usageMetadata.toolUsePromptTokenCount", Field::tool_input),
    at("usageMetadata.cachedContentTokenCount", Field::cached),
    at("usageMetadata.candidatesTokenCount", Field::output),
    at("usageMetadata.thoughtsTokenCount", Field::reasoning_part),
    at("usageMetadata.totalTokenCount", Field::total),
    at("usageMetadata.promptTokensDetails[]", Field::input_details),
    at("usageMetadata.promptTokensDetails[].modality", Field::modality),
    at("usageMetadata.promptTokensDetails[].tokenCount", Field::modality_count),
    at("usageMetadata.candidatesTokensDetails[]", Field::output_details),
    at("usageMetadata.candidatesTokensDetails[].modality", Field::modality),
    at("usageMetadata.candidatesTokensDetails[].tokenCount", Field::modality_count),
    at("usageMetadata.serviceTier", Field::tier),
    at("usageMetadata.trafficType", Field::tier),
    at("serviceTier", Field::tier),
    at("promptFeedback.blockReason", Field::blocked),
    at("candidates[].finishReason", Field::finish),
    text("candidates[].content.parts[].text"),
};
constexpr auto kGeminiPaths = compile_paths(kGemini, true);

// Endpoints without a shape of their own here: what many of them share. Images and audio report input_tokens, Ollama's own API its eval
// counts, Gemini's Interactions total_*_tokens.
constexpr PathSpec kOther[] = {
    LECTR_ERROR_PATHS(""),
    at("model", Field::model),
    at("message.model", Field::model),
    at("type", Field::type),
    at("event_type", Field::type),
    at("done", Field::done),
    at("usage.prompt_tokens", Field::input),
    at("usage.completion_tokens", Field::output),
    LECTR_RESPONSES_USAGE("usage."),
    at("prompt_eval_count", Field::input),
    at("eval_count", Field::output),
    at("usage.total_input_tokens", Field::input),
    at("usage.total_output_tokens", Field::output),
    at("usage.total_cached_tokens", Field::cached),
    at("usage.total_thought_tokens", Field::reasoning_part),
    at("usage.total_tool_use_tokens", Field::tool_input),
    at("interaction.usage.total_input_tokens", Field::input),
    at("interaction.usage.total_output_tokens", Field::output),
    at("interaction.usage.total_cached_tokens", Field::cached),
    at("interaction.usage.total_thought_tokens", Field::reasoning_part),
    at("interaction.usage.total_tool_use_tokens", Field::tool_input),
    text("message.content"),
    text("message.thinking"),
    text("response"),
};
constexpr auto kOtherPaths = compile_paths(kOther);

// Error bodies: every provider's shapes at once, also as the one element of an array.
constexpr PathSpec kError[] = {
    LECTR_ERROR_PATHS(""),
    at("response.error.code", Field::error_code),
    at("code", Field::error_code),
    at("type", Field::error_type),
};
constexpr auto kErrorPaths = compile_paths<32>(kError, true);

#undef LECTR_ERROR_PATHS
#undef LECTR_CHAT_USAGE
#undef LECTR_RESPONSES_USAGE
#undef LECTR_ANTHROPIC_USAGE

std::int64_t zero_if_missing(std::int64_t count) noexcept { return count < 0 ? 0 : count; }

// The sum of both, -1 if the first was not reported.
std::int64_t plus(std::int64_t base, std::int64_t part) noexcept { return base < 0 ? base : base + zero_if_missing(part); }

// Compatible providers count reasoning (and citations) inside completion_tokens or beside it; only their total tells which.
std::int64_t outside_output(std::int64_t input, std::int64_t output, std::int64_t total, std::int64_t reasoning, std::int64_t citation) noexcept {
  if (input < 0 || output < 0 || total < 0) return 0;
  const std::int64_t rest = total - input - output, r = zero_if_missing(reasoning), c = zero_if_missing(citation);
  return rest > 0 && (rest == r || rest == c || rest == r + c) ? rest : 0;
}

}  // namespace

const PathNode* response_paths(Api api) noexcept {
  switch (api) {
    case Api::openai_chat:
    case Api::openai_completions:
    case Api::openai_embeddings: return kChatPaths.data();
    case Api::openai_responses: return kResponsesPaths.data();
    case Api::anthropic_messages: return kAnthropicPaths.data();
    case Api::gemini_generate: return kGeminiPaths.data();
    case Api::other: break;
  }
  return kOtherPaths.data();
}

const PathNode* error_paths() noexcept { return kErrorPaths.data(); }

Usage convert_usage(Api api, const RawUsage& raw) noexcept {
  const auto get = [&](Field field) { return raw[static_cast<std::size_t>(field) - kFirstCount]; };
  Usage usage;
  usage.input = plus(get(Field::input), get(Field::tool_input));
  usage.cached = get(Field::cached);
  usage.cache_write = get(Field::cache_write);
  usage.cache_write_1h = get(Field::cache_write_long);
  usage.reasoning = get(Field::reasoning);
  usage.audio_input = get(Field::audio_input);
  usage.audio_output = get(Field::audio_output);
  usage.output = get(Field::output);
  if (api == Api::anthropic_messages) {  // the three input counts are disjoint
    usage.cached = get(Field::cache_read_part);
    usage.cache_write = get(Field::cache_write_part);
    usage.input = plus(plus(usage.input, usage.cached), usage.cache_write);
  }
  if (const std::int64_t thoughts = get(Field::reasoning_part); thoughts >= 0) {  // Gemini: beside the candidates, which may be missing
    usage.reasoning = thoughts;
    const bool inside = api == Api::other && usage.output >= 0 && usage.input >= 0 && get(Field::total) == usage.input + usage.output;
    usage.output = zero_if_missing(usage.output) + (inside ? 0 : thoughts);
  } else if (usage.output >= 0) {
    usage.output += outside_output(usage.input, usage.output, get(Field::total), usage.reasoning, get(Field::citation));
  }
  if (api == Api::openai_embeddings && usage.input >= 0 && usage.output < 0) usage.output = 0;  // there is no output to report
  return usage;
}

}  // namespace lectr::wire
