#include "lectr/wire/endpoint.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace lectr::wire {
namespace {

enum class Needs : std::uint8_t { nothing, optional_json, json, optional_form, form };

// A path below an API's base. Segments are compared one by one; {id} stands for any one, a final * for any rest. `label` is its text below
// every base where it may occur.
struct Route {
  std::string_view path;
  Api api = Api::other;          // of a POST
  Needs needs = Needs::nothing;  // of a POST
  std::array<std::string_view, 5> labels;
};

enum Base : std::size_t { kV1, kOpenaiV1, kDeployment, kGeminiOpenai, kBare };

#define LECTR_ROUTE(path, api, needs)                                                                                         \
  Route {                                                                                                                     \
    path, api, needs, { "/v1/" path, "/openai/v1/" path, "/openai/deployments/{id}/" path, "/v1beta/openai/" path, "/" path } \
  }

// OpenAI's API and its compatibles (PROVIDERS.md §1.1), usual ones first.
constexpr Route kOpenai[] = {
    LECTR_ROUTE("chat/completions", Api::openai_chat, Needs::json),
    LECTR_ROUTE("responses", Api::openai_responses, Needs::optional_json),
    LECTR_ROUTE("embeddings", Api::openai_embeddings, Needs::json),
    LECTR_ROUTE("completions", Api::openai_completions, Needs::json),
    LECTR_ROUTE("models", Api::other, Needs::nothing),
    LECTR_ROUTE("images/generations", Api::other, Needs::optional_json),
    LECTR_ROUTE("images/edits", Api::other, Needs::optional_form),
    LECTR_ROUTE("images/variations", Api::other, Needs::optional_form),
    LECTR_ROUTE("audio/speech", Api::other, Needs::json),
    LECTR_ROUTE("audio/transcriptions", Api::other, Needs::form),
    LECTR_ROUTE("audio/translations", Api::other, Needs::form),
    LECTR_ROUTE("audio/*", Api::other, Needs::nothing),
    LECTR_ROUTE("moderations", Api::other, Needs::optional_json),
    LECTR_ROUTE("chat/completions/{id}", Api::other, Needs::nothing),
    LECTR_ROUTE("chat/completions/{id}/messages", Api::other, Needs::nothing),
    LECTR_ROUTE("responses/compact", Api::other, Needs::optional_json),
    LECTR_ROUTE("responses/input_tokens", Api::other, Needs::optional_json),
    LECTR_ROUTE("responses/{id}", Api::other, Needs::nothing),
    LECTR_ROUTE("responses/{id}/cancel", Api::other, Needs::nothing),
    LECTR_ROUTE("responses/{id}/input_items", Api::other, Needs::nothing),
    LECTR_ROUTE("files", Api::other, Needs::nothing),
    LECTR_ROUTE("files/{id}", Api::other, Needs::nothing),
    LECTR_ROUTE("files/{id}/content", Api::other, Needs::nothing),
    LECTR_ROUTE("uploads", Api::other, Needs::nothing),
    LECTR_ROUTE("uploads/{id}/parts", Api::other, Needs::nothing),
    LECTR_ROUTE("uploads/{id}/complete", Api::other, Needs::nothing),
    LECTR_ROUTE("uploads/{id}/cancel", Api::other, Needs::nothing),
    LECTR_ROUTE("batches", Api::other, Needs::nothing),
    LECTR_ROUTE("batches/{id}", Api::other, Needs::nothing),
    LECTR_ROUTE("batches/{id}/cancel", Api::other, Needs::nothing),
    LECTR_ROUTE("vector_stores", Api::other, Needs::nothing),
    LECTR_ROUTE("vector_stores/{id}", Api::other, Needs::nothing),
    LECTR_ROUTE("vector_stores/{id}/search", Api::other, Needs::nothing),
    LECTR_ROUTE("vector_stores/*", Api::other, Needs::nothing),
    LECTR_ROUTE("conversations", Api::other, Needs::nothing),
    LECTR_ROUTE("conversations/{id}", Api::other, Needs::nothing),
    LECTR_ROUTE("conversations/*", Api::other, Needs::nothing),
    LECTR_ROUTE("containers", Api::other, Needs::nothing),
    LECTR_ROUTE("containers/*", Api::other, Needs::nothing),
    LECTR_ROUTE("videos", Api::other, Needs::nothing),
    LECTR_ROUTE("videos/{id}", Api::other, Needs::nothing),
    LECTR_ROUTE("videos/{id}/content", Api::other, Needs::nothing),
    LECTR_ROUTE("videos/*", Api::other, Needs::nothing),
    LECTR_ROUTE("evals", Api::other, Needs::nothing),
    LECTR_ROUTE("evals/*", Api::other, Needs::nothing),
    LECTR_ROUTE("fine_tuning/jobs", Api::other, Needs::optional_json),
    LECTR_ROUTE("fine_tuning/jobs/{id}", Api::other, Needs::nothing),
    LECTR_ROUTE("fine_tuning/*", Api::other, Needs::nothing),
    LECTR_ROUTE("realtime", Api::other, Needs::nothing),
    LECTR_ROUTE("realtime/*", Api::other, Needs::nothing),
    LECTR_ROUTE("live/sessions", Api::other, Needs::nothing),
    LECTR_ROUTE("decisions", Api::other, Needs::nothing),
    LECTR_ROUTE("assistants", Api::other, Needs::optional_json),
    LECTR_ROUTE("assistants/{id}", Api::other, Needs::nothing),
    LECTR_ROUTE("threads", Api::other, Needs::nothing),
    LECTR_ROUTE("threads/runs", Api::other, Needs::optional_json),
    LECTR_ROUTE("threads/{id}", Api::other, Needs::nothing),
    LECTR_ROUTE("threads/*", Api::other, Needs::nothing),
    // Compatibles' own.
    LECTR_ROUTE("fim/completions", Api::openai_chat, Needs::optional_json),
    LECTR_ROUTE("ocr", Api::other, Needs::optional_json),
    LECTR_ROUTE("sonar", Api::openai_chat, Needs::optional_json),
    LECTR_ROUTE("rerank", Api::other, Needs::optional_json),
};

constexpr Route kModelById = LECTR_ROUTE("models/{id}", Api::other, Needs::nothing);

constexpr Route kAnthropic[] = {
    LECTR_ROUTE("messages", Api::anthropic_messages, Needs::json),
    LECTR_ROUTE("messages/count_tokens", Api::other, Needs::optional_json),
    LECTR_ROUTE("messages/batches", Api::other, Needs::nothing),
    LECTR_ROUTE("messages/batches/{id}", Api::other, Needs::nothing),
    LECTR_ROUTE("messages/batches/{id}/cancel", Api::other, Needs::nothing),
    LECTR_ROUTE("messages/batches/{id}/results", Api::other, Needs::nothing),
    LECTR_ROUTE("complete", Api::other, Needs::optional_json),
};

// Without a version in front: bases that end at the host (DeepSeek, Perplexity), Ollama, vLLM.
constexpr Route kBareRoutes[] = {
    LECTR_ROUTE("chat/completions", Api::openai_chat, Needs::json),
    LECTR_ROUTE("beta/completions", Api::openai_completions, Needs::optional_json),
    LECTR_ROUTE("api/chat", Api::other, Needs::optional_json),
    LECTR_ROUTE("api/generate", Api::other, Needs::optional_json),
    LECTR_ROUTE("api/embed", Api::other, Needs::optional_json),
    LECTR_ROUTE("api/embeddings", Api::other, Needs::optional_json),
    LECTR_ROUTE("api/tags", Api::other, Needs::nothing),
    LECTR_ROUTE("api/show", Api::other, Needs::optional_json),
    LECTR_ROUTE("tokenize", Api::other, Needs::optional_json),
};
#undef LECTR_ROUTE

struct GeminiVerb {
  std::string_view verb;
  Api api;
  bool streams;
  std::string_view v1, v1beta, v1alpha, vertex;  // labels
};

#define LECTR_VERB(verb, api, streams)                                                                                                            \
  GeminiVerb {                                                                                                                                    \
    verb, api, streams, "/v1/models/{id}:" verb, "/v1beta/models/{id}:" verb, "/v1alpha/models/{id}:" verb, "/v1/projects/{id}/models/{id}:" verb \
  }

constexpr GeminiVerb kVerbs[] = {
    LECTR_VERB("generateContent", Api::gemini_generate, false),
    LECTR_VERB("streamGenerateContent", Api::gemini_generate, true),
    LECTR_VERB("countTokens", Api::other, false),
    LECTR_VERB("computeTokens", Api::other, false),
    LECTR_VERB("embedContent", Api::other, false),
    LECTR_VERB("batchEmbedContents", Api::other, false),
    LECTR_VERB("asyncBatchEmbedContent", Api::other, false),
    LECTR_VERB("batchGenerateContent", Api::other, false),
    LECTR_VERB("predict", Api::other, false),
    LECTR_VERB("predictLongRunning", Api::other, false),
    LECTR_VERB("rawPredict", Api::anthropic_messages, false),
    LECTR_VERB("streamRawPredict", Api::anthropic_messages, true),
};
#undef LECTR_VERB

struct GeminiRoute {
  std::string_view path, v1, v1beta, v1alpha;
};

#define LECTR_GEMINI(path) \
  GeminiRoute { path, "/v1/" path, "/v1beta/" path, "/v1alpha/" path }
constexpr GeminiRoute kGeminiRoutes[] = {
    LECTR_GEMINI("interactions"), LECTR_GEMINI("interactions/{id}"),  LECTR_GEMINI("cachedContents"), LECTR_GEMINI("cachedContents/{id}"),
    LECTR_GEMINI("models"),       LECTR_GEMINI("models/{id}"),        LECTR_GEMINI("files"),          LECTR_GEMINI("files/{id}"),
    LECTR_GEMINI("batches"),      LECTR_GEMINI("batches/{id}"),       LECTR_GEMINI("operations/*"),   LECTR_GEMINI("tunedModels"),
    LECTR_GEMINI("corpora/*"),    LECTR_GEMINI("fileSearchStores/*"),
};
#undef LECTR_GEMINI

bool matches(std::string_view pattern, std::string_view path) noexcept {
  while (true) {
    if (pattern == "*") return !path.empty();
    const std::size_t pattern_end = pattern.find('/'), path_end = path.find('/');
    const std::string_view wanted = pattern.substr(0, pattern_end), given = path.substr(0, path_end);
    if (wanted == "{id}" ? given.empty() : wanted != given) return false;
    const bool last = pattern_end == pattern.npos;
    if (last || path_end == path.npos) return last && path_end == path.npos;
    pattern.remove_prefix(pattern_end + 1);
    path.remove_prefix(path_end + 1);
  }
}

template <class Routes>
const Route* find_route(const Routes& routes, std::string_view path) noexcept {
  for (const Route& route : routes)
    if (route.path.front() == path.front() && (route.path == path || matches(route.path, path))) return &route;
  return nullptr;
}

void apply(Endpoint& endpoint, const Route& route, Base base, PathOwner owner, bool post) noexcept {
  endpoint.label = route.labels[base];
  endpoint.owner = owner;
  if (!post) return;
  endpoint.api = route.api;
  const Needs needs = route.needs;
  endpoint.body_model = needs == Needs::json || needs == Needs::optional_json   ? BodyModel::json
                        : needs == Needs::form || needs == Needs::optional_form ? BodyModel::multipart
                                                                                : BodyModel::none;
  endpoint.needs_model = needs == Needs::json || needs == Needs::form;
}

bool take_prefix(std::string_view& path, std::string_view prefix) noexcept {
  if (!path.starts_with(prefix)) return false;
  path.remove_prefix(prefix.size());
  return true;
}

// ?name=value, still percent-encoded.
std::string_view query_value(std::string_view target, std::string_view name) noexcept {
  std::size_t at = target.find('?');
  while (at < target.size()) {
    std::string_view pair = target.substr(at + 1);
    pair = pair.substr(0, pair.find_first_of("&#"));
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') return pair.substr(name.size() + 1);
    at += 1 + pair.size();
    if (at < target.size() && target[at] != '&') break;
  }
  return {};
}

bool openai_path(Endpoint& endpoint, std::string_view path, Base base, PathOwner owner, bool post, std::string_view target) noexcept {
  if (const Route* route = find_route(kOpenai, path)) {
    apply(endpoint, *route, base, owner, post);
    if (route->path == "realtime") endpoint.path_model = query_value(target, "model");
    return true;
  }
  if (path.starts_with("models/") && path.size() > 7) {  // ids of open models contain slashes
    apply(endpoint, kModelById, base, owner, post);
    return true;
  }
  return false;
}

// "models/{m}:verb" below a version, or Vertex' long form; sets nothing if it is neither.
bool gemini_model_path(Endpoint& endpoint, std::string_view path, std::string_view version, bool post) noexcept {
  const bool vertex = path.starts_with("projects/");
  if (vertex) {
    const std::size_t models = path.find("/models/");
    if (models == path.npos) return false;
    path.remove_prefix(models + 1);
  }
  if (!take_prefix(path, "models/") && !take_prefix(path, "tunedModels/")) return false;
  const std::size_t colon = path.rfind(':');
  if (colon == path.npos || colon == 0) return false;
  for (const GeminiVerb& verb : kVerbs) {
    if (verb.verb != path.substr(colon + 1)) continue;
    endpoint.path_model = path.substr(0, colon);
    endpoint.label = vertex ? verb.vertex : version == "v1" ? verb.v1 : version == "v1beta" ? verb.v1beta : verb.v1alpha;
    endpoint.owner = vertex ? PathOwner::unknown : PathOwner::gemini;
    endpoint.error_shape = verb.api == Api::anthropic_messages ? ErrorShape::anthropic : ErrorShape::gemini;
    if (post) endpoint.api = verb.api;
    endpoint.streams_by_path = post && verb.streams;
    return true;
  }
  return false;
}

bool gemini_path(Endpoint& endpoint, std::string_view path, std::string_view version) noexcept {
  if (path.find(':') != path.npos) return false;  // a verb that is not known
  for (const GeminiRoute& route : kGeminiRoutes) {
    if (!matches(route.path, path)) continue;
    endpoint.label = version == "v1" ? route.v1 : version == "v1beta" ? route.v1beta : route.v1alpha;
    endpoint.owner = PathOwner::gemini;
    endpoint.error_shape = ErrorShape::gemini;
    return true;
  }
  return false;
}

bool v1_path(Endpoint& endpoint, std::string_view path, bool post, std::string_view target) noexcept {
  if (const Route* route = find_route(kAnthropic, path)) {
    apply(endpoint, *route, kV1, PathOwner::anthropic, post);
    endpoint.error_shape = ErrorShape::anthropic;
    return true;
  }
  if (gemini_model_path(endpoint, path, "v1", post) || openai_path(endpoint, path, kV1, PathOwner::shared, post, target)) return true;
  // Of Gemini's other paths only those nobody else has under /v1.
  return (path.starts_with("interactions") || path.starts_with("cachedContents")) && gemini_path(endpoint, path, "v1");
}

bool preview_path(Endpoint& endpoint, std::string_view path, std::string_view version, bool post, std::string_view target) noexcept {
  if (version == "v1beta" && take_prefix(path, "openai/"))
    return !path.empty() && openai_path(endpoint, path, kGeminiOpenai, PathOwner::gemini_openai, post, target);
  if (gemini_model_path(endpoint, path, version, post) || gemini_path(endpoint, path, version)) return true;
  endpoint.owner = PathOwner::gemini;  // nobody else has these versions
  endpoint.error_shape = ErrorShape::gemini;
  return true;
}

bool deployment_path(Endpoint& endpoint, std::string_view path, bool post, std::string_view target) noexcept {
  const std::size_t slash = path.find('/');
  if (slash == 0 || slash == path.npos) return false;
  endpoint.owner = PathOwner::azure_deployment;
  endpoint.path_model = path.substr(0, slash);
  path.remove_prefix(slash + 1);
  if (!path.empty()) {
    const std::string_view deployment = endpoint.path_model;
    openai_path(endpoint, path, kDeployment, PathOwner::azure_deployment, post, target);
    endpoint.path_model = deployment;
    endpoint.needs_model = false;
  }
  return true;
}

// Bases with a path in front (/api/v1, /inference/v1, /anthropic/v1): only what an API of its own follows, and the model is the provider's
// business there (OpenRouter has a default).
bool prefixed_path(Endpoint& endpoint, std::string_view path, bool post, std::string_view target) noexcept {
  const std::size_t version = path.find("/v1/");
  if (version == path.npos || version == 0) return false;
  Endpoint found;
  found.label = endpoint.label;
  const std::string_view rest = path.substr(version + 4);
  if (rest.empty() || !v1_path(found, rest, post, target) || found.api == Api::other || found.api == Api::gemini_generate) return false;
  found.needs_model = false;
  endpoint = found;
  return true;
}

bool bedrock_path(Endpoint& endpoint, std::string_view path, bool post) noexcept {
  struct Verb {
    std::string_view tail, label;
    bool streams;
  };
  static constexpr Verb kBedrock[] = {
      {"/converse", "/model/{id}/converse", false},
      {"/converse-stream", "/model/{id}/converse-stream", true},
      {"/invoke", "/model/{id}/invoke", false},
      {"/invoke-with-response-stream", "/model/{id}/invoke-with-response-stream", true},
  };
  if (!take_prefix(path, "/model/")) return false;
  for (const Verb& verb : kBedrock) {
    if (!path.ends_with(verb.tail) || path.size() == verb.tail.size()) continue;
    endpoint.label = verb.label;
    endpoint.path_model = path.substr(0, path.size() - verb.tail.size());
    endpoint.streams_by_path = post && verb.streams;
    return true;
  }
  return false;
}

bool gemini_upload_path(Endpoint& endpoint, std::string_view path) noexcept {
  if (!path.starts_with("/upload/v1")) return false;
  endpoint.label = "/upload/*";
  endpoint.owner = PathOwner::gemini;
  endpoint.error_shape = ErrorShape::gemini;
  return true;
}

}  // namespace

