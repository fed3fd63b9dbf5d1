#include "policy/gemini_path.hpp"

#include <array>

namespace lectr::policy {
namespace {

using config::AuthStyle;
using config::Provider;

// True for `path` itself and all below it: "/openai" holds "/openai" and "/openai/v1" but not "/openai2".
bool under(std::string_view path, std::string_view prefix) noexcept {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

// The OpenAI endpoints that Gemini's compatible path has (PROVIDERS.md §1.1), without the version.
constexpr std::array<std::string_view, 3> kGeminiOpenAi = {"/v1/chat/completions", "/v1/embeddings", "/v1/images/generations"};
constexpr std::array<std::string_view, 3> kGeminiBoth = {"/v1/models", "/v1/files", "/v1/batches"};

// "/v1", "/v4", "/v1beta": the last segment of a base URL that already names the version.
bool ends_with_version(std::string_view base) noexcept {
  const auto slash = base.rfind('/');
  if (slash == base.npos) return false;
  const std::string_view last = base.substr(slash + 1);
  return last.size() >= 2 && last[0] == 'v' && last[1] >= '0' && last[1] <= '9';
}

bool has_query_key(std::string_view query) noexcept { return query.starts_with("?key=") || query.find("&key=") != query.npos; }

// What stands between the base path and the client's own path, for providers whose paths are not simply OpenAI's.
std::string_view detour(const Provider& p, std::string_view path, bool native_credential) noexcept {
  if (p.auth == AuthStyle::x_goog_api_key && path.starts_with("/v1/") && !gemini_native_path(path, native_credential)) return "/v1beta/openai";
  if (p.name == "deepseek" && under(path, "/v1/messages")) return "/anthropic";
  return {};
}

// Perplexity has no version before its older path, which is the one that OpenAI's SDKs ask for.
bool drops_version(const Provider& p, std::string_view path) noexcept { return p.name == "perplexity" && path == "/v1/chat/completions"; }

}  // namespace

bool gemini_native_path(std::string_view path, bool native_credential) noexcept {
  if (under(path, "/v1beta/openai")) return false;
  for (const std::string_view openai : kGeminiOpenAi)
    if (under(path, openai)) return false;
  for (const std::string_view both : kGeminiBoth)
    if (under(path, both)) return native_credential || path.find(':') != path.npos;
  return true;
}

bool gemini_native(const wire::Endpoint& endpoint, CredentialHeader sent) noexcept {
  if (endpoint.owner == wire::PathOwner::gemini) return true;
  if (endpoint.owner == wire::PathOwner::gemini_openai) return false;
  const bool native_credential = sent == CredentialHeader::x_goog_api_key || sent == CredentialHeader::query_key;
  return gemini_native_path(endpoint.label, native_credential);
}

void append_target(std::string& out, const Provider& provider, std::string_view client_target, CredentialHeader sent) {
  const std::string_view base = provider.base.path, query = client_target.substr(std::min(client_target.find('?'), client_target.size()));
  std::string_view path = client_target.substr(0, client_target.size() - query.size());
  if (!provider.own_prefix.empty() && base.ends_with(provider.own_prefix) && under(path, provider.own_prefix))
    path.remove_prefix(provider.own_prefix.size());
  const bool native_credential = sent == CredentialHeader::x_goog_api_key || sent == CredentialHeader::query_key || has_query_key(query);
  const std::string_view between = detour(provider, path, native_credential);
  // Under a detour the version is the detour's own; a base that ends with a version replaces the client's.
  const bool openai_path = between == "/v1beta/openai";
  if (openai_path || drops_version(provider, path) || (ends_with_version(base) && under(path, "/v1"))) path.remove_prefix(3);
  out.reserve(out.size() + base.size() + between.size() + path.size() + query.size() + 1);
  out.append(base).append(between).append(path);
  if (base.empty() && between.empty() && path.empty()) out.push_back('/');
  out.append(query);
}

}  // namespace lectr::policy
