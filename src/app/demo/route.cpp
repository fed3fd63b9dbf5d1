#include "app/demo/route.hpp"

#include <algorithm>

#include "lectr/base/text.hpp"

namespace lectr::demo {
namespace {

bool take(std::string_view& path, std::string_view prefix) noexcept {
  if (!path.starts_with(prefix)) return false;
  path.remove_prefix(prefix.size());
  return true;
}

std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) { return std::string_view{"0123456789abcdef"}.find(ascii_lower(text[at])); };
    if (text[i] == '%' && i + 2 < text.size() && digit(i + 1) < 16 && digit(i + 2) < 16) {
      out += static_cast<char>(digit(i + 1) * 16 + digit(i + 2));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

constexpr std::pair<std::string_view, Operation> kOpenAiPaths[] = {
    {"chat/completions", Operation::chat},
    {"completions", Operation::completions},
    {"responses", Operation::responses},
    {"embeddings", Operation::embeddings},
    {"models", Operation::models},
    {"images/generations", Operation::images},
    {"images/edits", Operation::images},
    {"audio/speech", Operation::speech},
    {"audio/transcriptions", Operation::transcriptions},
    {"audio/translations", Operation::transcriptions},
    {"files", Operation::files},
    {"moderations", Operation::moderations},
    {"realtime", Operation::realtime},
};
constexpr std::string_view kCollections[] = {"batches", "assistants",    "threads",    "vector_stores", "fine_tuning",
                                             "uploads", "conversations", "containers", "evals"};

// `rest` is what follows the provider's ".../v1/".
void openai_operation(Route& route, std::string_view rest) {
  for (const auto& [path, operation] : kOpenAiPaths)
    if (rest == path) {
      route.operation = operation;
      return;
    }
  if (take(rest, "models/")) {
    route.operation = Operation::model;
    route.id = decode(rest);
  } else if (take(rest, "files/")) {
    route.operation = rest.ends_with("/content") ? Operation::file_content : Operation::file;
    route.id = std::string{rest.substr(0, rest.find('/'))};
  } else if (take(rest, "responses/")) {
    route.operation = Operation::collection;
    route.id = "responses";
  } else {
    for (const std::string_view name : kCollections)
      if (rest.substr(0, rest.find('/')) == name) {
        route.operation = Operation::collection;
        route.id = std::string{name};
      }
  }
}

// `rest` is "{model}:{verb}" or "" of a listing.
void gemini_operation(Route& route, std::string_view rest) {
  constexpr std::pair<std::string_view, Operation> kVerbs[] = {{"generateContent", Operation::generate},
                                                               {"streamGenerateContent", Operation::stream_generate},
                                                               {"countTokens", Operation::count_gemini_tokens},
                                                               {"embedContent", Operation::embed_content},
                                                               {"batchEmbedContents", Operation::embed_content}};
  route.dialect = Dialect::gemini;
  const std::size_t colon = rest.rfind(':');
  route.model = decode(rest.substr(0, colon));
  if (colon == rest.npos) route.operation = rest.empty() ? Operation::models : Operation::model;
  route.id = route.model;
  for (const auto& [verb, operation] : kVerbs)
    if (colon != rest.npos && rest.substr(colon + 1) == verb) route.operation = operation;
}

void v1_operation(Route& route, std::string_view rest, const MockRequest& request) {
  if (rest.starts_with("models/") && rest.find(':') != rest.npos) return gemini_operation(route, rest.substr(7));
  const bool anthropic_models = rest.starts_with("models") && !request.header("anthropic-version").empty();
  if (!rest.starts_with("messages") && !anthropic_models) return openai_operation(route, rest);
  route.dialect = Dialect::anthropic;
  if (rest == "messages") route.operation = Operation::messages;
  if (rest == "messages/count_tokens") route.operation = Operation::count_tokens;
  if (rest.starts_with("messages/batches")) {
    route.operation = Operation::collection;
    route.id = "message_batches";
  }
  if (anthropic_models) openai_operation(route, rest);
}

std::string_view bearer(const MockRequest& request) noexcept {
  const std::string_view value = request.header("authorization");
  return istarts_with(value, "Bearer ") ? trim(value.substr(7)) : std::string_view{};
}

}  // namespace

Route find_route(const MockRequest& request) {
  Route route;
  std::string_view path = request.path();
  if (take(path, "/mock/")) {
    route.operation = Operation::control;
    route.id = std::string{path};
  } else if (take(path, "/v1beta/openai/")) {
    route.dialect = Dialect::gemini_openai;
    openai_operation(route, path);
  } else if (take(path, "/openai/deployments/")) {
    route.dialect = Dialect::azure;
    const std::size_t slash = std::min(path.find('/'), path.size());
    route.model = decode(path.substr(0, slash));
    openai_operation(route, path.substr(std::min(slash + 1, path.size())));
  } else if (take(path, "/openai/v1/")) {
    // Two providers own this path; the credential's header tells them apart, as it does for everyone who stands between.
    route.dialect = request.header("api-key").empty() ? Dialect::groq : Dialect::azure;
    openai_operation(route, path);
  } else if (take(path, "/v1beta/models") || take(path, "/v1alpha/models")) {
    gemini_operation(route, path.empty() ? path : path.substr(1));
  } else if (take(path, "/v1/")) {
    v1_operation(route, path, request);
  }
  return route;
}

Refusal check(const Route& route, const MockRequest& request) noexcept {
  const std::string_view token = bearer(request), x_api_key = request.header("x-api-key"), api_key = request.header("api-key");
  const std::string_view goog = request.header("x-goog-api-key"), query_key = request.query("key");
  for (const Field& field : request.fields())
    if (istarts_with(field.name, "x-lectr-")) return Refusal::leaked;
  for (const std::string_view credential : {token, x_api_key, api_key, goog, query_key})
    if (credential.starts_with("lc_")) return Refusal::leaked;

  const auto demand = [](bool present) { return present ? Refusal::none : Refusal::no_credential; };
  switch (route.dialect) {
    case Dialect::anthropic:
      if (x_api_key.empty() && token.empty()) return Refusal::no_credential;
      return request.header("anthropic-version").empty() ? Refusal::no_version : Refusal::none;
    case Dialect::gemini:
      if (int{!goog.empty()} + int{!query_key.empty()} + int{!token.empty()} > 1) return Refusal::two_credentials;
      return demand(!goog.empty() || !query_key.empty() || token.starts_with("ya29."));
    case Dialect::azure: return demand(!api_key.empty() || !token.empty());
    case Dialect::openai:
      if (route.operation == Operation::realtime &&
          request.header("sec-websocket-protocol").find("openai-insecure-api-key.") != std::string_view::npos)
        return Refusal::none;  // how browsers authenticate
      return demand(!token.empty());
    case Dialect::gemini_openai:
    case Dialect::groq: return demand(!token.empty());
  }
  return Refusal::no_credential;
}

}  // namespace lectr::demo
