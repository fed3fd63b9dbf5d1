// Edits of a request's own bytes: a model's name, a question for usage. Pure: all other bytes stay what and where they are.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "exchange.hpp"

namespace lectr::proxy {

// Where a request names its model, if that can be replaced.
struct ModelPlace {
  enum class In : std::uint8_t { nowhere, body, chunked_body, form, target } in = In::nowhere;
  std::size_t begin = 0, end = 0;  // of the value: in the body's payload (quotes included), or in the request target
  explicit operator bool() const noexcept { return in != In::nowhere; }
};

// Not replaceable: compressed bodies; `model` more than once (readers differ in which counts, and one of them would not be ours); chunked bodies that
// are not whole in memory or carry trailers (their sizes stand between their bytes).
ModelPlace find_model(const Exchange& x, const wire::Peeked& seen) noexcept;

// Can the body be changed at all? See above for those that can't.
bool is_editable(const Exchange& x) noexcept;
bool is_form(const Exchange& x) noexcept;

// The body with up to two edits, which stand in order and apart.
SplicedBody splice(std::string_view body, std::span<const wire::Edit> edits) noexcept;

std::string json_string(std::string_view text);   // with its quotes
std::string path_segment(std::string_view text);  // percent-encoded

// The payload of a whole chunked body.
std::string unchunked(std::string_view body);

// The client's path as every OpenAI-compatible provider has it: without what is the first provider's own (`/openai/v1`, `/v1beta/openai`, none), and
// without the query, which may hold that provider's key.
std::string portable_target(std::string_view target);

}  // namespace lectr::proxy
