// Gemini answers on native paths and on an OpenAI-compatible one; a few /v1 paths exist on both.
#pragma once

#include <string_view>

#include "lectr/policy/detect.hpp"

namespace lectr::policy {

// Whether a request to Gemini is meant for its native API. /v1/models, /v1/files and /v1/batches are on both sides: native when the credential
// came the native way.
bool gemini_native(const wire::Endpoint& endpoint, CredentialHeader sent) noexcept;

// The same question for a path (no query) as the client sent it.
bool gemini_native_path(std::string_view path, bool native_credential) noexcept;

}  // namespace lectr::policy
