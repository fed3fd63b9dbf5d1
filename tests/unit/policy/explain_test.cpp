#include "lectr/policy/explain.hpp"

#include <gtest/gtest.h>

#include "lectr/config/control.hpp"

namespace lectr::policy {
namespace {

const config::Registry& registry() {
  static const config::Registry made = config::build_registry({}).value();
  return made;
}

constexpr const char* kDocument = R"({"rules":[
  {"name":"watch","shadow":true,"when":{"model":"gpt-4o*"},"split":[{"model":"o3"}]},
  {"name":"fast","when":{"feature":"chat"},"split":[{"provider":"groq","model":"llama"}],"fallback":[{"provider":"mistral","model":"small"},{"model":"gpt-4o-mini"}]},
  {"name":"half","when":{"feature":"half"},"split":[{"model":"gpt-4o-mini"},{"provider":"groq","model":"llama"}]},
  {"name":"stay","when":{"feature":"stay"},"sticky":"x-user","split":[{"model":"gpt-4o-mini"},{"provider":"groq","model":"llama"}]},
  {"name":"no way","when":{"feature":"files"},"split":[{"provider":"groq","model":"llama"}]}]})";

struct Case {
  const char* name;
  const char* feature;
  const char* why;
  const char* provider;
  bool same;
  const char* remark;  // it begins so
};
class Explain : public testing::TestWithParam<Case> {};
TEST_P(Explain, MakesTheDecisionAgain) {
  const auto rules = config::compile_rules(config::parse_control(kDocument, registry()).value(), registry());
  Event row;
  row.id.bytes[8] = 1;
  row.provider = GetParam().provider, row.method = "POST", row.endpoint = "/v1/chat/completions";
  row.model_requested = "gpt-4o", row.feature = GetParam().feature, row.why = GetParam().why;
  const auto asked = asked_of(row, registry());
  ASSERT_TRUE(asked);
  const Explanation got = explain(row, *asked, *rules, registry(), {});
  EXPECT_EQ(got.same, GetParam().same) << got.remark;
  EXPECT_TRUE(got.remark.starts_with(GetParam().remark)) << got.remark;
  EXPECT_EQ(got.remark.empty(), *GetParam().remark == '\0');
}
INSTANTIATE_TEST_SUITE_P(
    Rows, Explain,
    testing::Values(Case{"no_rule", "other", "s:watch", "openai", true, ""},
                    Case{"the_first_target", "chat", "r:fast p:openai s:watch t:groq/llama=200,12ms", "groq", true, ""},
                    Case{"fell_over", "chat", "r:fast p:openai s:watch t:groq/llama=503,12ms;mistral/small=200,5ms", "mistral", true, ""},
                    Case{"a_breaker_was_open", "chat", "r:fast p:openai s:watch t:groq/llama=open;mistral/small=full;openai/gpt-4o-mini=200,5ms",
                         "openai", true, ""},
                    Case{"no_credential", "chat", "r:fast p:openai s:watch t:groq/llama=no_credential;mistral/small=200,5ms", "mistral", true, ""},
                    Case{"refused_before_it_was_sent", "chat", "r:fast p:openai s:watch l:per%20minute", "groq", true, ""},
                    Case{"cut", "chat", "r:fast p:openai s:watch t:groq/llama=503,12ms +", "mistral", true, "the row had no room"},
                    Case{"sticky", "stay", "r:stay p:openai s:watch t:groq/llama=200,1ms", "groq", true, "the header"},
                    Case{"sticky_other", "stay", "r:stay p:openai s:watch t:openai/gpt-4o-mini=200,1ms", "openai", true, "the header"},
                    Case{"another_rule", "chat", "r:half p:openai s:watch t:groq/llama=200,12ms", "groq", false, "the row names the rule 'half'"},
                    Case{"another_shadow", "chat", "r:fast p:openai t:groq/llama=200,12ms", "groq", false, "the row names the rule in shadow none"},
                    Case{"another_target", "chat", "r:fast p:openai s:watch t:groq/other=200,12ms", "groq", false, "the row went to groq/other"},
                    Case{"out_of_order", "chat", "r:fast p:openai s:watch t:mistral/small=503,1ms;groq/llama=200,12ms", "groq", false,
                         "the row went to groq/llama"},
                    Case{"did_nothing_then", "chat", "r:fast n:no_credential s:watch", "openai", false, "the rule did nothing then"},
                    Case{"a_body_that_could_not_be_changed", "chat", "r:fast n:model_not_replaceable s:watch", "openai", true, ""},
                    Case{"not_ours", "chat", "v2{}", "openai", false, "the row's own words"}),
    [](const auto& c) { return std::string{c.param.name}; });

TEST(Explain, ASplitIsThrownWithTheRowsId) {
  const auto rules = config::compile_rules(config::parse_control(kDocument, registry()).value(), registry());
  int same = 0, there = 0;
  for (int n = 0; n < 256; ++n) {
    Event row;
    row.id.bytes[8] = 0x80, row.id.bytes[9] = static_cast<std::uint8_t>(n * 167), row.id.bytes[15] = static_cast<std::uint8_t>(n);
    row.provider = "openai", row.method = "POST", row.endpoint = "/v1/chat/completions", row.model_requested = "gpt-4o", row.feature = "half";
    row.why = "r:half p:openai s:watch t:openai/gpt-4o-mini=200,1ms";
    const auto asked = asked_of(row, registry());
    const Explanation got = explain(row, *asked, *rules, registry(), {});
    const bool went = got.plan.targets.front().model == "gpt-4o-mini";
    EXPECT_EQ(got.same, went);
    same += got.same, there += went;
  }
  EXPECT_GT(same, 64);
  EXPECT_LT(there, 192);
}

}  // namespace
}  // namespace lectr::policy
