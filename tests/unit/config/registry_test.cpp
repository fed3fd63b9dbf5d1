#include <gtest/gtest.h>

#include "lectr/config/snapshot.hpp"

namespace lectr::config {
namespace {

const Provider& named(const Registry& r, std::string_view name) { return r.providers.at(r.by_name.find(name)->second); }

TEST(Registry, HoldsEveryBuiltInProviderOnce) {
  const auto registry = build_registry({});
  ASSERT_TRUE(registry);
  for (const char* name : {"openai", "anthropic", "gemini", "groq", "azure", "mistral", "deepseek", "xai", "openrouter", "together", "fireworks",
                           "cerebras", "perplexity", "ollama", "vllm"})
    EXPECT_TRUE(registry->by_name.contains(std::string_view{name})) << name;
  EXPECT_EQ(registry->providers.size(), registry->by_name.size());
  EXPECT_EQ(registry->providers[registry->fallback].name, "openai");
  for (const char* name : {"azure", "ollama", "vllm"})
    EXPECT_TRUE(named(*registry, name).needs_base && named(*registry, name).base.host.empty()) << name;
}

struct BaseCase {
  const char* name;
  const char* base_url;
  const char* path;
};
class RegistryBase : public testing::TestWithParam<BaseCase> {};

TEST_P(RegistryBase, IsCompletedForTheProvider) {
  const auto registry = build_registry({{GetParam().name, GetParam().base_url, {}, {}, {}}});
  ASSERT_TRUE(registry);
  EXPECT_EQ(named(*registry, GetParam().name).base.path, GetParam().path) << GetParam().base_url;
}

INSTANTIATE_TEST_SUITE_P(Table, RegistryBase,
                         testing::Values(BaseCase{"azure", "https://r.openai.azure.com", "/openai"},
                                         BaseCase{"azure", "https://r.openai.azure.com/openai/", "/openai"},
                                         BaseCase{"azure", "https://r.openai.azure.com/openai/v1/", "/openai"},
                                         BaseCase{"azure", "https://gateway.local/team", "/team/openai"}, BaseCase{"groq", "http://127.0.0.1:1", ""},
                                         BaseCase{"groq", "http://127.0.0.1:1/openai", "/openai"}, BaseCase{"mine", "http://h/v4", "/v4"}));

TEST(Registry, OverridesKeepTheRest) {
  const auto registry = build_registry({{"anthropic", "http://127.0.0.1:9", {}, {}, {}}, {"Mine", "http://h", "", {"My-Model", "my-*"}, {"mk-"}}});
  ASSERT_TRUE(registry);
  EXPECT_EQ(named(*registry, "anthropic").auth, AuthStyle::x_api_key);
  EXPECT_EQ(named(*registry, "anthropic").base.port, 9);
  const Provider& mine = named(*registry, "mine");
  EXPECT_EQ(mine.auth, AuthStyle::bearer);
  EXPECT_EQ(registry->providers[registry->by_model.find(std::string_view{"my-model"})->second].name, "mine");
  EXPECT_EQ(mine.model_globs, std::vector<std::string>{"my-*"});
}

TEST(Registry, OperatorsModelsComeBeforeTheBuiltInOnes) {
  const auto registry = build_registry({{"vllm", "http://h", "", {"whisper-1"}, {}}});
  ASSERT_TRUE(registry);
  EXPECT_EQ(registry->providers[registry->by_model.find(std::string_view{"whisper-1"})->second].name, "vllm");
}

TEST(Registry, NamesEveryProblem) {
  const auto registry = build_registry({{"a b", "http://h", {}, {}, {}}, {"openai", "nonsense", {}, {}, {}}});
  ASSERT_FALSE(registry);
  ASSERT_EQ(registry.error().size(), 2u);
  EXPECT_EQ(registry.error()[1].field, "providers.openai.base_url");
  const auto lonely = build_registry({{"mine", "", "", {"m"}, {}}});
  ASSERT_FALSE(lonely);
  EXPECT_EQ(lonely.error()[0].field, "providers.mine.base_url");
}

TEST(Registry, IndexHoldsEveryPatternOfUsableProviders) {
  const auto registry = build_registry({});
  std::size_t patterns = 0;
  for (const Provider& p : registry->providers) patterns += p.model_globs.size();
  EXPECT_EQ(registry->globs.size(), patterns);
  for (std::size_t c = 0; c < 128; ++c)
    for (std::size_t i = registry->glob_start[c]; i < registry->glob_start[c + 1]; ++i)
      EXPECT_EQ(static_cast<std::size_t>(registry->globs[i].text[0]), c);
}

}  // namespace
}  // namespace lectr::config
