#include "lectr/policy/route.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "allocations.hpp"
#include "lectr/base/glob.hpp"
#include "registry.hpp"

namespace lectr::policy {
namespace {

using config::Control;
using config::Destination;
using config::Rule;

Rule rule(std::string name, config::Match when, std::vector<Destination> split, std::vector<Destination> fallback = {}) {
  Rule r;
  r.name = std::move(name);
  r.when = std::move(when);
  r.split = std::move(split);
  r.fallback = std::move(fallback);
  return r;
}

class World final : public TargetView {
 public:
  std::set<std::string> down, full, keyless;
  std::string user;
  Unfit state(config::ProviderIndex at, std::string_view) const noexcept override {
    return down.contains(name(at)) ? Unfit::unhealthy : full.contains(name(at)) ? Unfit::full : Unfit::no;
  }
  bool has_credential(config::ProviderIndex at) const noexcept override { return !keyless.contains(name(at)); }

  std::string_view sticky(std::string_view) const noexcept override { return user; }

 private:
  static const std::string& name(config::ProviderIndex at) { return test::with_bases().providers[at].name; }
};

config::ProviderIndex at(std::string_view provider) { return test::with_bases().by_name.find(provider)->second; }

std::string to_text(const RoutePlan& plan) {
  std::string out;
  for (const RouteTarget& t : plan.targets)
    out.append(out.empty() ? "" : " > ").append(test::with_bases().providers[t.provider].name).append("/").append(t.model.empty() ? "*" : t.model);
  for (const SkippedTarget& s : plan.skipped)
    out.append(" -").append(test::with_bases().providers[s.provider].name).append(":").append(to_text(s.unfit));
  out.append(" (").append(plan.rule ? plan.rule->name : "no rule").append(plan.rule_works ? "" : ", can't").append(")");
  if (plan.shadow) out.append(" shadow ").append(plan.shadow->name);
  return out;
}

struct RouteCase {
  const char* name;
  std::vector<Rule> rules;
  const char* model;
  const char* provider;
  const char* path;
  World world;
  const char* want;
  std::uint64_t dice = 0;
  bool can_rewrite = true;
};

RoutePlan plan_of(const config::CompiledRules& rules, const RouteCase& c, std::uint64_t dice = 0) {
  const wire::Endpoint endpoint = wire::classify("POST", c.path);
  RouteQuery query;
  query.feature = "chat";
  query.provider = at(c.provider);
  query.model = c.model;
  query.endpoint = &endpoint;
  query.can_rewrite = c.can_rewrite;
  return route(rules, test::with_bases(), query, c.world, dice);
}

class Route : public testing::TestWithParam<RouteCase> {};
TEST_P(Route, Plans) {
  const auto& c = GetParam();
  const auto rules = config::compile_rules(Control{"UTC", c.rules, {}, {}, {}}, test::with_bases());
  EXPECT_EQ(to_text(plan_of(*rules, c, c.dice)), c.want);
}

constexpr const char* kChat = "/v1/chat/completions";
World full(std::string provider) {
  World w;
  w.full.insert(std::move(provider));
  return w;
}
World down(std::string provider) {
  World w;
  w.down.insert(std::move(provider));
  return w;
}
World keyless(std::string provider) {
  World w;
  w.keyless.insert(std::move(provider));
  return w;
}
Rule shadow(Rule r) {
  r.shadow = true;
  return r;
}
Rule disabled(Rule r) {
  r.enabled = false;
  return r;
}

const Rule kToGroq = rule("groq", {"chat", "", "", "gpt-*"}, {{"groq", "llama"}}, {{"openai", "gpt-4o-mini"}});
const Rule kMini = rule("mini", {"", "", "openai", ""}, {{"", "gpt-4o-mini"}});
const Rule kSplit = rule("split", {}, {{"groq", "llama", 3}, {"openai", "gpt-4o-mini", 1}});

INSTANTIATE_TEST_SUITE_P(
    Rules, Route,
    testing::Values(
        RouteCase{"no_rule_passes", {}, "gpt-4o", "openai", kChat, {}, "openai/* (no rule)"},
        RouteCase{"no_match_passes", {rule("a", {"other", "", "", ""}, {{"groq", "x"}})}, "gpt-4o", "openai", kChat, {}, "openai/* (no rule)"},
        RouteCase{"first_match_wins", {kToGroq, kMini}, "gpt-4o", "openai", kChat, {}, "groq/llama > openai/gpt-4o-mini (groq)"},
        RouteCase{"models_compare_in_lower_case", {kToGroq}, "GPT-4o", "openai", kChat, {}, "groq/llama > openai/gpt-4o-mini (groq)"},
        RouteCase{"the_second_if_the_first_does_not", {kToGroq, kMini}, "o3", "openai", kChat, {}, "openai/gpt-4o-mini (mini)"},
        RouteCase{
            "shadow_is_named_and_does_nothing", {shadow(kToGroq), kMini}, "gpt-4o", "openai", kChat, {}, "openai/gpt-4o-mini (mini) shadow groq"},
        RouteCase{"shadow_behind_the_winner_is_silent", {kMini, shadow(kToGroq)}, "gpt-4o", "openai", kChat, {}, "openai/gpt-4o-mini (mini)"},
        RouteCase{"shadow_alone", {shadow(kMini)}, "gpt-4o", "openai", kChat, {}, "openai/* (no rule) shadow mini"},
        RouteCase{"disabled_is_no_rule", {disabled(kToGroq), kMini}, "gpt-4o", "openai", kChat, {}, "openai/gpt-4o-mini (mini)"},
        RouteCase{"fallback_only_asks_first", {rule("f", {}, {}, {{"groq", "llama"}})}, "gpt-4o", "openai", kChat, {}, "openai/* > groq/llama (f)"},
        RouteCase{"the_same_twice_is_tried_once",
                  {rule("f", {}, {}, {{"openai", ""}, {"groq", "llama"}})},
                  "gpt-4o",
                  "openai",
                  kChat,
                  {},
                  "openai/* > groq/llama (f)"},
        RouteCase{"same_model_is_no_rewrite", {kMini}, "gpt-4o-mini", "openai", kChat, {}, "openai/* (mini)"},
        RouteCase{"open_breaker_skipped", {kToGroq}, "gpt-4o", "openai", kChat, down("groq"), "openai/gpt-4o-mini -groq:open (groq)"},
        RouteCase{"what_is_full_is_left_out", {kSplit}, "gpt-4o", "openai", kChat, full("groq"), "openai/gpt-4o-mini -groq:full (split)"},
        RouteCase{
            "headroom_never_blocks", {rule("g", {}, {{"groq", "llama"}})}, "gpt-4o", "openai", kChat, full("groq"), "groq/llama -groq:full (g)"},
        RouteCase{"health_never_blocks", {rule("g", {}, {{"groq", "llama"}})}, "gpt-4o", "openai", kChat, down("groq"), "groq/llama -groq:open (g)"},
        RouteCase{"split_leaves_out_what_is_down", {kSplit}, "gpt-4o", "openai", kChat, down("groq"), "openai/gpt-4o-mini -groq:open (split)"},
        RouteCase{"split_by_dice", {kSplit}, "gpt-4o", "openai", kChat, {}, "openai/gpt-4o-mini (split)", ~0ULL},
        RouteCase{"split_by_dice_first", {kSplit}, "gpt-4o", "openai", kChat, {}, "groq/llama (split)", 0},
        RouteCase{"no_credential_falls_to_the_next",
                  {kToGroq},
                  "gpt-4o",
                  "openai",
                  kChat,
                  keyless("groq"),
                  "openai/gpt-4o-mini -groq:no_credential (groq)"},
        RouteCase{"no_credential_at_all_passes",
                  {rule("g", {}, {{"groq", "llama"}})},
                  "gpt-4o",
                  "openai",
                  kChat,
                  keyless("groq"),
                  "openai/* -groq:no_credential (g, can't)"}),
    [](const auto& c) { return std::string{c.param.name}; });

INSTANTIATE_TEST_SUITE_P(
    Paths, Route,
    testing::Values(
        RouteCase{"messages_stay_off_openai_providers",
                  {rule("g", {}, {{"groq", "llama"}})},
                  "claude-x",
                  "anthropic",
                  "/v1/messages",
                  {},
                  "anthropic/* -groq:no_such_path (g, can't)"},
        RouteCase{"messages_go_where_they_are_spoken",
                  {rule("x", {}, {{"xai", "grok-4.5"}})},
                  "claude-x",
                  "anthropic",
                  "/v1/messages",
                  {},
                  "xai/grok-4.5 (x)"},
        RouteCase{"embeddings_not_at_groq",
                  {rule("g", {}, {{"groq", "m"}})},
                  "text-embedding-3-small",
                  "openai",
                  "/v1/embeddings",
                  {},
                  "openai/* -groq:no_such_path (g, can't)"},
        RouteCase{"azure_deployments_stay",
                  {rule("o", {}, {{"openai", "gpt-4o"}})},
                  "dep",
                  "azure",
                  "/openai/deployments/dep/chat/completions",
                  {},
                  "azure/* -openai:no_such_path (o, can't)"},
        RouteCase{"azure_deployment_renamed",
                  {rule("o", {}, {{"", "dep2"}})},
                  "dep",
                  "azure",
                  "/openai/deployments/dep/chat/completions",
                  {},
                  "azure/dep2 (o)"},
        RouteCase{"own_compatible_providers_serve_all",
                  {rule("z", {}, {{"zhipu", "glm-5"}})},
                  "text-embedding-3-small",
                  "openai",
                  "/v1/embeddings",
                  {},
                  "zhipu/glm-5 (z)"},
        RouteCase{
            "a_body_that_cant_be_changed", {kMini}, "gpt-4o", "openai", kChat, {}, "openai/* -openai:model_not_replaceable (mini, can't)", 0, false}),
    [](const auto& c) { return std::string{c.param.name}; });

TEST(RouteSplit, FollowsItsWeights) {
  const auto rules = config::compile_rules(Control{"UTC", {kSplit}, {}, {}, {}}, test::with_bases());
  const RouteCase c{"", {}, "gpt-4o", "openai", kChat, {}, ""};
  std::mt19937_64 dice{7};
  int groq = 0;
  for (int i = 0; i < 20'000; ++i) groq += plan_of(*rules, c, dice()).targets[0].provider == at("groq");
  EXPECT_NEAR(groq / 20'000.0, 0.75, 0.015);
}

TEST(RouteSplit, AStickyValueStaysWhereItIsAndOnlyTheLostOnesMove) {
  Rule sticky = rule("split", {}, {{"groq", "llama", 1}, {"openai", "gpt-4o-mini", 1}, {"mistral", "small", 1}});
  sticky.sticky = "x-user-id";
  const auto rules = config::compile_rules(Control{"UTC", {sticky}, {}, {}, {}}, test::with_bases());
  RouteCase up{"", {}, "gpt-4o", "openai", kChat, {}, ""}, lost{"", {}, "gpt-4o", "openai", kChat, down("mistral"), ""};
  std::mt19937_64 dice{7};
  std::map<config::ProviderIndex, int> counts;
  for (int user = 0; user < 3000; ++user) {
    up.world.user = lost.world.user = "user-" + std::to_string(user);
    const auto first = plan_of(*rules, up, dice()).targets[0].provider;
    ++counts[first];
    EXPECT_EQ(plan_of(*rules, up, dice()).targets[0].provider, first);
    if (first == at("mistral")) continue;
    EXPECT_EQ(plan_of(*rules, lost, dice()).targets[0].provider, first);
  }
  for (const auto& [provider, count] : counts) EXPECT_NEAR(count, 1000, 120) << provider;
}

// Every rule in turn, by the plain meaning of its conditions.
config::RuleHit naive(const config::CompiledRules& compiled, const std::vector<Rule>& rules, const config::MatchQuery& q) {
  const auto fits = [](const std::string& pattern, std::string_view value) { return pattern.empty() || glob_matches(pattern, value); };
  config::RuleHit hit;
  std::size_t at = 0;
  for (const Rule& r : rules) {
    if (!r.enabled) continue;
    const config::CompiledRule& c = compiled.rules[at++];
    if (!fits(r.when.feature, q.feature) || !fits(r.when.task, q.task) || !fits(r.when.provider, q.provider) || !fits(r.when.model, q.model))
      continue;
    if (!r.shadow) return hit.rule = &c, hit;
    if (!hit.shadow) hit.shadow = &c;
  }
  return hit;
}

TEST(RouteProperty, TheIndexFindsWhatANaiveSearchFinds) {
  std::mt19937 random{20261125};
  const auto any_of = [&](std::initializer_list<const char*> list) { return std::string{list.begin()[random() % list.size()]}; };
  const auto pattern = [&](char letter) {
    std::string out;
    const auto size = random() % 7;
    for (std::size_t i = 0; i < size; ++i) out += random() % 6 == 0 ? '*' : static_cast<char>(letter + random() % 2);
    return out;
  };
  int hits = 0, shadows = 0;
  for (int round = 0; round < 300; ++round) {
    Control control;
    const auto count = random() % 60;
    for (std::size_t i = 0; i < count; ++i) {
      Rule r = rule("r" + std::to_string(i),
                    {random() % 2 ? pattern('a') : "", any_of({"", "", "generation", "gen*", "*"}), any_of({"", "", "openai", "groq", "o*", "*"}),
                     random() % 4 ? pattern('m') : ""},
                    {});
      r.enabled = random() % 8 != 0;
      r.shadow = random() % 4 == 0;
      control.rules.push_back(std::move(r));
    }
    const auto compiled = config::compile_rules(control, test::with_bases());
    for (int ask = 0; ask < 60; ++ask) {
      std::string feature, model;
      for (auto n = random() % 7; n > 0; --n) feature += static_cast<char>('a' + random() % 2);
      for (auto n = random() % 7; n > 0; --n) model += static_cast<char>('m' + random() % 2);
      const std::string task = any_of({"", "generation", "general"}), provider = any_of({"openai", "groq", "mistral"});
      const config::MatchQuery q{feature, task, provider, model};
      const config::RuleHit want = naive(*compiled, control.rules, q), got = compiled->find(q);
      ASSERT_EQ(got.rule, want.rule) << "round " << round << ' ' << feature << ' ' << task << ' ' << provider << ' ' << model;
      ASSERT_EQ(got.shadow, want.shadow) << "round " << round;
      hits += want.rule != nullptr;
      shadows += want.shadow != nullptr;
    }
  }
  EXPECT_GT(hits, 1000);
  EXPECT_GT(shadows, 1000);
}

TEST(RouteCost, TakesNoMemory) {
  const auto rules = config::compile_rules(Control{"UTC", {kSplit}, {}, {}, {}}, test::with_bases());
  const RouteCase c{"", {}, "gpt-4o", "openai", kChat, {}, ""};
  test::start_counting();
  const RoutePlan plan = plan_of(*rules, c, 12345);
  EXPECT_EQ(test::stop_counting(), 0);
  EXPECT_EQ(plan.targets.size(), 1u);
}

}  // namespace
}  // namespace lectr::policy
