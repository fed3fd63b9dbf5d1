// What an org sets for itself within its document, and that no secret gets into one.
#include <gtest/gtest.h>

#include <algorithm>

#include "config/secret_look.hpp"
#include "lectr/config/stored_control.hpp"

namespace lectr::config {
namespace {

const Registry& registry() {
  static const Registry made = build_registry({}).value();
  return made;
}

constexpr const char* kWhole = R"({
  "document_only": true, "exact_stream_usage": true, "anomalies": {"sigma": "2.5"}, "retention": {"row_days": 30, "rollup_days": 0},
  "providers": [{"name": "OpenAI", "credential": "env:OPENAI_API_KEY"}, {"name": "azure", "base_url": "https://halden.openai.azure.com"}],
  "models": [{"name": "Acme-*", "provider": "Groq"}],
  "prices": [{"provider": "openai", "model": "GPT-X", "input": "0.15", "output": 1, "cached": "0.075"}],
  "rules": [{"name": "a"}]
})";

TEST(OwnSettings, AreReadWrittenAndReadAlone) {
  const auto read = parse_control(kWhole, registry());
  ASSERT_TRUE(read) << read.error().front().to_text();
  const OwnSettings& own = read->own;
  EXPECT_TRUE(own.document_only && own.exact_stream_usage);
  EXPECT_EQ(own.anomaly_sigma_tenths, 25);
  EXPECT_EQ(own.retention, (Retention{30, 0}));
  EXPECT_EQ(own.providers, (std::vector<OwnProvider>{{"openai", "env:OPENAI_API_KEY", ""}, {"azure", "", "https://halden.openai.azure.com"}}));
  EXPECT_EQ(own.models, (std::vector<OwnModel>{{"acme-*", "groq"}}));
  EXPECT_EQ(own.prices, (std::vector<PriceOverride>{{"openai", "gpt-x", 150'000'000, 1'000'000'000, 75'000'000, {}}}));
  EXPECT_EQ(parse_control(write_control(*read), registry()).value(), *read);
  EXPECT_EQ(read_own_settings(write_control(*read)), own);
  EXPECT_EQ(read_own_settings("{"), OwnSettings{});
}

TEST(OwnSettings, ReplaceThoseOfADocumentAndNothingElse) {
  const Control before = parse_control(kWhole, registry()).value();
  OwnSettings other = before.own;
  other.providers.clear();
  other.retention.row_days = 7;
  Control after = before;
  after.own = other;
  EXPECT_EQ(with_own_settings(write_control(before), other), write_control(after)) << "in the same order of members";
  EXPECT_EQ(with_own_settings("{}", OwnSettings{}), write_control(Control{}));
}

struct Wrong {
  const char *name, *json, *field, *reason;
};
class WrongSettings : public testing::TestWithParam<Wrong> {};
TEST_P(WrongSettings, AreNamed) {
  const auto read = parse_control(GetParam().json, registry());
  ASSERT_FALSE(read);
  const Problems problems = read.error();
  const auto named = std::find_if(problems.begin(), problems.end(), [](const Problem& p) { return p.field == GetParam().field; });
  ASSERT_NE(named, problems.end()) << problems.front().to_text();
  EXPECT_NE(named->reason.find(GetParam().reason), std::string::npos) << named->reason;
}
INSTANTIATE_TEST_SUITE_P(
    Table, WrongSettings,
    testing::Values(
        Wrong{"unknown_provider", R"({"providers":[{"name":"nobody","credential":"env:A"}]})", "providers[0].name", "no such provider"},
        Wrong{"says_nothing", R"({"providers":[{"name":"openai"}]})", "providers[0].name", "neither"},
        Wrong{"twice", R"({"providers":[{"name":"openai","credential":"env:A"},{"name":"OpenAI","credential":"env:B"}]})", "providers[1].name",
              "already"},
        Wrong{"no_reference", R"({"providers":[{"name":"openai","credential":"A"}]})", "providers[0].credential", ""},
        Wrong{"bad_url", R"({"providers":[{"name":"openai","base_url":"ftp://x"}]})", "providers[0].base_url", ""},
        Wrong{"model_of_nobody", R"({"models":[{"name":"a","provider":"nobody"}]})", "models[0].provider", "no such provider"},
        Wrong{"model_without_provider", R"({"models":[{"name":"a"}]})", "models[0].provider", "needed"},
        Wrong{"price_float", R"({"prices":[{"provider":"openai","model":"m","input":0.5,"output":"1"}]})", "prices[0].input", "as text"},
        Wrong{"price_too_fine", R"({"prices":[{"provider":"openai","model":"m","input":"0.0000000001","output":"1"}]})", "prices[0].input", "nine"},
        Wrong{"price_missing", R"({"prices":[{"provider":"openai","model":"m","input":"1"}]})", "prices[0].output", "needed"},
        Wrong{"price_twice",
              R"({"prices":[{"provider":"openai","model":"m","input":1,"output":1},{"provider":"openai","model":"M","input":1,"output":2}]})",
              "prices[1].model", "already"},
        Wrong{"days", R"({"retention":{"row_days":4000}})", "retention.row_days", "3650"},
        Wrong{"sigma_zero", R"({"anomalies":{"sigma":0}})", "anomalies.sigma", "1 to 10"},
        Wrong{"sigma_fine", R"({"anomalies":{"sigma":"2.25"}})", "anomalies.sigma", "one decimal"},
        Wrong{"sigma_word", R"({"anomalies":{"sigma":"high"}})", "anomalies.sigma", "1 to 10"},
        Wrong{"unknown_member", R"({"retention":{"days":3}})", "retention.days", "no such field"}),
    [](const auto& instance) { return instance.param.name; });

struct Look {
  const char *name, *text;
  bool secret;
};
class SecretLook : public testing::TestWithParam<Look> {};
TEST_P(SecretLook, IsTold) { EXPECT_EQ(looks_secret(GetParam().text, registry()), GetParam().secret) << GetParam().text; }
INSTANTIATE_TEST_SUITE_P(
    Table, SecretLook,
    testing::Values(Look{"openai", "sk-proj-Abc123Def456Ghi789Jkl", true}, Look{"anthropic", "sk-ant-api03-AAAA1111BBBB2222CCCC", true},
                    Look{"groq", "gsk_Abcdefghij0123456789", true}, Look{"google", "AIzaSyA-1234567890abcdefghijklmnopqrstu", true},
                    Look{"lectr", "lc_key_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefg", true},
                    Look{"bearer", "Bearer sk-proj-Abc123Def456Ghi789Jkl", true},
                    Look{"in_a_url", "https://x.example/?key=sk-proj-Abc123Def456Ghi789Jkl", false /* `?key=` and the key are one word */},
                    Look{"github", "ghp_0123456789abcdefABCDEF0123456789abcd", true}, Look{"aws", "AKIA0123456789ABCDEF", true},
                    Look{"jwt", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc123", true}, Look{"pem", "-----BEGIN PRIVATE KEY-----", true},
                    Look{"hex", "0123456789abcdef0123456789abcdef", true}, Look{"azure", "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6", true},
                    Look{"slack_hook", "https://hooks.slack.com/services/T0/B0/x", true}, Look{"reference", "env:OPENAI_API_KEY", false},
                    Look{"file", "file:/run/secrets/sk-proj-Abc123Def456Ghi789Jkl", false}, Look{"model", "gpt-4o-mini-2024-07-18", false},
                    Look{"long_model", "accounts/fireworks/models/llama-v3p1-405b-instruct", false},
                    Look{"fine_tuned", "ft:gpt-4o-mini-2024-07-18:acme:support-v12:AbC123xY", false},
                    Look{"claude", "claude-3-5-sonnet-20241022", false}, Look{"feature", "sk-learn-pipeline-advice", false},
                    Look{"uuid", "123e4567-e89b-12d3-a456-426614174000", false}, Look{"sentence", "the key of the support team, as of 2026", false},
                    Look{"url", "https://halden.openai.azure.com/openai", false}, Look{"long_word", "supercalifragilisticexpialidocious", false}),
    [](const auto& instance) { return instance.param.name; });

TEST(SecretsInADocument, ThatWasStoredBeforeStayInForce) {
  const char* stored = R"({"rules":[{"name":"a"}],"alerts":[{"name":"s","type":"slack","url":"https://hooks.slack.com/services/T0/B0/x"}]})";
  EXPECT_FALSE(parse_control(stored, registry()));
  const auto read = parse_stored_control(stored, registry());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->rules.size(), 1u);
  EXPECT_FALSE(parse_stored_control(R"({"rules":[{"name":""}]})", registry())) << "what is wrong stays wrong";
}

TEST(SecretsInADocument, AreRefusedWhereverTheyAreAndNeverRepeated) {
  const auto read = parse_control(
      R"({"rules":[{"name":"sk-proj-Abc123Def456Ghi789Jkl"}],"providers":[{"name":"openai","credential":"sk-ant-api03-AAAA1111BBBB2222"}],
          "alerts":[{"name":"a","type":"slack","url":"https://hooks.slack.com/services/T0/B0/x"}],
          "budgets":[{"name":"b","cap":1,"at_cap":"downgrade","downgrade":{"gsk_Abcdefghij0123456789":"x"}}]})",
      registry());
  ASSERT_FALSE(read);
  std::string all;
  int looks = 0;
  for (const Problem& p : read.error()) {
    all += p.to_text() + "\n";
    looks += p.reason.find("looks like a secret") != std::string::npos;
  }
  EXPECT_EQ(looks, 4) << all;
  for (const char* part : {"Abc123", "AAAA1111", "T0/B0", "Abcdefghij"}) EXPECT_EQ(all.find(part), std::string::npos) << all;
}

}  // namespace
}  // namespace lectr::config
