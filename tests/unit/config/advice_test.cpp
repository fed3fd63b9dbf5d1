#include "lectr/config/advice.hpp"

#include <gtest/gtest.h>

#include "lectr/base/time_text.hpp"
#include "lectr/config/snapshot.hpp"

namespace lectr::config {
namespace {

constexpr const char* kVersion = "v\t2026-11-26\n";

TEST(Advice, ReadsBothTables) {
  const auto advice = parse_advice(std::string{kVersion} + "d\topenai\tbig big-20*\tgroq/openai/small\tsmaller\n",
                                   std::string{kVersion} + "# why\nd\topenai\told*\t-\t2026-12-11\tnew\thttps://example.com/ends\n");
  ASSERT_TRUE(advice.has_value());
  EXPECT_EQ(advice->downgrades_version, "2026-11-26");
  const auto found = downgrades_of(*advice, "openai", "big-2026-01-01");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]->to_provider, "groq");
  EXPECT_EQ(found[0]->to_model, "openai/small");
  EXPECT_TRUE(downgrades_of(*advice, "azure", "big").empty());
  const Deprecation* end = deprecation_of(*advice, "openai", "old-1");
  ASSERT_NE(end, nullptr);
  EXPECT_EQ(end->announced_us, 0);
  EXPECT_EQ(to_rfc3339(end->ends_us), "2026-12-11T00:00:00.000000Z");
  EXPECT_EQ(deprecation_of(*advice, "openai", "new"), nullptr);
}

TEST(Advice, RefusesLinesThatDoNotRead) {
  for (const char* line :
       {"d\topenai\tbig\tsmall\tno provider\n", "d\topenai\t\ta/b\twhy\n", "d\topenai\tbig\ta/b\t\n", "q\topenai\tbig\ta/b\twhy\n"})
    EXPECT_FALSE(parse_advice(std::string{kVersion} + line, kVersion).has_value()) << line;
  for (const char* line : {"d\topenai\told\t-\tsoon\t\thttps://e.com\n", "d\topenai\told\t2026-13-01\t2026-12-01\t\thttps://e.com\n",
                           "d\topenai\told\t-\t2026-12-01\tnew\tsomebody said so\n"})
    EXPECT_FALSE(parse_advice(kVersion, std::string{kVersion} + line).has_value()) << line;
  EXPECT_FALSE(parse_advice("", kVersion).has_value());
}

// A candidate without a price could never be shown, and one that ends soon should not be.
TEST(Advice, BuiltinCandidatesHavePricesAndNoEnd) {
  const auto& advice = builtin_advice();
  const auto prices = builtin_prices();
  EXPECT_FALSE(advice.downgrades.empty());
  for (const Downgrade& d : advice.downgrades) {
    EXPECT_TRUE(prices->models.contains(d.to_provider + "/" + d.to_model)) << d.to_model;
    EXPECT_EQ(deprecation_of(advice, d.to_provider, d.to_model), nullptr) << d.to_model;
  }
  for (const Deprecation& d : advice.deprecations) EXPECT_LT(d.announced_us, d.ends_us) << d.models.front();
}

}  // namespace
}  // namespace lectr::config
