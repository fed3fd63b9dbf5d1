#include "lectr/policy/price.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace lectr::policy {
namespace {

// A Wednesday, 12:00 UTC: after every dated price of the table but those of 2027, off DeepSeek's peak.
constexpr std::int64_t at(int year, unsigned month, unsigned day, int hour = 12, int minute = 0) {
  const std::chrono::sys_days date = std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day};
  return std::chrono::duration_cast<std::chrono::microseconds>(date.time_since_epoch() + std::chrono::hours{hour} + std::chrono::minutes{minute})
      .count();
}
constexpr std::int64_t kNow = at(2026, 11, 18);

std::string text(const std::optional<Money>& money) { return money ? money->to_text() : "none"; }
std::string text(const Cost& cost) {
  const std::string value = text(cost.value), low = text(cost.low), high = text(cost.high);
  return (value == low && value == high ? value : value + " [" + low + ", " + high + "]") + ' ' + std::string{to_text(cost.source)};
}

using U = wire::Usage;
struct PriceCase {
  const char* name;
  const char* provider;
  const char* model;
  U usage;
  const char* want;
  const char* tier = "";
  std::int64_t when = kNow;
};
class Price : public testing::TestWithParam<PriceCase> {};
TEST_P(Price, IsExact) {
  const auto& c = GetParam();
  const Cost cost =
      price(*config::builtin_prices(),
            {.provider = c.provider, .model = c.model, .usage = c.usage, .output_estimate = {}, .service_tier = c.tier, .at_us = c.when});
  EXPECT_EQ(text(cost), c.want);
}
// What is expected before a request is what it will cost if it uses just that, and nothing else plays a part.
TEST_P(Price, IsExpectedBefore) {
  const auto& c = GetParam();
  const U plain{.input = c.usage.input, .output = std::max<std::int64_t>(c.usage.output, 0)};
  const Cost cost = price(*config::builtin_prices(), {.provider = c.provider, .model = c.model, .usage = plain, .at_us = c.when});
  const auto expected = expect_cost(list_model(*config::builtin_prices(), nullptr, c.provider, c.model), plain.input, plain.output, c.when);
  if (plain.input < 0) return;
  ASSERT_EQ(expected.has_value(), cost.value.has_value());
  if (!expected) return;
  EXPECT_EQ(expected->cost.to_text(), text(cost.value));
  const U longer{.input = plain.input, .output = plain.output + 1};
  const Cost more = price(*config::builtin_prices(), {.provider = c.provider, .model = c.model, .usage = longer, .at_us = c.when});
  EXPECT_EQ(expected->output_femto, more.value->femto - cost.value->femto);
}
const auto kName = [](const auto& c) { return std::string{c.param.name}; };

