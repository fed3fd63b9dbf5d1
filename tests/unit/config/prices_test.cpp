#include <gtest/gtest.h>

#include <chrono>

#include "lectr/config/snapshot.hpp"

namespace lectr::config {
namespace {

const ModelPrice& last_price(const char* key) { return builtin_prices()->models.find(std::string_view{key})->second.back(); }

TEST(BuiltinPrices, AreExactIntegersWithTheirProvenance) {
  const auto table = builtin_prices();
  EXPECT_EQ(table->version, "builtin-2026-11-10");
  EXPECT_EQ(table->dated_us, 1'794'268'800'000'000);  // 2026-11-10T00:00:00Z
  EXPECT_GT(table->models.size(), 1'000u);
  EXPECT_EQ(last_price("openai/gpt-4o-mini").input.base, 150'000'000);                                                 // 0.15 USD/M
  EXPECT_EQ(table->models.find(std::string_view{"deepseek/deepseek-v4-pro"})->second.front().cached.base, 3'625'000);  // 0.003625 USD/M
  EXPECT_EQ(builtin_prices(), table);
}

TEST(BuiltinPrices, TwiceTheInputForLongLivedCacheWrites) {
  EXPECT_EQ(last_price("anthropic/claude-sonnet-5-5").cache_write_1h.base, 4'000'000'000);
  EXPECT_EQ(last_price("openai/gpt-6-sol").cache_write_1h.base, 4'000'000'000);
  EXPECT_EQ(last_price("openai/gpt-6-sol").cache_write_1h.over_threshold, 8'000'000'000);
  EXPECT_EQ(last_price("openai/gpt-4o").cache_write.base, -1);
}

TEST(BuiltinPrices, LeaveOutWhatHasNoTokenPrice) {
  for (const char* key : {"gemini/gemma-4-31b-it", "openai/whisper-1", "openai/omni-moderation-latest", "mistral/labs-leanstral-1-5-1"})
    EXPECT_FALSE(builtin_prices()->models.contains(std::string_view{key})) << key;
}

// The target is 3 ms; the bound leaves room for debug and sanitizer builds on a busy machine.
TEST(BuiltinPrices, ParseQuickly) {
  std::string text = "v\tt\t1\n";
  for (int i = 0; i < 1'050; ++i)
    text += "m\tp" + std::to_string(i) +
            "\tname-a name-a-2026-01-01 name-b*\ti2.5>272000:5 o10>272000:15 c0.25>272000:0.5\t@2026-08-17@01:00-04:00/1-5 i1.32 o3.96 c0.044\n";
  auto best = std::chrono::nanoseconds::max();
  for (int run = 0; run < 5; ++run) {
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(parse_prices(text));
    best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - start);
  }
  EXPECT_LT(best, std::chrono::milliseconds{30});
  std::printf("1050 models, %zu bytes: %.2f ms\n", text.size(), static_cast<double>(best.count()) / 1e6);
}

struct PriceTextCase {
  const char* name;
  const char* text;
  bool good;
};
class ParsePrices : public testing::TestWithParam<PriceTextCase> {};
TEST_P(ParsePrices, TakesWellFormedLinesOnly) {
  EXPECT_EQ(parse_prices(std::string{"v\tt\t1\n"} + GetParam().text).has_value(), GetParam().good) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(
    Table, ParsePrices,
    testing::Values(PriceTextCase{"plain", "m\tp\ta\ti1 o2\n", true}, PriceTextCase{"comment", "# hello\n\n", true},
                    PriceTextCase{"window", "m\tp\ta\t@01:00-04:00/1-5 i1\n", true}, PriceTextCase{"tier", "t\tp\tflex\t*\t500\t500\t500\n", true},
                    PriceTextCase{"no_input", "m\tp\ta\to2\n", false}, PriceTextCase{"no_period", "m\tp\ta\n", false},
                    PriceTextCase{"letter", "m\tp\ta\tz1 i1\n", false}, PriceTextCase{"too_fine", "m\tp\ta\ti0.0000000001\n", false},
                    PriceTextCase{"negative", "m\tp\ta\ti-1\n", false}, PriceTextCase{"date", "m\tp\ta\t@2026-02-30 i1\n", false},
                    PriceTextCase{"clock", "m\tp\ta\t@01:00-24:00 i1\n", false}, PriceTextCase{"days", "m\tp\ta\t@01:00-02:00/0-8 i1\n", false},
                    PriceTextCase{"threshold", "m\tp\ta\ti1>x:2\n", false}, PriceTextCase{"half_tier", "m\tp\ta\ti1>5\n", false},
                    PriceTextCase{"kind", "q\tp\n", false}, PriceTextCase{"tier_order", "t\tp\tx\t*\t500\t400\t500\n", false}),
    [](const auto& c) { return std::string{c.param.name}; });

TEST(ParsePrices, NeedsAVersion) { EXPECT_FALSE(parse_prices("m\tp\ta\ti1\n")); }

}  // namespace
}  // namespace lectr::config
