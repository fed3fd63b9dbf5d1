#include "config/providers.hpp"

namespace lectr::config {
namespace {

using Texts = std::vector<std::string>;

Provider provider(const char* name, const char* base_url, AuthStyle auth = AuthStyle::bearer) {
  Provider p;
  p.name = name;
  p.auth = auth;
  if (*base_url == '\0') {
    p.needs_base = true;
  } else {
    p.base = parse_url(base_url).value();
  }
  return p;
}

Provider openai() {
  Provider p = provider("openai", "https://api.openai.com");
  p.key_prefixes = {"sk-proj-", "sk-svcacct-", "sk-service-", "sk-admin-", "sk-"};
  p.models = {"chat-latest", "whisper-1", "babbage-002", "davinci-002"};
  p.model_globs = {"gpt-*",
                   "o1",
                   "o1-*",
                   "o3",
                   "o3-*",
                   "o4",
                   "o4-*",
                   "chatgpt-*",
                   "text-embedding-3*",
                   "text-embedding-ada*",
                   "tts-1*",
                   "omni-moderation*",
                   "text-moderation*",
                   "codex-*",
                   "computer-use*",
                   "sora-*",
                   "dall-e-*",
                   "ft:*"};
  p.usage_when_asked = true;
  return p;
}

Provider anthropic() {
  Provider p = provider("anthropic", "https://api.anthropic.com", AuthStyle::x_api_key);
  p.key_prefixes = {"sk-ant-"};
  p.model_globs = {"claude-*"};
  p.serves_messages = true;
  return p;
}

Provider gemini() {
  Provider p = provider("gemini", "https://generativelanguage.googleapis.com", AuthStyle::x_goog_api_key);
  p.key_prefixes = {"AIza", "AQ.", "ya29."};
  p.model_globs = {"gemini-*", "imagen-*", "veo-*", "lyria-*", "learnlm-*", "deep-research-*", "gemma*"};
  return p;
}

Provider groq() {
  Provider p = provider("groq", "https://api.groq.com/openai");
  p.own_prefix = "/openai";
  p.key_prefixes = {"gsk_"};
  p.models = {"llama-3.1-8b-instant",
              "llama-3.3-70b-versatile",
              "openai/gpt-oss-20b",
              "openai/gpt-oss-120b",
              "openai/gpt-oss-safeguard-20b",
              "qwen/qwen3-32b",
              "qwen/qwen3.6-27b",
              "qwen/qwen3.8-27b",
              "moonshotai/kimi-k2-instruct",
              "moonshotai/kimi-k2-instruct-0905",
              "meta-llama/llama-4-scout-17b-16e-instruct",
              "meta-llama/llama-4-maverick-17b-128e-instruct",
              "meta-llama/llama-guard-4-12b",
              "meta-llama/llama-prompt-guard-2-22m",
              "meta-llama/llama-prompt-guard-2-86m",
              "whisper-large-v3",
              "whisper-large-v3-turbo"};
  p.model_globs = {"llama-*", "llama3-*", "mixtral-*", "gemma*", "whisper-large-*", "gpt-oss*", "groq/*", "canopylabs/*", "*-instant", "*-versatile"};
  return p;
}

// Deployment names are the customer's own: never detected by model.
Provider azure() {
  Provider p = provider("azure", "", AuthStyle::api_key);
  p.own_prefix = "/openai";
  p.usage_when_asked = true;
  return p;
}

Provider mistral() {
  Provider p = provider("mistral", "https://api.mistral.ai");
  p.key_shapes = {{"", 32, KeyChars::alnum, true}};
  p.model_globs = {"mistral-*", "ministral-*",    "magistral-*",    "codestral-*",     "devstral-*",       "voxtral-*",
                   "pixtral-*", "open-mistral-*", "open-mixtral-*", "labs-devstral-*", "labs-leanstral-*", "mixtral-*"};
  return p;
}

// OpenAI's old keys share the prefix; these are exactly 35 characters of lower case and digits, which no OpenAI key is (those hold T3BlbkFJ).
Provider deepseek() {
  Provider p = provider("deepseek", "https://api.deepseek.com");
  p.key_shapes = {{"sk-", 35, KeyChars::lower_alnum, false}};
  p.model_globs = {"deepseek-*"};
  p.serves_messages = true;
  return p;
}

Provider xai() {
  Provider p = provider("xai", "https://api.x.ai");
  p.key_prefixes = {"xai-"};
  p.model_globs = {"grok-*"};
  p.serves_messages = true;
  return p;
}

Provider openrouter() {
  Provider p = provider("openrouter", "https://openrouter.ai/api");
  p.own_prefix = "/api";
  p.key_prefixes = {"sk-or-"};
  p.model_globs = {"openrouter/*"};
  p.serves_messages = true;
  return p;
}

Provider together() {
  Provider p = provider("together", "https://api.together.ai");
  p.key_prefixes = {"tgp_v1_"};
  p.key_shapes = {{"", 64, KeyChars::hex, true}};
  p.usage_when_asked = true;
  return p;
}

Provider fireworks() {
  Provider p = provider("fireworks", "https://api.fireworks.ai/inference");
  p.own_prefix = "/inference";
  p.key_prefixes = {"fw_"};
  p.model_globs = {"accounts/fireworks/*", "gpt-oss*"};
  p.serves_messages = true;
  p.usage_when_asked = true;
  return p;
}

Provider cerebras() {
  Provider p = provider("cerebras", "https://api.cerebras.ai");
  p.key_prefixes = {"csk-"};
  p.models = {"llama3.1-8b", "llama-3.3-70b", "qwen-3-32b", "zai-glm-4.7", "gpt-oss-120b", "gemma-4-31b"};
  p.model_globs = {"llama-*", "gpt-oss*", "gemma*"};
  return p;
}

Provider perplexity() {
  Provider p = provider("perplexity", "https://api.perplexity.ai");
  p.key_prefixes = {"pplx-"};
  p.model_globs = {"sonar*"};
  return p;
}

// On the customer's own machines.
Provider self_hosted(const char* name) {
  Provider p = provider(name, "");
  p.usage_when_asked = true;
  return p;
}

}  // namespace

// Groq stands before Gemini: `gemma*` without a telling key is Groq's.
std::vector<Provider> builtin_providers() {
  return {openai(),
          anthropic(),
          groq(),
          gemini(),
          azure(),
          mistral(),
          deepseek(),
          xai(),
          openrouter(),
          together(),
          fireworks(),
          cerebras(),
          perplexity(),
          self_hosted("ollama"),
          self_hosted("vllm")};
}

}  // namespace lectr::config
