// What a request path says by itself: which API it speaks, how that API spells errors, where its model is.
#pragma once

#include <cstdint>
#include <string_view>

namespace lectr::wire {

// The request/response shapes that are metered. Everything else passes as `other`.
enum class Api : std::uint8_t { other, openai_chat, openai_completions, openai_responses, openai_embeddings, anthropic_messages, gemini_generate };

enum class ErrorShape : std::uint8_t { openai, anthropic, gemini };

// Whose path it is, as far as the path alone can tell (PROVIDERS.md §1.1). `shared`: the OpenAI-compatible /v1/*, everybody's.
enum class PathOwner : std::uint8_t {
  unknown,
  shared,
  anthropic,
  gemini,
  azure_deployment,
  openai_v1 /* /openai/v1: Groq and Azure v1 */,
  gemini_openai /* /v1beta/openai */
};

enum class BodyModel : std::uint8_t { none, json, multipart };  // where the body names the model, if it does

struct Endpoint {
  Api api = Api::other;
  ErrorShape error_shape = ErrorShape::openai;
  PathOwner owner = PathOwner::unknown;
  BodyModel body_model = BodyModel::none;
  bool needs_model = false;      // the endpoint can't be served without a model in the body: absent is 400 invalid_request
  bool streams_by_path = false;  // :streamGenerateContent
  std::string_view path_model;   // view into the target: Azure deployment, Gemini model ("models/" prefix taken off), still percent-encoded
  std::string_view label;        // static text for rows and metrics, e.g. "/v1/chat/completions", "/v1/files/{id}"; never ids. Unknown: "other"
};

// Pure, no allocation. `target` is the origin-form request target including any query. A leading path prefix before a known API path
// is tolerated only where the API's own path is unambiguous.
Endpoint classify(std::string_view method, std::string_view target) noexcept;

}  // namespace lectr::wire