INSTANTIATE_TEST_SUITE_P(
    Plain, Price,
    testing::Values(
        // 1000 * 0.15/M + 500 * 0.60/M = 0.00015 + 0.0003
        PriceCase{"mini", "openai", "gpt-4o-mini", {.input = 1000, .output = 500}, "0.00045 price_table"},
        // 1 * 0.15/M: nothing is rounded away
        PriceCase{"one_token", "openai", "gpt-4o-mini", {.input = 1, .output = 0}, "0.00000015 price_table"},
        // 8000 of 10000 cached: 2000 * 0.15/M + 8000 * 0.075/M + 100 * 0.60/M = 0.0003 + 0.0006 + 0.00006
        PriceCase{"cached", "openai", "gpt-4o-mini", {.input = 10000, .output = 100, .cached = 8000}, "0.00096 price_table"},
        // 1000 = 300 cached + 500 written + 200 plain: 200 * 2/M + 300 * 0.1/M + 500 * 2.5/M + 10 * 10/M = 0.0004 + 0.00003 + 0.00125 + 0.0001
        PriceCase{
            "cache_write", "anthropic", "claude-sonnet-5-5", {.input = 1000, .output = 10, .cached = 300, .cache_write = 500}, "0.00178 price_table"},
        // of the 500 written 200 for an hour at 2 * 2/M: 0.0004 + 0.00003 + 300 * 2.5/M + 200 * 4/M + 0.0001 = 0.0004 + 0.00003 + 0.00075 +
        // 0.0008 + 0.0001
        PriceCase{"cache_write_1h",
                  "anthropic",
                  "claude-sonnet-5-5",
                  {.input = 1000, .output = 10, .cached = 300, .cache_write = 500, .cache_write_1h = 200},
                  "0.00208 price_table"},
        // reasoning is inside the output: 100 * 1.25/M + 1000 * 10/M = 0.000125 + 0.01
        PriceCase{"reasoning", "openai", "gpt-5", {.input = 100, .output = 1000, .reasoning = 900}, "0.010125 price_table"},
        // its reasoning has a rate of its own: 100 * 2/M + 200 * 8/M + 800 * 3/M = 0.0002 + 0.0016 + 0.0024
        PriceCase{"reasoning_rate", "perplexity", "sonar-deep-research", {.input = 100, .output = 1000, .reasoning = 800}, "0.0042 price_table"},
        // 1000 input of which 400 audio, 300 output of which 200 audio: 600 * 4/M + 400 * 32/M + 100 * 16/M + 200 * 64/M = 0.0024 + 0.0128 +
        // 0.0016 + 0.0128;
        // up to 5/M should the 600 be images: + 0.0006
        PriceCase{"audio",
                  "openai",
                  "gpt-realtime",
                  {.input = 1000, .output = 300, .audio_input = 400, .audio_output = 200},
                  "0.0296 [0.0296, 0.0302] price_table"},
        // an embedding has no output price: 5000 * 0.02/M
        PriceCase{"embedding", "openai", "text-embedding-3-small", {.input = 5000, .output = 0}, "0.0001 price_table"},
        // zero is a price where the usage is zero
        PriceCase{"nothing_used", "openai", "gpt-4o", {.input = 0, .output = 0}, "0 price_table"},
        // parts that exceed the whole are the provider's mistake: cached is cut to 10: 10 * 0.075/M
        PriceCase{"inconsistent", "openai", "gpt-4o-mini", {.input = 10, .output = 0, .cached = 50, .cache_write = 7}, "0.00000075 price_table"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    LongPrompts, Price,
    testing::Values(
        // at the threshold: 272000 * 2/M + 1000 * 10/M = 0.544 + 0.01
        PriceCase{"at_threshold", "openai", "gpt-6-sol", {.input = 272000, .output = 1000}, "0.554 price_table"},
        // one beyond, all of it: 272001 * 4/M + 1000 * 15/M = 1.088004 + 0.015
        PriceCase{"cliff", "openai", "gpt-6-sol", {.input = 272001, .output = 1000}, "1.103004 price_table"},
        // the threshold counts cached input too: 1 * 4/M + 272000 * 0.4/M + 0 = 0.000004 + 0.1088
        PriceCase{"cached_counts", "openai", "gpt-6-sol", {.input = 272001, .output = 0, .cached = 272000}, "0.108804 price_table"},
        // Haiku 5.5 > 100000: five times: 100001 * 0.5/M + 10 * 2.5/M = 0.0500005 + 0.000025
        PriceCase{"haiku", "anthropic", "claude-haiku-5-5", {.input = 100001, .output = 10}, "0.0500255 price_table"},
        // 200001 * 2.5/M + 100 * 15/M = 0.5000025 + 0.0015
        PriceCase{"gemini", "gemini", "gemini-2.5-pro", {.input = 200001, .output = 100}, "0.5015025 price_table"},
        // flat since 2026-03-13: 300000 * 5/M; before: 300000 * 10/M
        PriceCase{"opus_flat_now", "anthropic", "claude-opus-4-6", {.input = 300000, .output = 0}, "1.5 price_table"},
        PriceCase{"opus_tier_before", "anthropic", "claude-opus-4-6", {.input = 300000, .output = 0}, "3 price_table", "", at(2026, 3, 12, 23, 59)}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Dates, Price,
    testing::Values(
        // 1000 * 5/M before the promotion, 1000 * 4/M from 2026-08-21 on
        PriceCase{"before", "openai", "gpt-5.6-sol", {.input = 1000, .output = 0}, "0.005 price_table", "", at(2026, 8, 20, 23, 59)},
        PriceCase{"from", "openai", "gpt-5.6-sol", {.input = 1000, .output = 0}, "0.004 price_table", "", at(2026, 8, 21, 0)},
        // doubles on 2027-01-01: 1000 * 0.75/M, 1000 * 1.5/M
        PriceCase{"this_year", "gemini", "gemini-3.8-flash", {.input = 1000, .output = 0}, "0.00075 price_table", "", at(2026, 12, 31, 23, 59)},
        PriceCase{"next_year", "gemini", "gemini-3.8-flash", {.input = 1000, .output = 0}, "0.0015 price_table", "", at(2027, 1, 1, 0)},
        // Wednesday: peak 01-04 and 06-10 UTC 1.32/M, else 0.66/M
        PriceCase{"peak_starts", "deepseek", "deepseek-v4-pro", {.input = 1000, .output = 0}, "0.00132 price_table", "", at(2026, 11, 18, 1)},
        PriceCase{"peak_ended", "deepseek", "deepseek-v4-pro", {.input = 1000, .output = 0}, "0.00066 price_table", "", at(2026, 11, 18, 4)},
        PriceCase{"second_peak", "deepseek", "deepseek-v4-pro", {.input = 1000, .output = 0}, "0.00132 price_table", "", at(2026, 11, 18, 9, 59)},
        PriceCase{"saturday", "deepseek", "deepseek-v4-pro", {.input = 1000, .output = 0}, "0.00066 price_table", "", at(2026, 11, 21, 2)},
        PriceCase{"sunday", "deepseek", "deepseek-v4-pro", {.input = 1000, .output = 0}, "0.00066 price_table", "", at(2026, 11, 22, 2)},
        PriceCase{"monday", "deepseek", "deepseek-v4-pro", {.input = 1000, .output = 0}, "0.00132 price_table", "", at(2026, 11, 23, 2)},
        // the first weekend of the windows had peaks; before the windows the price was flat
        PriceCase{"first_saturday", "deepseek", "deepseek-v4-pro", {.input = 1000, .output = 0}, "0.00132 price_table", "", at(2026, 8, 22, 2)},
        PriceCase{"flat_before", "deepseek", "deepseek-v4-pro", {.input = 1000, .output = 0}, "0.000435 price_table", "", at(2026, 8, 16, 2)}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Names, Price,
    testing::Values(PriceCase{"unknown", "openai", "gpt-99", {.input = 10, .output = 10}, "none unknown_model"},
                    PriceCase{"no_model", "openai", "", {.input = 10, .output = 10}, "none unknown_model"},
                    PriceCase{"other_provider", "groq", "gpt-4o-mini", {.input = 10, .output = 10}, "none unknown_model"},
                    PriceCase{"snapshot", "openai", "gpt-6-sol-2026-10-01", {.input = 1000, .output = 0}, "0.002 matched_alias"},
                    PriceCase{"compact_snapshot", "anthropic", "claude-sonnet-5-5-20261002", {.input = 1000, .output = 0}, "0.002 matched_alias"},
                    PriceCase{"vertex_snapshot", "anthropic", "claude-haiku-4-5@20251001", {.input = 1000, .output = 0}, "0.001 matched_alias"},
                    PriceCase{"listed_snapshot_has_its_own_price", "openai", "gpt-4o-2024-05-13", {.input = 1000, .output = 0}, "0.005 price_table"},
                    PriceCase{"next_version_is_another_model", "anthropic", "claude-sonnet-5-9", {.input = 1000, .output = 0}, "none unknown_model"},
                    PriceCase{"variant_is_another_model", "gemini", "gemini-3.8-flash-lite", {.input = 1000, .output = 0}, "none unknown_model"},
                    PriceCase{"family", "gemini", "gemini-2.5-pro-preview-06-05", {.input = 1000, .output = 0}, "0.00125 matched_alias"},
                    PriceCase{"family_revision", "gemini", "models/gemini-3.8-flash-001", {.input = 1000, .output = 0}, "0.00075 matched_alias"},
                    PriceCase{"tts_is_not_pro", "gemini", "gemini-2.5-pro-preview-tts", {.input = 1000, .output = 0}, "0.001 price_table"},
                    PriceCase{"fine_tuned", "openai", "ft:gpt-4o-2024-08-06:my-org::abc", {.input = 1000, .output = 0}, "0.00375 matched_alias"},
                    PriceCase{"any_case", "openai", "GPT-4o-Mini", {.input = 1000, .output = 0}, "0.00015 price_table"},
                    PriceCase{"client_side_suffix", "anthropic", "claude-opus-5[1m]", {.input = 1000, .output = 0}, "0.005 price_table"},
                    PriceCase{"azure_resells", "azure", "gpt-6-sol", {.input = 1000, .output = 0}, "0.002 price_table"},
                    PriceCase{"azure_resells_snapshot", "azure", "gpt-6-sol-2026-10-01", {.input = 1000, .output = 0}, "0.002 matched_alias"},
                    PriceCase{"no_tokens_no_cost", "openai", "gpt-4o", {}, "none none"},
                    PriceCase{"free_model_of_unknown_price", "gemini", "gemma-4-31b-it", {.input = 1000, .output = 0}, "none unknown_model"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Tiers, Price,
    testing::Values(
        // 1000 * 2/M + 100 * 10/M = 0.003
        PriceCase{"default_tier", "openai", "gpt-6-sol", {.input = 1000, .output = 100}, "0.003 price_table", "default"},
        PriceCase{"flex", "openai", "gpt-6-sol", {.input = 1000, .output = 100}, "0.0015 price_table", "flex"},
        PriceCase{"priority", "openai", "gpt-6-sol", {.input = 1000, .output = 100}, "0.006 price_table", "priority"},
        // 1000 * 5/M * 2.5
        PriceCase{"priority_gpt_5_5", "openai", "gpt-5.5", {.input = 1000, .output = 0}, "0.0125 price_table", "priority"},
        // 1 * 0.15/M * 0.5 = 0.000000075
        PriceCase{"half_of_one", "openai", "gpt-4o-mini", {.input = 1, .output = 0}, "0.000000075 price_table", "batch"},
        // 1000 * 4/M * 2, 1000 * 5/M * 6
        PriceCase{"fast_opus", "anthropic", "claude-opus-5-5", {.input = 1000, .output = 0}, "0.008 price_table", "fast"},
        PriceCase{"fast_older_opus", "anthropic", "claude-opus-4-6", {.input = 1000, .output = 0}, "0.03 price_table", "fast"},
        // 1000 * 0.75/M * 1.875 [1.75, 2]
        PriceCase{
            "gemini_priority", "gemini", "gemini-3.8-flash", {.input = 1000, .output = 0}, "0.00140625 [0.0013125, 0.0015] price_table", "PRIORITY"},
        PriceCase{"groq_flex", "groq", "llama-3.3-70b-versatile", {.input = 1000, .output = 0}, "0.00059 price_table", "flex"},
        // no multiplier known: the plain price, at least half of it, no upper bound
        PriceCase{"unknown_tier", "openai", "gpt-6-sol", {.input = 1000, .output = 100}, "0.003 [0.0015, none] price_table", "turbo"},
        PriceCase{"unchecked_fast", "anthropic", "claude-opus-5", {.input = 1000, .output = 0}, "0.005 [0.0025, none] price_table", "fast"},
        PriceCase{"committed_priority", "anthropic", "claude-opus-5", {.input = 1000, .output = 0}, "0.005 [0.0025, none] price_table", "priority"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Bands, Price,
    testing::Values(
        // no cache price is known for it: 1000 * 0.59/M, at least the 600 that were not cached
        PriceCase{"cache_price_unknown",
                  "groq",
                  "llama-3.3-70b-versatile",
                  {.input = 1000, .output = 0, .cached = 400},
                  "0.00059 [0.000354, 0.00059] price_table"},
        // a fee of up to 12 USD per 1000 requests does not show in usage: 1000 * 1/M + 0.012
        PriceCase{"request_fee", "perplexity", "sonar", {.input = 1000, .output = 0}, "0.001 [0.001, 0.013] price_table"},
        // output could be images at 30/M: 1000 * 0.3/M + 100 * 2.5/M, or 100 * 30/M
        PriceCase{"image_output", "gemini", "gemini-2.5-flash-image", {.input = 1000, .output = 100}, "0.00055 [0.00055, 0.0033] price_table"},
        // 300 cached of 1000 with 400 audio: none to 300 of the audio cached. gpt-realtime-mini: text 0.6, cached 0.06, audio 10, audio cached 0.3.
        // none: 300 * 0.6 + 300 * 0.06 + 400 * 10 = 4198; 300: 600 * 0.6 + 300 * 0.3 + 100 * 10 = 1450; images at 0.8: none 300 * 0.8 + 18 +
        // 4000 = 4258
        PriceCase{"cached_audio",
                  "openai",
                  "gpt-realtime-mini",
                  {.input = 1000, .output = 0, .cached = 300, .audio_input = 400},
                  "0.004198 [0.00145, 0.004258] price_table"},
        // the model is priced, the answer's length is not known: at least the input
        PriceCase{"output_unknown", "openai", "gpt-4o-mini", {.input = 1000}, "0.00015 [0.00015, none] price_table"},
        PriceCase{"input_unknown", "openai", "gpt-4o-mini", {.output = 1000}, "0.0006 [0.0006, none] price_table"}),
    kName);

TEST(PriceOfEstimates, CarryTheirBand) {
  CostQuery query{
      .provider = "openai", .model = "gpt-4o-mini", .usage = {.input = 1000}, .output_estimate = {100, 80, 135}, .service_tier = {}, .at_us = kNow};
  // 1000 * 0.15/M + {80, 100, 135} * 0.6/M
  EXPECT_EQ(text(price(*config::builtin_prices(), query)), "0.00021 [0.000198, 0.000231] price_table");
  query.output_estimate.high = -1;
  EXPECT_EQ(text(price(*config::builtin_prices(), query)), "0.00021 [0.000198, none] price_table");
  // input {800, 1000, 1350}: low as if all were cached, 800 * 0.075/M
  query = {.provider = "openai",
           .model = "gpt-4o-mini",
           .usage = {.output = 0},
           .output_estimate = {},
           .service_tier = {},
           .at_us = kNow,
           .input_estimate = {1000, 800, 1350}};
  EXPECT_EQ(text(price(*config::builtin_prices(), query)), "0.00015 [0.00006, 0.0002025] price_table");
}

// An input measured as 250000 to 300000 may be on either side of the cliff at 272000, and so may the output's rate.
TEST(PriceOfEstimates, MayCrossTheCliff) {
  const CostQuery query{.provider = "openai",
                        .model = "gpt-6-sol",
                        .usage = {.output = 1000},
                        .output_estimate = {},
                        .service_tier = {},
                        .at_us = kNow,
                        .input_estimate = {270'000, 250'000, 300'000}};
  // low: 250000 * 0.2/M (cached) + 1000 * 10/M; value: 270000 * 2/M + 1000 * 10/M; high: 300000 * 5/M (written to the cache) + 1000 * 15/M
  EXPECT_EQ(text(price(*config::builtin_prices(), query)), "0.55 [0.06, 1.515] price_table");
}

TEST(PriceOfAbsurdCounts, HasNoValueRatherThanAWrongOne) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const CostQuery query{.provider = "openai",
                        .model = "gpt-5.5-pro",
                        .usage = {.input = most, .output = most},
                        .output_estimate = {},
                        .service_tier = "priority",
                        .at_us = kNow};
  EXPECT_FALSE(price(*config::builtin_prices(), query).value);
}

// The smallest unit at half price: 0.5, 1.5 and 1.4 units become 1, 2 and 1.
TEST(PriceOfParts, IsRoundedOnceHalfUp) {
  const auto table = config::parse_prices("v\tt\t1\nt\tp\thalf\t*\t500\t500\t500\nt\tp\tless\t*\t1400\t1400\t1400\nm\tp\tm\ti0.000000001\n");
  ASSERT_TRUE(table);
  const auto units = [&](std::int64_t tokens, std::string_view tier) {
    return price(*table, {.provider = "p", .model = "m", .usage = {.input = tokens, .output = 0}, .output_estimate = {}, .service_tier = tier})
        .value->femto;
  };
  EXPECT_EQ(units(1, "half"), 1);
  EXPECT_EQ(units(3, "half"), 2);
  EXPECT_EQ(units(1, "less"), 1);
  EXPECT_EQ(units(1, ""), 1);
}

// The cross-check table of the price sources: USD per million, input / output / cached / cache write, and the same beyond the threshold.
struct CrossCase {
  const char* provider;
  const char* model;
  const char* rates;
  std::int64_t when = kNow;
};
class CrossCheck : public testing::TestWithParam<CrossCase> {};

std::string per_million(const CrossCase& c, std::int64_t input) {
  std::string out;
  const auto ask = [&](U usage) {
    return price(*config::builtin_prices(),
                 {.provider = c.provider, .model = c.model, .usage = usage, .output_estimate = {}, .service_tier = {}, .at_us = c.when});
  };
  const auto add = [&](U with, U without) {
    const auto a = ask(with).value, b = ask(without).value;
    out += (out.empty() ? "" : " ") + (a && b ? Money{a->femto - b->femto}.to_text() : "none");
  };
  const auto per = [&](U usage) {
    const auto v = ask(usage).value;
    out += (out.empty() ? "" : " ") + (v ? Money{v->femto * (1'000'000 / input)}.to_text() : "none");
  };
  per({.input = input, .output = 0});
  add({.input = input, .output = 1'000'000}, {.input = input, .output = 0});
  per({.input = input, .output = 0, .cached = input});
  per({.input = input, .output = 0, .cache_write = input});
  return out;
}

TEST_P(CrossCheck, ComesOut) { EXPECT_EQ(per_million(GetParam(), 1'000), GetParam().rates) << GetParam().model; }

INSTANTIATE_TEST_SUITE_P(
    Table, CrossCheck,
    testing::Values(CrossCase{"openai", "gpt-4o-mini", "0.15 0.6 0.075 0.15"}, CrossCase{"openai", "gpt-4.1", "2 8 0.5 2"},
                    CrossCase{"openai", "o3", "2 8 0.5 2"}, CrossCase{"openai", "gpt-5", "1.25 10 0.125 1.25"},
                    CrossCase{"openai", "gpt-5.5", "5 30 0.5 5"}, CrossCase{"openai", "gpt-5.6-sol", "4 20 0.4 5"},
                    CrossCase{"openai", "gpt-6-sol", "2 10 0.2 2.5"}, CrossCase{"openai", "gpt-6-luna", "0.1 0.5 0.01 0.125"},
                    CrossCase{"anthropic", "claude-haiku-4-5", "1 5 0.1 1.25"}, CrossCase{"anthropic", "claude-sonnet-5", "2 10 0.2 2.5"},
                    CrossCase{"anthropic", "claude-opus-4-8", "5 25 0.5 6.25"}, CrossCase{"anthropic", "claude-sonnet-4-5", "3 15 0.3 3.75"},
                    CrossCase{"anthropic", "claude-opus-5-5", "4 20 0.2 5"}, CrossCase{"anthropic", "claude-fable-5-1", "10 50 0.25 12.5"},
                    CrossCase{"gemini", "gemini-2.5-pro", "1.25 10 0.125 1.25"}, CrossCase{"gemini", "gemini-2.5-flash", "0.3 2.5 0.03 0.3"},
                    CrossCase{"gemini", "gemini-3.8-flash", "0.75 3.75 0.075 0.75"}, CrossCase{"groq", "openai/gpt-oss-120b", "0.15 0.6 0.075 0.15"},
                    CrossCase{"groq", "llama-3.3-70b-versatile", "0.59 0.79 0.59 0.59"}, CrossCase{"xai", "grok-4.6", "2 6 0.5 2"},
                    CrossCase{"deepseek", "deepseek-v4-pro", "0.66 1.98 0.022 0.66"},
                    CrossCase{"deepseek", "deepseek-v4-pro", "1.32 3.96 0.044 1.32", at(2026, 11, 18, 2)},
                    CrossCase{"openai", "gpt-6.1-sol", "2 10 0.1 2.5"}, CrossCase{"anthropic", "claude-fable-5-2", "8 40 0.2 10"},
                    CrossCase{"xai", "grok-4.7", "2 6 0.5 2"}));

class CrossCheckLong : public testing::TestWithParam<CrossCase> {};
TEST_P(CrossCheckLong, ComesOut) { EXPECT_EQ(per_million(GetParam(), 500'000), GetParam().rates) << GetParam().model; }
INSTANTIATE_TEST_SUITE_P(Table, CrossCheckLong,
                         testing::Values(CrossCase{"openai", "gpt-5.5", "10 45 1 10"}, CrossCase{"anthropic", "claude-sonnet-4-5", "6 22.5 0.6 7.5"},
                                         CrossCase{"gemini", "gemini-2.5-pro", "2.5 15 0.25 2.5"}, CrossCase{"xai", "grok-4.6", "4 12 1 4"},
                                         CrossCase{"anthropic", "claude-opus-4-8", "5 25 0.5 6.25"}));

TEST(RatesInForce, AreThoseOfARequestOfThatSize) {
  const auto prices = config::builtin_prices();
  const auto at = [&](std::int64_t input) { return rates_of(list_model(*prices, nullptr, "openai", "gpt-6-sol"), prices->dated_us, input); };
  constexpr std::int64_t kDollarPerMillion = 1'000'000'000;
  ASSERT_TRUE(at(1000) && at(272'001));
  EXPECT_EQ(at(1000)->input, 2 * kDollarPerMillion);
  EXPECT_EQ(at(1000)->source, CostSource::price_table);
  EXPECT_EQ(at(272'001)->input, 4 * kDollarPerMillion);
  EXPECT_EQ(at(272'001)->cached, kDollarPerMillion * 4 / 10);
  EXPECT_FALSE(rates_of(list_model(*prices, nullptr, "openai", "nobody-knows"), prices->dated_us, 1000));
}

TEST(OrgPrice, StandsBeforeTheTable) {
  config::PriceTable own;
  config::ModelPrice price;
  price.input.base = 1'000'000'000;  // 1 dollar per million
  price.output.base = 2'000'000'000;
  own.models.emplace("openai/gpt-4o-mini", std::vector{price});
  const auto cost = [&](const char* provider, const char* model, const char* tier = "") {
    return text(policy::price(*config::builtin_prices(),
                              {.provider = provider, .model = model, .usage = {.input = 1000, .output = 500}, .service_tier = tier, .at_us = kNow},
                              &own));
  };
  EXPECT_EQ(cost("openai", "gpt-4o-mini"), "0.002 org_override");
  EXPECT_EQ(cost("openai", "gpt-4o-mini-2024-07-18"), "0.002 org_override") << "a dated snapshot, at its alias's price";
  EXPECT_EQ(cost("azure", "gpt-4o-mini"), "0.00045 price_table") << "another provider's price is its own";
  EXPECT_EQ(cost("openai", "gpt-4.1"), "0.006 price_table");
  EXPECT_EQ(cost("openai", "no-such-model"), "none unknown_model");
}

}  // namespace
}  // namespace lectr::policy
