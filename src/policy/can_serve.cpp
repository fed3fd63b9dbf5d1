#include <algorithm>

#include "lectr/policy/route.hpp"

namespace lectr::policy {
namespace {

// OpenAI-compatible paths without state on the provider's side, below any base. One bit each.
enum Path : std::uint32_t {
  kChat = 1,
  kCompletions = 2,
  kResponses = 4,
  kEmbeddings = 8,
  kImages = 16,
  kSpeech = 32,
  kTranscription = 64,
  kModeration = 128,
  kRerank = 256,
};

struct KnownPath {
  std::string_view tail;  // of Endpoint::label
  std::uint32_t bit;
};
constexpr KnownPath kPaths[] = {
    {"/chat/completions", kChat},
    {"/completions", kCompletions},
    {"/responses", kResponses},
    {"/embeddings", kEmbeddings},
    {"/images/generations", kImages},
    {"/audio/speech", kSpeech},
    {"/audio/transcriptions", kTranscription},
    {"/audio/translations", kTranscription},
    {"/moderations", kModeration},
    {"/rerank", kRerank},
};

struct KnownProvider {
  std::string_view name;
  std::uint32_t paths;
};
// PROVIDERS.md §1.1, and the vendors' own documentation. Data that ages: one row, one provider.
constexpr KnownProvider kProviders[] = {
    {"openai", kChat | kCompletions | kResponses | kEmbeddings | kImages | kSpeech | kTranscription | kModeration},
    {"azure", kChat | kCompletions | kResponses | kEmbeddings | kImages | kSpeech | kTranscription},
    {"anthropic", kChat},
    {"gemini", kChat | kEmbeddings | kImages},
    {"groq", kChat | kResponses | kSpeech | kTranscription},
    {"mistral", kChat | kEmbeddings | kTranscription | kModeration},
    {"deepseek", kChat},
    {"xai", kChat | kCompletions | kResponses | kEmbeddings | kImages},
    {"openrouter", kChat | kCompletions | kResponses | kEmbeddings},
    {"together", kChat | kCompletions | kEmbeddings | kImages | kSpeech | kTranscription | kRerank},
    {"fireworks", kChat | kCompletions | kResponses | kEmbeddings | kTranscription | kRerank},
    {"cerebras", kChat | kCompletions},
    {"perplexity", kChat},
    {"ollama", kChat | kCompletions | kResponses | kEmbeddings},
    {"vllm", kChat | kCompletions | kResponses | kEmbeddings | kTranscription | kRerank},
};

std::uint32_t path_of(std::string_view label) noexcept {
  for (const KnownPath& path : kPaths)
    if (label.ends_with(path.tail)) return path.bit;
  return 0;
}

std::uint32_t paths_of(std::string_view provider) noexcept {
  for (const KnownProvider& known : kProviders)
    if (known.name == provider) return known.paths;
  return ~0u;
}

}  // namespace

bool can_serve(const config::Provider& provider, const wire::Endpoint& endpoint) noexcept {
  if (endpoint.body_model == wire::BodyModel::none) return false;  // files, batches, threads: they are where they were made
  switch (endpoint.owner) {
    case wire::PathOwner::shared:
    case wire::PathOwner::openai_v1:
    case wire::PathOwner::gemini_openai: return (path_of(endpoint.label) & paths_of(provider.name)) != 0;
    case wire::PathOwner::anthropic: return provider.serves_messages && endpoint.api == wire::Api::anthropic_messages;
    case wire::PathOwner::unknown:
    case wire::PathOwner::gemini:
    case wire::PathOwner::azure_deployment: break;
  }
  return false;
}

}  // namespace lectr::policy
