// Which provider a request is for, where on it, and with which credential header. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lectr/base/result.hpp"
#include "lectr/config/snapshot.hpp"
#include "lectr/wire/endpoint.hpp"

namespace lectr::policy {

// Where the client put its credential.
enum class CredentialHeader : std::uint8_t { none, bearer, x_api_key, api_key, x_goog_api_key, query_key /* ?key= */ };

struct DetectQuery {
  std::string_view override_name;  // X-Lectr-Provider, trimmed; empty: absent
  const wire::Endpoint* endpoint = nullptr;
  std::string_view model;       // from the body or the path; empty: none
  std::string_view credential;  // the provider key, without "Bearer "; empty: none (org-key-only client)
  CredentialHeader credential_header = CredentialHeader::none;
  bool anthropic_version = false;                    // the client sent anthropic-version
  std::span<const config::ProviderIndex> own_bases;  // providers that the org has a base URL of its own for
  std::span<const config::ModelGlob> own_models;     // whose models the org says these are, the most specific first; they settle it
};

enum class DetectedBy : std::uint8_t { header, path, model, key, nothing };

struct Detection {
  config::ProviderIndex provider = 0;
  DetectedBy by = DetectedBy::nothing;
};

// Order: header, native path, model registry, key prefix (also breaks ties of the earlier two), OpenAI. `nothing` is noted on the event
// as provider_unknown. An unknown header value is invalid_provider; Azure without a base URL azure_config_missing. No allocation.
Result<Detection> detect(const config::Registry& registry, const DetectQuery& query) noexcept;

// The credential header to send: name, and whether the value needs "Bearer ". `keep` leaves the client's own header untouched.
struct AuthPlan {
  bool keep = false;
  std::string_view header;
  bool bearer = false;
};
AuthPlan plan_auth(const config::Provider& provider, const DetectQuery& query) noexcept;

// Appends the path and query to request from the provider: its base path and the client's origin-form target, the provider's own prefix not
// doubled. `sent` tells apart Gemini's native and OpenAI-compatible /v1/models, /v1/files and /v1/batches; it matters for nothing else.
void append_target(std::string& out, const config::Provider& provider, std::string_view client_target,
                   CredentialHeader sent = CredentialHeader::none);

}  // namespace lectr::policy
