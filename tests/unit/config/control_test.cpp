#include "lectr/config/control.hpp"

#include <gtest/gtest.h>

#include <random>

#include "config/control_check.hpp"

namespace lectr::config {
namespace {

const Registry& registry() {
  static const Registry made = build_registry({}).value();
  return made;
}

constexpr const char* kWhole = R"({
  "time_zone": "Europe/Berlin",
  "rules": [
    {"name": "chat cheap", "shadow": true, "when": {"feature": "chat", "task": "classification", "provider": "OpenAI", "model": "GPT-4o*"},
     "split": [{"provider": "groq", "model": "llama-3.3-70b-versatile", "weight": 3}, {"model": "gpt-4o-mini"}], "sticky": "X-User-Id",
     "fallback": [{"provider": "anthropic", "model": "claude-haiku-4-5"}], "first_byte_timeout_ms": 8000, "total_timeout_ms": 60000},
    {"name": "rest", "enabled": false}
  ],
  "limits": [{"name": "rpm", "kind": "tokens", "limit": 6000, "key": "*", "feature": "chat", "model": "gpt-4o"}],
  "budgets": [{"name": "month", "feature": "chat", "period": "week", "cap": "50000.25", "alert_percent": [50, 80], "soft_cap": "100", "at_cap": "downgrade",
     "downgrade": {"gpt-4o*": "gpt-4o-mini"}, "downgrade_ceiling_percent": 120, "unknown_request_cost": "0"}],
  "latency_targets": [{"name": "p95", "feature": "chat", "p95_ms": 2500, "ttfb_p95_ms": 800, "window_min": 30, "switch_rule": "chat cheap"}],
  "alerts": [{"name": "mail", "type": "email", "to": ["ops@example.com", "o'neil+x@mail.example.org"], "kinds": ["budget", "anomaly"], "min_severity": "high"},
     {"name": "hook", "enabled": false, "type": "webhook", "url": "https://hooks.example.com/a?b=c", "secret": "env:HOOK_WEBHOOK_SECRET"},
     {"name": "chat", "type": "slack", "url": "file:/run/secrets/slack"}]
})";

TEST(Control, ReadsEveryMember) {
  const auto read = parse_control(kWhole, registry());
  ASSERT_TRUE(read) << read.error().front().to_text();
  const Rule& rule = read->rules[0];
  EXPECT_EQ(rule.when, (Match{"chat", "classification", "openai", "gpt-4o*"}));
  EXPECT_TRUE(rule.shadow && rule.enabled && !read->rules[1].enabled);
  EXPECT_EQ(rule.split, (std::vector<Destination>{{"groq", "llama-3.3-70b-versatile", 3}, {"", "gpt-4o-mini", 1}}));
  EXPECT_EQ(rule.sticky, "x-user-id");
  EXPECT_EQ(rule.fallback[0].provider, "anthropic");
  EXPECT_EQ(read->limits[0].kind, LimitKind::tokens);
  const Budget& budget = read->budgets[0];
  EXPECT_EQ(budget.cap->to_text(), "50000.25");
  EXPECT_EQ(budget.unknown_request_cost->nano, 0);
  EXPECT_EQ(budget.downgrade.at("gpt-4o*"), "gpt-4o-mini");
  EXPECT_EQ(read->latency_targets[0].window_min, 30);
  ASSERT_EQ(read->alerts.size(), 3u);
  const Channel& mail = read->alerts[0];
  EXPECT_EQ(mail.to, (std::vector<std::string>{"ops@example.com", "o'neil+x@mail.example.org"}));
  EXPECT_EQ(mail.kinds, (std::vector{AlertKind::budget, AlertKind::anomaly}));
  EXPECT_EQ(mail.min_severity, Severity::high);
  EXPECT_EQ(read->alerts[1], (Channel{"hook", false, ChannelType::webhook, {}, "https://hooks.example.com/a?b=c", "env:HOOK_WEBHOOK_SECRET"}));
  EXPECT_EQ(read->alerts[2], (Channel{"chat", true, ChannelType::slack, {}, "file:/run/secrets/slack"}));
}

