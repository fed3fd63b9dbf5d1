#include "telemetry/genai.hpp"

#include <utility>

namespace lectr::telemetry {
namespace {

constexpr std::pair<std::string_view, std::string_view> kProviders[] = {
    {"gemini", "gcp.gemini"}, {"vertex", "gcp.vertex_ai"}, {"azure", "azure.ai.openai"}, {"bedrock", "aws.bedrock"}, {"mistral", "mistral_ai"},
    {"xai", "x_ai"},          {"moonshot", "moonshot_ai"},
};

}  // namespace

std::string_view operation_of(std::string_view method, std::string_view endpoint) noexcept {
  const auto ends = [&](std::string_view with) { return endpoint.ends_with(with); };
  if (method == "GET") return ends("/responses/{id}") ? "fetch_response" : "";
  if (method != "POST") return {};
  if (ends("/chat/completions") || ends("/responses") || ends("/messages") || ends("/chat") || ends("/converse") || ends("/converse-stream") ||
      ends("/invoke") || ends("/invoke-with-response-stream") || ends("awPredict"))  // Anthropic's models on Vertex: rawPredict, streamRawPredict
    return "chat";
  if (ends("/completions")) return "text_completion";
  if (ends("/embeddings") || ends(":embedContent") || ends(":batchEmbedContents")) return "embeddings";
  if (ends(":generateContent") || ends(":streamGenerateContent")) return "generate_content";
  return {};
}

std::string_view provider_name(std::string_view provider) noexcept {
  for (const auto& [ours, theirs] : kProviders)
    if (ours == provider) return theirs;
  return provider;
}

std::string_view error_type(const Event& e) noexcept { return e.error_source == ErrorSource::none ? std::string_view{} : to_text(e.error_category); }

}  // namespace lectr::telemetry
