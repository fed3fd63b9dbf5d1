// Which provider a request takes us for, and what it wants there.
#pragma once

#include <cstdint>
#include <string>

#include "app/demo/request.hpp"

namespace lectr::demo {

enum class Dialect : std::uint8_t { openai, anthropic, gemini, gemini_openai, groq, azure };
enum class Operation : std::uint8_t {
  chat,
  completions,
  responses,
  embeddings,
  models,
  model,
  images,
  speech,
  transcriptions,
  files,
  file,
  file_content,
  moderations,
  realtime,
  messages,
  count_tokens,
  generate,
  stream_generate,
  count_gemini_tokens,
  embed_content,
  collection /* batches, assistants … */,
  control /* /mock/ */,
  unknown,
};

struct Route {
  Dialect dialect = Dialect::openai;
  Operation operation = Operation::unknown;
  std::string model;  // from the path (Azure deployment, Gemini), decoded
  std::string id;     // of a file or model; or the collection's name
};
Route find_route(const MockRequest& request);

enum class Refusal : std::uint8_t { none, leaked /* an X-Lectr-* header or an org key came through */, no_credential, two_credentials, no_version };
// Each provider's own rule about where its credential goes.
Refusal check(const Route& route, const MockRequest& request) noexcept;

}  // namespace lectr::demo
