#include "lectr/base/text.hpp"
#include "lectr/policy/detect.hpp"
#include "policy/gemini_path.hpp"

namespace lectr::policy {
namespace {

using config::AuthStyle;

constexpr AuthPlan kKeep{true, {}, false};
constexpr AuthPlan kBearer{false, "authorization", true};

AuthPlan send_as(std::string_view header, CredentialHeader wanted, CredentialHeader sent) noexcept {
  return sent == wanted ? kKeep : AuthPlan{false, header, false};
}
AuthPlan send_as_bearer(CredentialHeader sent) noexcept { return sent == CredentialHeader::bearer ? kKeep : kBearer; }

// PROVIDERS.md §1.1: both API versions take sk-ant-api keys as x-api-key; a native client that sent its key as Bearer keeps it (the smaller
// change, and what new SDKs expect); OAuth and other bearer tokens are refused in x-api-key.
AuthPlan for_anthropic(const DetectQuery& q) noexcept {
  const bool api_key = q.credential.starts_with("sk-ant-api"), oauth = q.credential.starts_with("sk-ant-oat");
  if (q.credential.starts_with("sk-ant-admin") && q.credential_header != CredentialHeader::none) return kKeep;
  if (oauth) return send_as_bearer(q.credential_header);
  if (q.credential_header == CredentialHeader::bearer && (q.anthropic_version || !api_key)) return kKeep;
  return send_as("x-api-key", CredentialHeader::x_api_key, q.credential_header);
}

// Entra tokens are JWTs ("eyJ" is the start of every JSON header in base64) and only valid as Bearer; keys go into api-key, which all paths take.
AuthPlan for_azure(const DetectQuery& q) noexcept {
  if (q.credential.starts_with("eyJ")) return send_as_bearer(q.credential_header);
  return send_as("api-key", CredentialHeader::api_key, q.credential_header);
}

AuthPlan for_gemini(const DetectQuery& q) noexcept {
  if (q.credential_header == CredentialHeader::query_key) return kKeep;
  const bool native = q.endpoint == nullptr || gemini_native(*q.endpoint, q.credential_header);
  if (!native || q.credential.starts_with("ya29.")) return send_as_bearer(q.credential_header);
  return send_as("x-goog-api-key", CredentialHeader::x_goog_api_key, q.credential_header);
}

}  // namespace

AuthPlan plan_auth(const config::Provider& provider, const DetectQuery& query) noexcept {
  switch (provider.auth) {
    case AuthStyle::bearer: return send_as_bearer(query.credential_header);
    case AuthStyle::x_api_key: return for_anthropic(query);
    case AuthStyle::api_key: return for_azure(query);
    case AuthStyle::x_goog_api_key: return for_gemini(query);
  }
  return kKeep;
}

}  // namespace lectr::policy
