#include <gtest/gtest.h>

#include "lectr/policy/detect.hpp"
#include "registry.hpp"

namespace lectr::policy {
namespace {

struct TargetCase {
  const char* provider;
  const char* client;
  const char* want;
  CredentialHeader sent = CredentialHeader::bearer;
};
class AppendTarget : public testing::TestWithParam<TargetCase> {};

TEST_P(AppendTarget, KeepsTheClientsPathUnderTheBase) {
  const auto& c = GetParam();
  std::string out = "POST ";
  append_target(out, test::named(test::with_bases(), c.provider), c.client, c.sent);
  EXPECT_EQ(out, std::string{"POST "} + c.want) << c.provider << ' ' << c.client;
}

INSTANTIATE_TEST_SUITE_P(
    OpenAiShaped, AppendTarget,
    testing::Values(
        TargetCase{"openai", "/v1/chat/completions", "/v1/chat/completions"}, TargetCase{"openai", "/v1/files/f%20a?x=1&y", "/v1/files/f%20a?x=1&y"},
        TargetCase{"openai", "/", "/"}, TargetCase{"openai", "/v1/realtime?model=gpt-realtime", "/v1/realtime?model=gpt-realtime"},
        TargetCase{"anthropic", "/v1/messages", "/v1/messages"}, TargetCase{"anthropic", "/v1/chat/completions", "/v1/chat/completions"},
        TargetCase{"groq", "/v1/chat/completions", "/openai/v1/chat/completions"},
        TargetCase{"groq", "/openai/v1/chat/completions", "/openai/v1/chat/completions"}, TargetCase{"groq", "/openai2/v1/x", "/openai/openai2/v1/x"},
        TargetCase{"groq", "/openai", "/openai"}, TargetCase{"mistral", "/v1/fim/completions", "/v1/fim/completions"},
        TargetCase{"deepseek", "/v1/chat/completions", "/v1/chat/completions"}, TargetCase{"deepseek", "/chat/completions", "/chat/completions"},
        TargetCase{"deepseek", "/beta/completions", "/beta/completions"}, TargetCase{"deepseek", "/v1/messages", "/anthropic/v1/messages"},
        TargetCase{"deepseek", "/anthropic/v1/messages", "/anthropic/v1/messages"}, TargetCase{"xai", "/v1/messages", "/v1/messages"},
        TargetCase{"xai", "/v1/responses", "/v1/responses"}, TargetCase{"openrouter", "/v1/chat/completions", "/api/v1/chat/completions"},
        TargetCase{"openrouter", "/api/v1/chat/completions", "/api/v1/chat/completions"},
        TargetCase{"openrouter", "/v1/messages", "/api/v1/messages"}, TargetCase{"together", "/v1/images/generations", "/v1/images/generations"},
        TargetCase{"fireworks", "/v1/chat/completions", "/inference/v1/chat/completions"},
        TargetCase{"fireworks", "/inference/v1/messages", "/inference/v1/messages"}, TargetCase{"cerebras", "/v1/completions", "/v1/completions"},
        TargetCase{"perplexity", "/v1/chat/completions", "/chat/completions"}, TargetCase{"perplexity", "/chat/completions?a", "/chat/completions?a"},
        TargetCase{"perplexity", "/v1/sonar", "/v1/sonar"}, TargetCase{"ollama", "/api/chat", "/api/chat"},
        TargetCase{"ollama", "/v1/chat/completions", "/v1/chat/completions"}, TargetCase{"vllm", "/tokenize", "/tokenize"},
        TargetCase{"zhipu", "/v1/chat/completions", "/api/paas/v4/chat/completions"}));

INSTANTIATE_TEST_SUITE_P(Azure, AppendTarget,
                         testing::Values(TargetCase{"azure", "/v1/chat/completions", "/openai/v1/chat/completions"},
                                         TargetCase{"azure", "/openai/v1/responses", "/openai/v1/responses"},
                                         TargetCase{"azure", "/openai/deployments/my%20dep/chat/completions?api-version=2026-01-01",
                                                    "/openai/deployments/my%20dep/chat/completions?api-version=2026-01-01"},
                                         TargetCase{"azure", "/deployments/d/embeddings", "/openai/deployments/d/embeddings"}));

INSTANTIATE_TEST_SUITE_P(Gemini, AppendTarget,
                         testing::Values(TargetCase{"gemini", "/v1/chat/completions", "/v1beta/openai/chat/completions"},
                                         TargetCase{"gemini", "/v1beta/openai/chat/completions", "/v1beta/openai/chat/completions"},
                                         TargetCase{"gemini", "/v1/embeddings", "/v1beta/openai/embeddings"},
                                         TargetCase{"gemini", "/v1/images/generations", "/v1beta/openai/images/generations"},
                                         TargetCase{"gemini", "/v1/models", "/v1beta/openai/models"},
                                         TargetCase{"gemini", "/v1/models/gemini-3.8-flash", "/v1beta/openai/models/gemini-3.8-flash"},
                                         TargetCase{"gemini", "/v1/models", "/v1/models", CredentialHeader::x_goog_api_key},
                                         TargetCase{"gemini", "/v1/models?key=k", "/v1/models?key=k"},
                                         TargetCase{"gemini", "/v1/models?pageSize=5&key=k", "/v1/models?pageSize=5&key=k"},
                                         TargetCase{"gemini", "/v1/models/gemini-3.8-flash:generateContent",
                                                    "/v1/models/gemini-3.8-flash:generateContent"},
                                         TargetCase{"gemini", "/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse",
                                                    "/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse"},
                                         TargetCase{"gemini", "/v1alpha/models/m:countTokens", "/v1alpha/models/m:countTokens"},
                                         TargetCase{"gemini", "/v1/interactions", "/v1/interactions"},
                                         TargetCase{"gemini", "/upload/v1beta/files", "/upload/v1beta/files"}));

struct BaseCase {
  const char* provider;
  const char* base;
  const char* client;
  const char* want;
};
class AppendTargetBase : public testing::TestWithParam<BaseCase> {};

TEST_P(AppendTargetBase, FollowsTheOperatorsBaseUrl) {
  const auto& c = GetParam();
  const auto registry = config::build_registry({{c.provider, c.base, {}, {}, {}}});
  std::string out;
  append_target(out, test::named(*registry, c.provider), c.client);
  EXPECT_EQ(out, c.want) << c.base << ' ' << c.client;
}

INSTANTIATE_TEST_SUITE_P(Table, AppendTargetBase,
                         testing::Values(BaseCase{"groq", "http://127.0.0.1:9000/openai", "/v1/models", "/openai/v1/models"},
                                         BaseCase{"groq", "http://127.0.0.1:9000/openai", "/openai/v1/models", "/openai/v1/models"},
                                         BaseCase{"groq", "http://127.0.0.1:9000", "/v1/models", "/v1/models"},
                                         BaseCase{"groq", "http://127.0.0.1:9000", "/openai/v1/models", "/openai/v1/models"},
                                         BaseCase{"groq", "http://h/x/openai", "/openai/v1/models", "/x/openai/v1/models"},
                                         BaseCase{"openai", "http://h/v1/", "/v1/models", "/v1/models"},
                                         BaseCase{"openai", "http://h/team", "/v1/models", "/team/v1/models"},
                                         BaseCase{"openai", "http://h/team", "/", "/team/"},
                                         BaseCase{"azure", "http://127.0.0.1:9000", "/openai/v1/models", "/openai/v1/models"},
                                         BaseCase{"azure", "http://127.0.0.1:9000/openai", "/v1/models", "/openai/v1/models"},
                                         BaseCase{"gemini", "http://127.0.0.1:9000", "/v1/chat/completions", "/v1beta/openai/chat/completions"},
                                         BaseCase{"mine", "http://h", "/v1/chat/completions", "/v1/chat/completions"}));

}  // namespace
}  // namespace lectr::policy