TEST(LimitKeys, AreNamesOrIds) {
  EXPECT_EQ(key_id_of("7"), 7);
  EXPECT_EQ(key_id_of("9223372036854775807"), INT64_MAX);
  for (const char* name : {"", "*", "7a", "7 ", "07", "0", "-7", "+7", "9223372036854775808", "search backend"})
    EXPECT_FALSE(key_id_of(name)) << name;
  const auto read =
      parse_control(R"({"limits":[{"name":"a","limit":1,"key":"search backend"},{"name":"b","limit":1,"key":"search backend","enabled":false},
    {"name":"c","limit":1,"key":"7"},{"name":"d","limit":1,"key":"*"},{"name":"e","limit":1},{"name":"f","limit":1,"key":"web"}]})",
                    registry());
  ASSERT_TRUE(read);
  EXPECT_EQ(keys_named_by(*read), (std::map<std::string, std::vector<KeyId>, std::less<>>{{"search backend", {}}, {"web", {}}}));
  EXPECT_EQ(parse_control(write_control(*read), registry()).value(), *read);
}

TEST(Channels, AreReadAloneAndWhatDoesNotReadIsLeftOut) {
  EXPECT_EQ(read_channels(kWhole), parse_control(kWhole, registry()).value().alerts);
  EXPECT_TRUE(read_channels("{").empty());
  EXPECT_TRUE(read_channels(R"({"alerts":3})").empty());
  const auto good =
      read_channels(R"({"alerts":[{"name":"a","type":"pigeon"},{"name":"b","type":"slack","url":"https://x"},{"name":"c","type":"email"}]})");
  ASSERT_EQ(good.size(), 1u);
  EXPECT_EQ(good[0].name, "b");
}

struct Wanted {
  const char* name;
  Channel channel;
  AlertKind kind;
  Severity severity;
  bool wanted;
};
class ChannelWants : public testing::TestWithParam<Wanted> {};
TEST_P(ChannelWants, WhatItSays) { EXPECT_EQ(wants(GetParam().channel, GetParam().kind, GetParam().severity), GetParam().wanted); }
INSTANTIATE_TEST_SUITE_P(
    Table, ChannelWants,
    testing::Values(Wanted{"all", {}, AlertKind::latency, Severity::low, true},
                    Wanted{"off", {.enabled = false}, AlertKind::budget, Severity::high, false},
                    Wanted{"other_kind", {.kinds = {AlertKind::budget}}, AlertKind::anomaly, Severity::high, false},
                    Wanted{"its_kind", {.kinds = {AlertKind::anomaly, AlertKind::budget}}, AlertKind::budget, Severity::low, true},
                    Wanted{"mild", {.min_severity = Severity::high}, AlertKind::anomaly, Severity::medium, false},
                    Wanted{"severe", {.min_severity = Severity::high}, AlertKind::anomaly, Severity::high, true},
                    Wanted{"severity_is_of_anomalies", {.min_severity = Severity::high}, AlertKind::budget, Severity::low, true}),
    [](const auto& wanted) { return std::string{wanted.param.name}; });

TEST(Control, WrittenAndReadIsTheSame) {
  const Control whole = parse_control(kWhole, registry()).value();
  for (const Control& control : {Control{}, whole}) EXPECT_EQ(parse_control(write_control(control), registry()).value(), control);
  EXPECT_EQ(write_control(Control{}), "{}");
}

struct Refused {
  const char* name;
  const char* document;
  const char* field;
  const char* reason;  // a part of it
};
class ControlRefuses : public testing::TestWithParam<Refused> {};
TEST_P(ControlRefuses, NamingFieldAndReason) {
  const auto read = parse_control(GetParam().document, registry());
  ASSERT_FALSE(read);
  ASSERT_EQ(read.error().size(), 1u) << read.error()[1].to_text();
  EXPECT_EQ(read.error()[0].field, GetParam().field);
  EXPECT_NE(read.error()[0].reason.find(GetParam().reason), std::string::npos) << read.error()[0].reason;
}
INSTANTIATE_TEST_SUITE_P(
    Table, ControlRefuses,
    testing::Values(
        Refused{"no_json", "{", "", "well-formed"}, Refused{"no_object", "[]", "", "an object"},
        Refused{"unknown", R"({"rule":[]})", "rule", "no such field"}, Refused{"twice", R"({"rules":[],"rules":[]})", "rules", "twice"},
        Refused{"twice_inside", R"({"rules":[{"name":"a","name":"b"}]})", "name", "twice"},
        Refused{"zone", R"({"time_zone":"../etc/passwd"})", "time_zone", "time zone"},
        Refused{"no_name", R"({"rules":[{}]})", "rules[0].name", "needed"},
        Refused{"same_name", R"({"rules":[{"name":"a","when":{"task":"x"}},{"name":"a","when":{"task":"y"}}]})", "rules[1].name", "already"},
        Refused{"long_name", R"({"rules":[{"name":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]})", "rules[0].name",
                "longer than 64"},
        Refused{"control_character", R"({"rules":[{"name":"a\u0007"}]})", "rules[0].name", "control"},
        Refused{"when_provider", R"({"rules":[{"name":"a","when":{"provider":"opnai"}}]})", "rules[0].when.provider", "no such provider"},
        Refused{"when_glob", R"({"rules":[{"name":"a","when":{"provider":"x*z"}}]})", "rules[0].when.provider", "matches no provider"},
        Refused{"to_provider", R"({"rules":[{"name":"a","split":[{"provider":"nobody"}]}]})", "rules[0].split[0].provider", "no such provider"},
        Refused{"to_glob", R"({"rules":[{"name":"a","split":[{"model":"gpt-*"}]}]})", "rules[0].split[0].model", "one model"},
        Refused{"to_nowhere", R"({"rules":[{"name":"a","split":[{}]}]})", "rules[0].split[0]", "neither"},
        Refused{"weight", R"({"rules":[{"name":"a","split":[{"model":"x","weight":0}]}]})", "rules[0].split[0].weight", "from 1 to 1000"},
        Refused{"split_twice", R"({"rules":[{"name":"a","split":[{"model":"x"},{"model":"x"}]}]})", "rules[0].split[1]", "already"},
        Refused{"loop", R"({"rules":[{"name":"a","split":[{"provider":"groq","model":"x"}],"fallback":[{"provider":"groq","model":"x"}]}]})",
                "rules[0].fallback[0]", "loop"},
        Refused{"fallback_nowhere", R"({"rules":[{"name":"a","fallback":[{}]}]})", "rules[0].fallback[0]", "neither"},
        Refused{"fallback_weight", R"({"rules":[{"name":"a","fallback":[{"model":"x","weight":2}]}]})", "rules[0].fallback[0].weight", "in order"},
        Refused{"sticky_alone", R"({"rules":[{"name":"a","split":[{"model":"x"}],"sticky":"x-user"}]})", "rules[0].sticky", "two or more"},
        Refused{"sticky_secret", R"({"rules":[{"name":"a","split":[{"model":"x"},{"model":"y"}],"sticky":"Authorization"}]})", "rules[0].sticky",
                "credential"},
        Refused{"timeout", R"({"rules":[{"name":"a","total_timeout_ms":-1}]})", "rules[0].total_timeout_ms", "from 0"},
        Refused{"unreachable", R"({"rules":[{"name":"a","when":{"model":"gpt-*"}},{"name":"b","when":{"model":"gpt-4o","feature":"chat"}}]})",
                "rules[1].when", "rule 'a' before it"},
        Refused{"no_limit", R"({"limits":[{"name":"a"}]})", "limits[0].limit", "needed"},
        Refused{"limit_float", R"({"limits":[{"name":"a","limit":1.5}]})", "limits[0].limit", "whole number"},
        Refused{"limit_huge", R"({"limits":[{"name":"a","limit":18446744073709551615}]})", "limits[0].limit", "whole number"},
        Refused{"limit_kind", R"({"limits":[{"name":"a","limit":1,"kind":"bytes"}]})", "limits[0].kind", "requests, tokens, streams"},
        Refused{"limit_key", R"({"limits":[{"name":"a","limit":1,"key":"team*"}]})", "limits[0].key", "one value"},
        Refused{"limit_key_number", R"({"limits":[{"name":"a","limit":1,"key":7}]})", "limits[0].key", "a text"},
        Refused{"no_cap", R"({"budgets":[{"name":"a"}]})", "budgets[0].cap", "needs a cap"},
        Refused{"negative_cap", R"({"budgets":[{"name":"a","cap":"-1","soft_cap":"1"}]})", "budgets[0].cap", "more than zero"},
        Refused{"float_cap", R"({"budgets":[{"name":"a","cap":0.1,"soft_cap":"1"}]})", "budgets[0].cap", "as text"},
        Refused{"huge_cap", R"({"budgets":[{"name":"a","cap":"9000001","soft_cap":"1"}]})", "budgets[0].cap", "9000000"},
        Refused{"soft_above", R"({"budgets":[{"name":"a","cap":"1","soft_cap":"2"}]})", "budgets[0].soft_cap", "above"},
        Refused{"alerts_fall", R"({"budgets":[{"name":"a","cap":"1","alert_percent":[80,50]}]})", "budgets[0].alert_percent", "rise"},
        Refused{"downgrade_none", R"({"budgets":[{"name":"a","cap":"1","at_cap":"downgrade"}]})", "budgets[0].downgrade", "no cheaper"},
        Refused{"downgrade_self", R"({"budgets":[{"name":"a","cap":"1","at_cap":"downgrade","downgrade":{"x":"x"}}]})", "budgets[0].downgrade.x",
                "itself"},
        Refused{"no_target", R"({"latency_targets":[{"name":"a"}]})", "latency_targets[0].p95_ms", "needs"},
        Refused{"switch_nowhere", R"({"latency_targets":[{"name":"a","p95_ms":1,"switch_rule":"b"}]})", "latency_targets[0].switch_rule",
                "no such rule"},
        Refused{"switch_bare", R"({"rules":[{"name":"b"}],"latency_targets":[{"name":"a","p95_ms":1,"switch_rule":"b"}]})",
                "latency_targets[0].switch_rule", "no fallback"},
        Refused{"channel_type", R"({"alerts":[{"name":"a","url":"https://x"}]})", "alerts[0].type", "email, webhook or slack"},
        Refused{"channel_name", R"({"alerts":[{"name":"a","type":"slack","url":"https://x"},{"name":"a","type":"slack","url":"https://y"}]})",
                "alerts[1].name", "already"},
        Refused{"mail_to_nobody", R"({"alerts":[{"name":"a","type":"email"}]})", "alerts[0].to", "no address"},
        Refused{"mail_address", R"({"alerts":[{"name":"a","type":"email","to":["x@y\r\nRCPT TO:<z@y>"]}]})", "alerts[0].to[0]", "mail address"},
        Refused{"mail_twice", R"({"alerts":[{"name":"a","type":"email","to":["x@y","x@y"]}]})", "alerts[0].to[1]", "already"},
        Refused{"mail_url", R"({"alerts":[{"name":"a","type":"email","to":["x@y"],"url":"https://x"}]})", "alerts[0].url", "no URL"},
        Refused{"mail_secret", R"({"alerts":[{"name":"a","type":"email","to":["x@y"],"secret":"env:X"}]})", "alerts[0].secret", "only webhooks"},
        Refused{"hook_nowhere", R"({"alerts":[{"name":"a","type":"webhook"}]})", "alerts[0].url", "needed"},
        Refused{"hook_scheme", R"({"alerts":[{"name":"a","type":"webhook","url":"gopher://x"}]})", "alerts[0].url", "https://"},
        Refused{"hook_user", R"({"alerts":[{"name":"a","type":"webhook","url":"https://u:p@x/"}]})", "alerts[0].url", "user"},
        Refused{"hook_no_host", R"({"alerts":[{"name":"a","type":"webhook","url":"https:///x"}]})", "alerts[0].url", "no host"},
        Refused{"hook_space", R"({"alerts":[{"name":"a","type":"webhook","url":"https://x/ y"}]})", "alerts[0].url", "no URL has"},
        Refused{"hook_own_variable", R"({"alerts":[{"name":"a","type":"webhook","url":"env:LECTR_DATABASE_URL"}]})", "alerts[0].url", "Lectr's own"},
        Refused{"hook_secret_itself", R"({"alerts":[{"name":"a","type":"webhook","url":"https://x","secret":"s3cret"}]})", "alerts[0].secret",
                "never stored"},
        Refused{"kind", R"({"alerts":[{"name":"a","type":"slack","url":"https://x","kinds":["weather"]}]})", "alerts[0].kinds[0]", "anomaly"},
        Refused{"kind_twice", R"({"alerts":[{"name":"a","type":"slack","url":"https://x","kinds":["budget","budget"]}]})", "alerts[0].kinds[1]",
                "already"},
        Refused{"severity", R"({"alerts":[{"name":"a","type":"slack","url":"https://x","min_severity":"dire"}]})", "alerts[0].min_severity",
                "low, medium, high"}),
    [](const auto& refused) { return std::string{refused.param.name}; });

TEST(Control, NamesAllProblemsAtOnce) {
  const auto read = parse_control(R"({"x":1,"rules":[{"name":1,"weight":2}],"limits":[{"name":"a","limit":0}]})", registry());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().size(), 4u);
}

TEST(Control, ARuleInShadowOrOffTakesNothingFromThoseBehind) {
  EXPECT_TRUE(parse_control(R"({"rules":[{"name":"a","shadow":true},{"name":"b","enabled":false},{"name":"c"}]})", registry()));
  EXPECT_FALSE(parse_control(R"({"rules":[{"name":"a"},{"name":"b","shadow":true}]})", registry()));
}

TEST(Control, SaysWhatChanged) {
  const auto read = [](const char* text) { return parse_control(text, registry()).value(); };
  const Control before =
      read(R"({"rules":[{"name":"a","when":{"task":"x"}},{"name":"b","when":{"task":"y"}},{"name":"c"}],"limits":[{"name":"l","limit":1}]})");
  const Control after = read(
      R"({"time_zone":"Asia/Tokyo","rules":[{"name":"b","when":{"task":"y"}},{"name":"a","when":{"task":"z"}},{"name":"d"}],"limits":[{"name":"l","limit":1}]})");
  EXPECT_EQ(describe_change(before, after),
            (std::vector<std::string>{"time zone Asia/Tokyo", "rule 'c' removed", "rule 'a' changed", "rule 'd' added", "rule 'b' moved"}));
  EXPECT_TRUE(describe_change(after, after).empty());
}

struct CoverCase {
  const char *wide, *narrow;
  bool covers;
};
class Covers : public testing::TestWithParam<CoverCase> {};
TEST_P(Covers, OnlyWhatIsCertain) { EXPECT_EQ(covers(Match{.model = GetParam().wide}, Match{.model = GetParam().narrow}), GetParam().covers); }
INSTANTIATE_TEST_SUITE_P(Table, Covers,
                         testing::Values(CoverCase{"", "", true}, CoverCase{"", "gpt-4", true}, CoverCase{"*", "", true},
                                         CoverCase{"gpt-4", "", false}, CoverCase{"gpt-*", "gpt-4*", true}, CoverCase{"gpt-4*", "gpt-*", false},
                                         CoverCase{"gpt-4", "gpt-4", true}, CoverCase{"*4*", "gpt-4*", true}, CoverCase{"gpt-4", "gpt-*", false},
                                         CoverCase{"*-a*b", "x-a*cb", true}));

// Whatever can be declared survives being written and read.
TEST(Control, ProblemsOfFormAndOfMeaningAreToldAtOnce) {
  const auto read = parse_control(
      R"({"rules":[{"name":"a","when":5},{"name":"b","split":[{"provider":"nobody"}]},{"name":"c","split":[{"provider":"no","weight":0}]}],
                                      "limits":[{"name":"x"}],"budgets":[{"name":"m"}],"retention":{"row_days":-1}})",
      registry());
  ASSERT_FALSE(read);
  std::vector<std::string> fields;
  const Problems problems = read.error();
  for (const Problem& p : problems) fields.push_back(p.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"rules[0].when", "rules[2].split[0].weight", "limits[0].limit", "retention.row_days",
                                              "rules[1].split[0].provider", "budgets[0].cap"}))
      << "rule c is not also said to name a provider that is not there, nor b to be hidden by a";
}

Control random_control(std::mt19937_64& dice) {
  const auto below = [&](std::uint64_t n) { return dice() % n; };
  const auto text = [&](std::size_t n) {
    static constexpr const char* kParts[] = {"a", "Z", "\"", "\\", "/", "ü", "*", "<script>", "=cmd|", " ", "日本"};
    std::string out = "n" + std::to_string(n);
    for (std::uint64_t i = below(4); i > 0; --i) out += kParts[below(std::size(kParts))];
    return out;
  };
  Control control;
  if (below(2)) control.time_zone = "America/New_York";
  for (std::size_t i = below(6); i > 0; --i) {
    Rule rule{.name = text(i), .enabled = below(4) > 0, .shadow = below(4) == 0, .when = {.feature = text(i), .task = below(2) ? text(i) : ""}};
    for (std::size_t k = below(4); k > 0; --k)
      rule.split.push_back({below(2) ? "groq" : "", "m" + std::to_string(k), static_cast<std::uint32_t>(1 + below(9))});
    if (rule.split.size() > 1 && below(2)) rule.sticky = "x-user";
    for (std::size_t k = below(3); k > 0; --k) rule.fallback.push_back({"gemini", "f" + std::to_string(k)});
    rule.total_timeout_ms = static_cast<std::int64_t>(below(3) * 1000);
    control.rules.push_back(std::move(rule));
  }
  for (std::size_t i = below(4); i > 0; --i)
    control.limits.push_back({text(i), below(2) > 0, below(2) > 0, static_cast<LimitKind>(below(3)), static_cast<std::int64_t>(1 + below(1'000'000)),
                              below(2) ? "*" : "", below(2) ? "chat" : "", ""});
  for (std::size_t i = below(4); i > 0; --i) {
    Budget budget{
        .name = text(i), .period = static_cast<Period>(below(3)), .cap = NanoMoney{static_cast<std::int64_t>(1 + below(1'000'000'000'000))}};
    if (below(2)) budget.alert_percent = {50, 90};
    if (below(2)) budget.at_cap = AtCap::downgrade, budget.downgrade = {{"a*", "b"}};
    control.budgets.push_back(std::move(budget));
  }
  if (below(2)) control.own.providers = {{"openai", "env:A_API_KEY", ""}, {"mistral", "", "http://10.0.0.1:8000"}};
  if (below(2)) control.own.models = {{"acme-*", "groq"}};
  if (below(2))
    control.own.prices = {{"openai", "m", static_cast<std::int64_t>(below(1'000'000'000'000)), 0, {}, static_cast<std::int64_t>(below(9))}};
  if (below(2)) control.own.retention.row_days = static_cast<int>(below(400));
  control.own.anomaly_sigma_tenths = static_cast<int>(10 + below(91));
  return control;
}
TEST(Control, RandomOnesSurviveBeingWrittenAndRead) {
  std::mt19937_64 dice{20261125};
  int read_back = 0;
  for (int i = 0; i < 2000; ++i) {
    const Control control = random_control(dice);
    const auto read = parse_control(write_control(control), registry());
    if (!read) {  // a random feature with a star can cover another's
      EXPECT_NE(read.error()[0].reason.find("can match nothing"), std::string::npos) << read.error()[0].to_text();
      continue;
    }
    ++read_back;
    ASSERT_EQ(*read, control) << write_control(control);
  }
  EXPECT_GT(read_back, 1500);
}

}  // namespace
}  // namespace lectr::config
