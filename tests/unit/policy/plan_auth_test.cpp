#include <gtest/gtest.h>

#include "lectr/policy/detect.hpp"
#include "registry.hpp"

namespace lectr::policy {
namespace {

using H = CredentialHeader;
constexpr const char* kAnthropicKey = "sk-ant-api03-x";

struct AuthCase {
  const char* provider;
  H sent;
  const char* credential;
  const char* target;
  bool version;
  const char* want;
};
class PlanAuth : public testing::TestWithParam<AuthCase> {};

TEST_P(PlanAuth, SendsWhatTheProviderTakes) {
  const auto& c = GetParam();
  const wire::Endpoint endpoint = wire::classify("POST", c.target);
  const AuthPlan plan = plan_auth(test::named(test::with_bases(), c.provider), {{}, &endpoint, {}, c.credential, c.sent, c.version});
  EXPECT_EQ(plan.keep ? "keep" : std::string{plan.header} + (plan.bearer ? " bearer" : ""), c.want)
      << c.provider << ' ' << c.credential << ' ' << c.target;
}

constexpr const char *kChat = "/v1/chat/completions", *kMessages = "/v1/messages", *kNative = "/v1beta/models/m:generateContent";

INSTANTIATE_TEST_SUITE_P(Bearer, PlanAuth,
                         testing::Values(AuthCase{"openai", H::bearer, "sk-x", kChat, false, "keep"},
                                         AuthCase{"openai", H::api_key, "sk-x", kChat, false, "authorization bearer"},
                                         AuthCase{"groq", H::none, "gsk_x", kChat, false, "authorization bearer"},
                                         AuthCase{"xai", H::x_api_key, "xai-x", kMessages, true, "authorization bearer"},
                                         AuthCase{"ollama", H::bearer, "any", kChat, false, "keep"}));

INSTANTIATE_TEST_SUITE_P(Anthropic, PlanAuth,
                         testing::Values(AuthCase{"anthropic", H::bearer, kAnthropicKey, kChat, false, "x-api-key"},
                                         AuthCase{"anthropic", H::bearer, kAnthropicKey, kMessages, false, "x-api-key"},
                                         AuthCase{"anthropic", H::bearer, kAnthropicKey, kMessages, true, "keep"},
                                         AuthCase{"anthropic", H::x_api_key, kAnthropicKey, kMessages, true, "keep"},
                                         AuthCase{"anthropic", H::none, kAnthropicKey, kMessages, true, "x-api-key"},
                                         AuthCase{"anthropic", H::bearer, "sk-ant-oat01-x", kMessages, false, "keep"},
                                         AuthCase{"anthropic", H::none, "sk-ant-oat01-x", kMessages, true, "authorization bearer"},
                                         AuthCase{"anthropic", H::x_api_key, "sk-ant-oat01-x", kMessages, true, "authorization bearer"},
                                         AuthCase{"anthropic", H::bearer, "eyJworkload", kMessages, false, "keep"},
                                         AuthCase{"anthropic", H::x_api_key, "sk-ant-admin01-x", "/v1/organizations/me", true, "keep"},
                                         AuthCase{"anthropic", H::bearer, "sk-ant-admin01-x", "/v1/organizations/me", false, "keep"},
                                         AuthCase{"anthropic", H::api_key, kAnthropicKey, kMessages, true, "x-api-key"}));

INSTANTIATE_TEST_SUITE_P(Azure, PlanAuth,
                         testing::Values(AuthCase{"azure", H::bearer, "0123456789abcdef0123456789abcdef", kChat, false, "api-key"},
                                         AuthCase{"azure", H::api_key, "k", kChat, false, "keep"},
                                         AuthCase{"azure", H::bearer, "eyJ0eXAi.x.y", kChat, false, "keep"},
                                         AuthCase{"azure", H::none, "k", kChat, false, "api-key"}));

INSTANTIATE_TEST_SUITE_P(Gemini, PlanAuth,
                         testing::Values(AuthCase{"gemini", H::bearer, "AQ.x", kNative, false, "x-goog-api-key"},
                                         AuthCase{"gemini", H::x_goog_api_key, "AQ.x", kNative, false, "keep"},
                                         AuthCase{"gemini", H::query_key, "AIzax", kNative, false, "keep"},
                                         AuthCase{"gemini", H::bearer, "AQ.x", kChat, false, "keep"},
                                         AuthCase{"gemini", H::x_goog_api_key, "AQ.x", kChat, false, "authorization bearer"},
                                         AuthCase{"gemini", H::none, "AQ.x", "/v1beta/openai/chat/completions", false, "authorization bearer"},
                                         AuthCase{"gemini", H::none, "AQ.x", kNative, false, "x-goog-api-key"},
                                         AuthCase{"gemini", H::bearer, "ya29.x", kNative, false, "keep"},
                                         AuthCase{"gemini", H::bearer, "AQ.x", "/v1/models", false, "keep"},
                                         AuthCase{"gemini", H::x_goog_api_key, "AQ.x", "/v1/models", false, "keep"}));

}  // namespace
}  // namespace lectr::policy
