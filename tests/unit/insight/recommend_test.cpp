#include "lectr/insight/recommend.hpp"

#include <gtest/gtest.h>

namespace lectr::insight {
namespace {

constexpr Femto kDollar = 1'000'000'000'000'000;

config::Advice sample_advice() {
  return config::parse_advice(
             "v\t2026-01-01\nd\topenai\tbig big-20* "
             "o3\topenai/small\tsmaller\nd\topenai\tbig\topenai/ending\tends\nd\topenai\tbig\topenai/unpriced\tno price\n",
             "v\t2026-01-01\nd\topenai\tending\t-\t2026-12-01\t\thttps://example.com\n")
      .value();
}
// big: 10 dollars per million tokens of any kind; small and ending: 1.
std::optional<Repriced> price_of(const Usage& u, std::string_view, std::string_view model) {
  if (model == "unpriced") return {};
  const Femto each = (model == "big" || model == "o3" ? 10 : 1) * kDollar / 1'000'000;
  const Femto value = (u.input + u.output) * each;
  return Repriced{value, value, value};
}
std::optional<std::int64_t> latency_of(std::string_view, std::string_view model) {
  return model == "small" ? std::optional<std::int64_t>{300'000} : std::nullopt;
}
// A thousand requests of 900 tokens in and 100 out with "big": 10 dollars.
Usage usage(std::string feature, std::string task = "", std::string asked = "big", std::string model = "") {
  Usage u;
  u.feature = std::move(feature), u.task = std::move(task), u.provider = "openai", u.asked = asked, u.model = model.empty() ? asked : model;
  u.requests = 1'000, u.input = 900'000, u.output = 100'000;
  u.cost = u.cost_low = u.cost_high = 10 * kDollar;
  return u;
}
std::string texts(const std::vector<Usage>& rows) {
  std::string out;
  for (const auto& r : recommend(rows, sample_advice(), price_of, latency_of))
    out += r.feature + "/" + r.task + " " + r.model + ">" + r.to_model + " " + std::to_string(static_cast<long>(r.saving / (kDollar / 100))) + " " +
           std::string{to_text(r.confidence)} + (r.guessed_task.empty() ? "" : " " + r.guessed_task) + ";";
  return out;
}
Usage with(Usage u, auto change) {
  change(u);
  return u;
}

struct Case {
  const char* name;
  std::vector<Usage> rows;
  std::string want;
};
class Recommends : public testing::TestWithParam<Case> {};
TEST_P(Recommends, Only) { EXPECT_EQ(texts(GetParam().rows), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(
    Rows, Recommends,
    testing::Values(
        Case{"declared_is_high", {usage("chat", "classification")}, "chat/classification big>small 900 high;"},
        Case{"guessed_is_medium", {usage("chat")}, "chat/ big>small 900 medium classification;"},
        Case{"few_is_low",
             {with(usage("chat"), [](Usage& u) { u.requests = 20, u.input = 900'000, u.output = 2'000; })},
             "chat/ big>small 909 low classification;"},
        Case{"long_answers_are_low", {with(usage("chat"), [](Usage& u) { u.input = 100'000, u.output = 900'000; })}, "chat/ big>small 900 low;"},
        Case{"untagged_is_low", {usage("untagged")}, "untagged/ big>small 900 low classification;"},
        Case{"measured_is_a_step_lower", {with(usage("chat", "x"), [](Usage& u) { u.measured = 900; })}, "chat/x big>small 900 medium;"},
        Case{"reasoning_never", {usage("chat", "reasoning"), usage("chat", "Reasoning", "o3")}, ""},
        Case{"reasoning_model_undeclared_never", {usage("chat", "", "o3")}, ""},
        Case{"reasoning_model_declared_otherwise", {usage("chat", "extraction", "o3")}, "chat/extraction o3>small 900 high;"},
        Case{"reasoning_tokens_never", {with(usage("chat"), [](Usage& u) { u.reasoning = 10'000; })}, ""},
        Case{"few_reasoning_tokens", {with(usage("chat"), [](Usage& u) { u.reasoning = 9'999; })}, "chat/ big>small 900 medium classification;"},
        Case{"undeclared_beside_declared", {usage("chat"), usage("chat", "reasoning")}, ""},
        Case{"other_feature_does_not_matter", {usage("chat"), usage("search", "reasoning")}, "chat/ big>small 900 medium classification;"},
        Case{"snapshots_are_one", {usage("chat", "x", "big", "big-2026-01-01"), usage("chat", "x")}, "chat/x big>small 1800 high;"},
        Case{"rerouted_rows_do_not_count", {usage("chat", "x", "big", "small")}, ""},
        Case{"case_of_models", {usage("chat", "x", "BIG", "Big")}, "chat/x big>small 900 high;"},
        Case{"less_than_a_dollar", {with(usage("chat", "x"), [](Usage& u) { u.cost = u.cost_low = u.cost_high = kDollar * 199 / 100; })}, ""},
        Case{"a_dollar", {with(usage("chat", "x"), [](Usage& u) { u.cost = u.cost_low = u.cost_high = 2 * kDollar; })}, "chat/x big>small 100 high;"},
        Case{"less_than_a_twentieth",
             {with(usage("chat", "x"), [](Usage& u) { u.input = 96'000'000, u.output = 0, u.cost = u.cost_low = u.cost_high = 100 * kDollar; })},
             ""},
        Case{"dearer_never", {with(usage("chat", "x"), [](Usage& u) { u.cost = u.cost_low = u.cost_high = kDollar / 2; })}, ""},
        Case{"joined_names_never", {usage("(other)", "x"), usage("chat", "(other)")}, ""},
        Case{"without_a_candidate", {usage("chat", "x", "small")}, ""},
        Case{"cost_unknown_is_repriced",
             {with(usage("chat", "x"), [](Usage& u) { u.cost = u.cost_low = u.cost_high = 0, u.cost_unknown = 1'000; })},
             "chat/x big>small 900 high;"},
        Case{
            "largest_first",
            {usage("a", "x"), with(usage("b", "x"), [](Usage& u) { u.input *= 2, u.output *= 2, u.cost = u.cost_low = u.cost_high = 20 * kDollar; })},
            "b/x big>small 1800 high;a/x big>small 900 high;"}),
    [](const auto& one) { return std::string{one.param.name}; });

TEST(Recommendation, HasABandWhereTokensWereMeasured) {
  auto u = usage("chat", "x");
  u.measured = 100, u.cost_low = 8 * kDollar, u.cost_high = 15 * kDollar;
  const auto found = recommend(std::vector{u}, sample_advice(), price_of, latency_of);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].saving == 9 * kDollar);
  EXPECT_TRUE(found[0].saving_low == 9 * kDollar * 8 / 10);
  EXPECT_TRUE(found[0].saving_high == 9 * kDollar * 15 / 10);
}

TEST(Recommendation, SaysWhatIsKnownOfLatency) {
  const auto found = recommend(std::vector{usage("chat", "x")}, sample_advice(), price_of, latency_of);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FALSE(found[0].latency_us.has_value());
  EXPECT_EQ(found[0].latency_there_us, 300'000);
  EXPECT_EQ(found[0].note, "smaller");
}

// It is stored: the same advice must have the same name for ever.
TEST(Recommendation, IdStays) {
  const auto id = recommendation_id("chat", "", "openai", "gpt-4o", "openai", "gpt-6-luna");
  EXPECT_EQ(id.size(), 16u);
  EXPECT_EQ(id, recommendation_id("chat", "", "openai", "gpt-4o", "openai", "gpt-6-luna"));
  EXPECT_NE(id, recommendation_id("cha", "t", "openai", "gpt-4o", "openai", "gpt-6-luna"));
}

}  // namespace
}  // namespace lectr::insight