Endpoint classify(std::string_view method, std::string_view target) noexcept {
  Endpoint endpoint;
  endpoint.label = "other";
  std::string_view path = target.substr(0, std::min(target.find('?'), target.find('#')));
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (path.size() < 2 || path.front() != '/') return endpoint;
  const bool post = method == "POST";
  std::string_view rest = path;
  if (take_prefix(rest, "/v1/")) {
    if (!rest.empty()) v1_path(endpoint, rest, post, target);
    return endpoint;
  }
  for (const std::string_view version : {"v1beta", "v1alpha"}) {
    rest = path.substr(1);
    if (!take_prefix(rest, version) || !take_prefix(rest, "/")) continue;
    if (!rest.empty()) preview_path(endpoint, rest, version, post, target);
    return endpoint;
  }
  rest = path;
  if (take_prefix(rest, "/openai/v1/")) {
    if (rest.empty() || !openai_path(endpoint, rest, kOpenaiV1, PathOwner::openai_v1, post, target)) endpoint.owner = PathOwner::openai_v1;
    return endpoint;
  }
  if (take_prefix(rest, "/openai/deployments/")) {
    deployment_path(endpoint, rest, post, target);
    return endpoint;
  }
  rest = path.substr(1);
  if (const Route* route = find_route(kBareRoutes, rest)) {
    apply(endpoint, *route, kBare, route->api == Api::openai_chat ? PathOwner::shared : PathOwner::unknown, post);
    return endpoint;
  }
  if (prefixed_path(endpoint, path, post, target) || bedrock_path(endpoint, path, post)) return endpoint;
  gemini_upload_path(endpoint, path);
  return endpoint;
}

}  // namespace lectr::wire
