#include "lectr/limits/limiter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

namespace lectr::limits {
namespace {

using config::LimitKind;

constexpr std::int64_t kSecond = 1'000'000, kMinute = 60 * kSecond;
constexpr std::int64_t kNoon = 1'790'000'000 * kSecond;

config::Limit limit(std::string name, LimitKind kind, std::int64_t most) {
  config::Limit l;
  l.name = std::move(name);
  l.kind = kind;
  l.limit = most;
  return l;
}
config::Budget budget(std::string name, std::int64_t cap_nano) {
  config::Budget b;
  b.name = std::move(name);
  b.cap = NanoMoney{cap_nano};
  return b;
}

class LimiterTest : public testing::Test {
 protected:
  void use(config::Control control) {
    org_.id = 1;
    ++org_.control_version;
    org_.control = std::make_shared<const config::Control>(std::move(control));
  }
  void use(std::vector<config::Limit> limits) {
    config::Control c;
    c.limits = std::move(limits);
    use(std::move(c));
  }
  // Each as of a newer snapshot than the one before.
  void name_keys(decltype(config::LimitKeys::by_name) by_name) {
    const std::uint64_t version = org_.limit_keys ? org_.limit_keys->version + 1 : 1;
    org_.limit_keys = std::make_shared<const config::LimitKeys>(config::LimitKeys{version, std::move(by_name)});
  }
  void use(config::Budget b) {
    config::Control c;
    c.budgets.push_back(std::move(b));
    use(std::move(c));
  }
  Query query() const {
    Query q;
    q.org = &org_;
    q.key = 7;
    q.feature = "chat";
    q.model = "gpt-x";
    q.now_us = now_;
    q.unix_us = kNoon + now_;
    return q;
  }
  std::optional<Refusal> ask(const Query& q) {
    Permit permit;
    const auto refused = limiter_.admit(q, permit);
    if (permit) permits_.push_back(std::move(permit));
    return refused;
  }
  Code code(const Query& q) {
    const auto refused = ask(q);
    return refused ? refused->code : Code::none;
  }
  void end(std::size_t i, const Outcome& outcome) { limiter_.settle(permits_[i], outcome, now_); }

  config::Org org_;
  Limiter limiter_;
  std::int64_t now_ = 100 * kMinute;
  std::vector<Permit> permits_;
};

TEST(LimiterStart, SaysThatThereIsNoTlsToRedis) {
  try {
    Limiter limiter{"rediss://:secret@h"};
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string_view{error.what()}.find("TLS"), std::string_view::npos) << error.what();
    EXPECT_EQ(std::string_view{error.what()}.find("secret"), std::string_view::npos) << "it says no password";
  }
}

TEST_F(LimiterTest, AnOrgWithoutLimitsHoldsNothing) {
  Permit permit;
  EXPECT_FALSE(limiter_.admit(query(), permit));
  EXPECT_FALSE(permit);
  use(std::vector<config::Limit>{});
  EXPECT_FALSE(limiter_.admit(query(), permit));
  EXPECT_FALSE(permit);
}

TEST_F(LimiterTest, RequestsPerMinuteSlide) {
  use({limit("rpm", LimitKind::requests, 3)});
  for (int i = 0; i < 3; ++i, now_ += 10 * kSecond) EXPECT_EQ(code(query()), Code::none);
  const auto refused = ask(query());
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, Code::rate_limit_exceeded);
  EXPECT_EQ(refused->name, "rpm");
  EXPECT_NEAR(static_cast<double>(refused->retry_after_ms), 30'000, 20);
  ASSERT_TRUE(refused->requests);
  EXPECT_EQ(refused->requests->limit, 3);
  EXPECT_EQ(refused->requests->rest, 0);
  EXPECT_TRUE(limiter_.check(query())) << "the head alone tells it now";
  now_ += refused->retry_after_ms * 1000;
  EXPECT_FALSE(limiter_.check(query()));
  EXPECT_EQ(code(query()), Code::none) << "what Retry-After said holds";
  EXPECT_EQ(code(query()), Code::rate_limit_exceeded);
}

TEST_F(LimiterTest, NoMinuteHasMoreThanTheLimitHoweverItLies) {
  use({limit("rpm", LimitKind::requests, 700)});
  std::vector<std::int64_t> admitted;
  for (const std::int64_t until = now_ + 5 * kMinute; now_ < until; now_ += 13'337 + (now_ % 7) * 3'000)
    if (!ask(query())) admitted.push_back(now_);
  std::size_t oldest = 0, most = 0;
  for (std::size_t i = 0; i < admitted.size(); ++i) {
    while (admitted[oldest] <= admitted[i] - kMinute) ++oldest;
    most = std::max(most, i - oldest + 1);
  }
  EXPECT_EQ(most, 700u);
  EXPECT_GT(admitted.size(), 700u * 5 * 99 / 100) << "and all of it can be used";
}

TEST_F(LimiterTest, AllScopesOrNone) {
  auto per_key = limit("key", LimitKind::requests, 2);
  per_key.key = "*";
  use({limit("org", LimitKind::requests, 10), per_key});
  Query q = query();
  EXPECT_EQ(code(q), Code::none);
  EXPECT_EQ(code(q), Code::none);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(code(q), Code::rate_limit_exceeded);
  for (int i = 0; i < 8; ++i) {
    q.key = 100 + i;
    EXPECT_EQ(code(q), Code::none) << "the refused ones took nothing of the org's";
  }
  q.key = 200;
  EXPECT_EQ(ask(q)->name, "org");
}

struct ScopeCase {
  const char *name, *key, *feature, *model;
  bool meant;
};
class Scopes : public LimiterTest, public testing::WithParamInterface<ScopeCase> {};
TEST_P(Scopes, MeanTheirRequestsOnly) {
  auto l = limit("l", LimitKind::requests, 1);
  l.key = GetParam().key;
  l.feature = GetParam().feature;
  l.model = GetParam().model;
  use({l});
  EXPECT_EQ(code(query()), Code::none);
  EXPECT_EQ(code(query()), GetParam().meant ? Code::rate_limit_exceeded : Code::none);
}
INSTANTIATE_TEST_SUITE_P(Limits, Scopes,
                         testing::Values(ScopeCase{"org", "", "", "", true}, ScopeCase{"key", "7", "", "", true},
                                         ScopeCase{"other_key", "8", "", "", false}, ScopeCase{"feature", "", "chat", "", true},
                                         ScopeCase{"other_feature", "", "Chat", "", false}, ScopeCase{"model", "", "", "gpt-x", true},
                                         ScopeCase{"other_model", "", "", "gpt", false}, ScopeCase{"each", "*", "*", "*", true},
                                         ScopeCase{"mixed", "7", "*", "gpt-x", true}, ScopeCase{"mixed_other", "7", "*", "gpt-y", false}),
                         [](const auto& one) { return std::string{one.param.name}; });

// What keys of these ids get in turn, of a limit of one request a minute for the name "web".
struct NamedStep {
  std::vector<KeyId> web;  // that have the name then
  KeyId asks;
  bool passes;
};
struct NamedCase {
  const char* name;
  std::vector<NamedStep> steps;
};
class NamedKeys : public LimiterTest, public testing::WithParamInterface<NamedCase> {};
TEST_P(NamedKeys, ShareTheirCount) {
  auto l = limit("l", LimitKind::requests, 1);
  l.key = "web";
  use({l});
  for (std::size_t i = 0; i < GetParam().steps.size(); ++i) {
    const NamedStep& step = GetParam().steps[i];
    name_keys({{"web", step.web}});
    Query q = query();
    q.key = step.asks;
    EXPECT_EQ(code(q), step.passes ? Code::none : Code::rate_limit_exceeded) << "step " << i;
  }
}
INSTANTIATE_TEST_SUITE_P(Limits, NamedKeys,
                         testing::Values(NamedCase{"one", {{{7}, 7, true}, {{7}, 7, false}}}, NamedCase{"others", {{{7}, 8, true}, {{7}, 8, true}}},
                                         NamedCase{"two_of_a_name", {{{7, 8}, 7, true}, {{7, 8}, 8, false}}},
                                         NamedCase{"none_yet", {{{}, 7, true}, {{}, 7, true}}},
                                         NamedCase{"made_later", {{{}, 7, true}, {{7}, 7, true}, {{7}, 7, false}}},
                                         NamedCase{"rotated", {{{7}, 7, true}, {{7, 9}, 9, false}, {{9}, 9, false}}},
                                         NamedCase{"renamed", {{{7}, 7, true}, {{}, 7, true}, {{7}, 7, false}}}),
                         [](const auto& one) { return std::string{one.param.name}; });

TEST_F(LimiterTest, AKeysNameGoesWithTheOtherPartsOfAScope) {
  auto l = limit("l", LimitKind::requests, 1);
  l.key = "web", l.feature = "chat", l.model = "*";
  use({l});
  name_keys({{"web", {7}}});
  Query q = query();
  EXPECT_EQ(code(q), Code::none);
  EXPECT_EQ(code(q), Code::rate_limit_exceeded);
  q.model = "gpt-y";
  EXPECT_EQ(code(q), Code::none) << "each model for itself";
  q.feature = "search";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(code(q), Code::none) << "another feature";
}

// Workers take a snapshot up one after the other, and a request keeps the one it began with.
TEST_F(LimiterTest, TheNewestNamesOfKeysCountWhateverARequestPinned) {
  auto l = limit("l", LimitKind::requests, 1);
  l.key = "web";
  use({l});
  name_keys({{"web", {7}}});
  const config::Org older = org_;
  name_keys({{"web", {7, 8}}});
  Query q = query();
  EXPECT_EQ(code(q), Code::none);
  q.org = &older;
  q.key = 8;
  EXPECT_EQ(code(q), Code::rate_limit_exceeded);
  use({limit("other", LimitKind::requests, 100)});
  org_.limit_keys = nullptr;
  q.org = &org_;
  EXPECT_EQ(code(q), Code::none);
  q.org = &older;
  EXPECT_EQ(code(q), Code::none) << "nor does it bring the older state back";
}

TEST_F(LimiterTest, MoreValuesThanAreKeptApartShareOne) {
  auto l = limit("each", LimitKind::requests, 1);
  l.feature = "*";
  use({l});
  std::size_t admitted = 0;
  for (int i = 0; i < 6000; ++i) {
    const std::string feature = "f" + std::to_string(i);
    Query q = query();
    q.feature = feature;
    admitted += !ask(q);
  }
  EXPECT_EQ(admitted, 4096u + 1);
  permits_.clear();
  now_ += 3 * kMinute;
  Query q = query();
  q.feature = "later";
  EXPECT_EQ(code(q), Code::none) << "values that are no longer used make room";
  q.feature = "later too";
  EXPECT_EQ(code(q), Code::none);
}

TEST_F(LimiterTest, TokensAreCorrectedByWhatWasUsed) {
  use({limit("tpm", LimitKind::tokens, 1000)});
  Query q = query();
  q.tokens = 600;
  EXPECT_EQ(code(q), Code::none);
  const auto refused = ask(q);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, Code::token_limit_exceeded);
  EXPECT_EQ(refused->tokens->rest, 400);
  now_ += kSecond;
  end(0, {.tokens = 100, .output = 50});
  EXPECT_EQ(code(q), Code::none) << "room came back";
  now_ += kSecond;
  end(1, {.tokens = 2000, .output = 50});
  q.tokens = 1;
  EXPECT_EQ(code(q), Code::token_limit_exceeded) << "more was used than was expected";
  now_ += kMinute + kSecond;
  q.now_us = now_;
  q.unix_us = kNoon + now_;
  q.tokens = 5000;
  EXPECT_EQ(code(q), Code::none) << "an estimate above the limit goes when nobody else does";
  EXPECT_EQ(code(q), Code::token_limit_exceeded);
}

TEST_F(LimiterTest, WhatDidNotReachAProviderUsedNoTokens) {
  use({limit("tpm", LimitKind::tokens, 1000)});
  Query q = query();
  q.tokens = 1000;
  EXPECT_EQ(code(q), Code::none);
  end(0, {.reached_provider = false});
  EXPECT_EQ(code(q), Code::none);
  end(1, {});
  EXPECT_EQ(code(q), Code::token_limit_exceeded) << "without usage the expectation stays";
}

TEST_F(LimiterTest, AGrowingStreamTakesWhatItIsNowExpectedToUse) {
  use({limit("tpm", LimitKind::tokens, 1000)});
  Query q = query();
  q.tokens = 100;
  q.output_mean = 100;
  EXPECT_EQ(code(q), Code::none);
  limiter_.progress(permits_[0], 800, now_);
  q.tokens = 1;
  EXPECT_EQ(code(q), Code::token_limit_exceeded);
  end(0, {.tokens = 800, .output = 800});
  EXPECT_EQ(code(q), Code::none);
}

TEST_F(LimiterTest, StreamsAtOnce) {
  use({limit("streams", LimitKind::streams, 2)});
  Query q = query();
  EXPECT_EQ(code(q), Code::none) << "no stream takes no slot";
  q.stream = true;
  EXPECT_EQ(code(q), Code::none);
  EXPECT_EQ(code(q), Code::none);
  EXPECT_EQ(code(q), Code::concurrent_streams_exceeded);
  now_ += 10 * kMinute;
  EXPECT_EQ(code(q), Code::concurrent_streams_exceeded) << "a stream holds its slot as long as it lasts";
  end(1, {});
  EXPECT_EQ(code(q), Code::none);
  permits_.clear();
  EXPECT_EQ(code(q), Code::none) << "a permit that is dropped gives back, too";
}

TEST_F(LimiterTest, ShadowCountsAsIfAndRefusesNothing) {
  auto enforced = limit("l", LimitKind::requests, 5), shadow = enforced;
  shadow.shadow = true;
  use({shadow});
  for (int i = 0; i < 20; ++i, now_ += kSecond) EXPECT_EQ(code(query()), Code::none);
  EXPECT_EQ(limiter_.state(org_, now_, kNoon).limits[0].scopes[0].would_refuse_1h, 15);
  EXPECT_EQ(limiter_.state(org_, now_, kNoon).limits[0].scopes[0].refused_1h, 0);
  use({enforced});
  int refused = 0;
  for (int i = 0; i < 20; ++i, now_ += kSecond) refused += code(query()) != Code::none;
  EXPECT_EQ(refused, 15) << "the same load, the same count";
}

TEST_F(LimiterTest, TellsAllInShadowThatWouldHaveStoppedARequestWhereItIsAsked) {
  auto one = limit("one", LimitKind::requests, 1), two = limit("two", LimitKind::requests, 2);
  one.shadow = two.shadow = true;
  use({one, two});
  std::map<std::string, int> told;
  for (int i = 0; i < 5; ++i) {
    std::vector<Shadowed> all;
    Query q = query();
    q.all_shadowed = &all;
    EXPECT_EQ(code(q), Code::none);
    for (const Shadowed& s : all) ++told[s.name];
  }
  EXPECT_EQ(told, (std::map<std::string, int>{{"one", 4}, {"two", 3}}));
  EXPECT_EQ(permits_.back().shadowed()->name, "one");
}

TEST_F(LimiterTest, EachShadowCountsForItself) {
  auto few = limit("few", LimitKind::requests, 2), more = limit("more", LimitKind::requests, 5);
  few.shadow = more.shadow = true;
  use({few, more});
  for (int i = 0; i < 8; ++i) EXPECT_EQ(code(query()), Code::none);
  const State state = limiter_.state(org_, now_, kNoon);
  EXPECT_EQ(state.limits[0].scopes[0].would_refuse_1h, 6);
  EXPECT_EQ(state.limits[1].scopes[0].would_refuse_1h, 3) << "what the other one would have refused counts here";
  EXPECT_EQ(state.limits[1].scopes[0].used, 5) << "and what this one would have refused does not";
}

// What a budget of 100 did, or in shadow would have done, to requests of these costs that end one after the other.
struct ShadowBudgetCase {
  const char* name;
  std::vector<std::int64_t> costs;
  const char* lower_model;  // at its cap; empty: it blocks
  std::int64_t blocked, downgraded;
};
class ShadowBudget : public LimiterTest, public testing::WithParamInterface<ShadowBudgetCase> {
 protected:
  BudgetState run(bool shadow) {
    auto b = budget(shadow ? "s" : "e", 100);
    b.shadow = shadow;
    b.alert_percent = {};
    if (*GetParam().lower_model) {
      b.at_cap = config::AtCap::downgrade;
      b.downgrade = {{"gpt-x", GetParam().lower_model}};
      b.downgrade_ceiling_percent = 1000;
    }
    use(b);
    for (const std::int64_t cost : GetParam().costs) {
      Query q = query();
      q.paid = "gpt-x";
      q.cost_nano = cost;
      Permit permit;
      if (limiter_.check(q)) continue;
      const auto refused = limiter_.admit(q, permit);
      if (refused && !refused->downgrade_to.empty()) {
        q.downgraded = true;
        q.cost_nano = 1;
        EXPECT_FALSE(limiter_.admit(q, permit));
      }
      if (permit.shadowed()) ++named_[permit.shadowed()->as];
      limiter_.settle(permit, {.cost_nano = q.cost_nano}, now_);
    }
    return limiter_.state(org_, now_, kNoon + now_).budgets[0];
  }
  std::map<Shadowed::As, std::int64_t> named_;  // permits that say that a shadow would not have let them pass
};
TEST_P(ShadowBudget, WouldHaveDoneWhatItDoes) {
  const BudgetState would = run(true), did = run(false);
  EXPECT_EQ(would.would_downgrade_1h, GetParam().downgraded);
  EXPECT_EQ(did.downgraded_1h, GetParam().downgraded);
  EXPECT_EQ(would.would_block_1h, GetParam().blocked);
  EXPECT_EQ(did.blocked_1h, GetParam().blocked);
  EXPECT_EQ(named_[Shadowed::As::blocked], GetParam().blocked);
  EXPECT_EQ(named_[Shadowed::As::downgraded], GetParam().downgraded);
  EXPECT_EQ(named_[Shadowed::As::limited], 0);
  EXPECT_EQ(would.blocked_1h + would.downgraded_1h + did.would_block_1h + did.would_downgrade_1h, 0);
  if (GetParam().downgraded == 0) { EXPECT_EQ(would.spent_nano, did.spent_nano); }
}
INSTANTIATE_TEST_SUITE_P(Limiter, ShadowBudget,
                         testing::Values(ShadowBudgetCase{"all_alike", {40, 40, 40, 40}, "", 2, 0},
                                         ShadowBudgetCase{"a_small_one_still_fits", {5, 40, 40, 40, 10, 40}, "", 2, 0},
                                         ShadowBudgetCase{"one_smaller_than_asked_lately_does_not", {40, 40, 40, 20, 40}, "", 3, 0},
                                         ShadowBudgetCase{"spent_is_told_from_the_head", {50, 50, 50, 1}, "", 2, 0},
                                         ShadowBudgetCase{"goes_lower", {40, 40, 40, 40}, "gpt-small", 0, 2}),
                         [](const auto& one) { return std::string{one.param.name}; });

TEST_F(LimiterTest, AShadowGoesOnFromTheStoreOnceAndCountsForItselfThen) {
  auto b = budget("b", 1000);
  b.shadow = true;
  use(b);
  config::Snapshot snapshot;
  snapshot.orgs.emplace(1, org_);
  auto windows = open_windows(snapshot, query().unix_us);
  windows[0].nano = 600;
  EXPECT_EQ(code(query()), Code::none);
  limiter_.learn(windows);
  EXPECT_EQ(limiter_.state(org_, now_, kNoon + now_).budgets[0].spent_nano, 600);
  windows[0].nano = 5000;  // with what it would have refused
  limiter_.learn(windows);
  EXPECT_EQ(limiter_.state(org_, now_, kNoon + now_).budgets[0].spent_nano, 600);
}

TEST_F(LimiterTest, ACountLivesOnFromStateToState) {
  use({limit("l", LimitKind::requests, 3)});
  for (int i = 0; i < 3; ++i) ask(query());
  use({limit("l", LimitKind::requests, 4), limit("other", LimitKind::requests, 100)});
  EXPECT_EQ(code(query()), Code::none);
  EXPECT_EQ(code(query()), Code::rate_limit_exceeded);
  use({limit("l", LimitKind::requests, 2)});
  EXPECT_EQ(code(query()), Code::rate_limit_exceeded);
  auto off = limit("l", LimitKind::requests, 2);
  off.enabled = false;
  use({off});
  EXPECT_EQ(code(query()), Code::none);
}

TEST_F(LimiterTest, WorkersTogetherKeepTheLimit) {
  use({limit("l", LimitKind::requests, 1000), limit("s", LimitKind::streams, 8)});
  std::atomic<int> admitted{0}, open{0}, most{0};
  const auto work = [&] {
    for (int i = 0; i < 2000; ++i) {
      Query q = query();
      q.stream = true;
      Permit permit;
      if (limiter_.admit(q, permit)) continue;
      ++admitted;
      const int now_open = ++open;
      for (int seen = most; seen < now_open && !most.compare_exchange_weak(seen, now_open);) {}
      --open;
      limiter_.settle(permit, {}, now_);
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) workers.emplace_back(work);
  for (auto& w : workers) w.join();
  EXPECT_EQ(admitted, 1000);
  EXPECT_LE(most, 8);
}

// Budgets.

TEST_F(LimiterTest, ABudgetHoldsAndSettles) {
  use(budget("b", 1000));
  Query q = query();
  q.cost_nano = 400;
  EXPECT_EQ(code(q), Code::none);
  EXPECT_EQ(code(q), Code::none);
  const auto reserved = ask(q);
  ASSERT_TRUE(reserved);
  EXPECT_EQ(reserved->code, Code::budget_reserved) << "holds stand in the way, money is left";
  EXPECT_GE(reserved->retry_after_ms, 1000);
  EXPECT_FALSE(limiter_.check(q)) << "from the head nothing is final yet";
  end(0, {.cost_nano = 100});
  EXPECT_EQ(code(q), Code::none) << "it cost less";
  end(1, {.cost_nano = 500});
  end(2, {.cost_nano = 399});
  const auto spent = ask(q);
  ASSERT_TRUE(spent);
  EXPECT_EQ(spent->code, Code::budget_exceeded);
  EXPECT_EQ(spent->retry_after_ms, 0);
  EXPECT_GT(spent->ends_unix_us, q.unix_us);
  const auto at_head = limiter_.check(q);
  ASSERT_TRUE(at_head);
  EXPECT_EQ(at_head->code, Code::budget_exceeded);
}

// What a request of 40 meets at a cap of 100 (ceiling 110) after so much was spent, as asked and asked again for the cheaper model at 5.
struct AtCapCase {
  const char* name;
  std::int64_t spent;
  const char* model;
  Code as_asked;
  const char* lower_model;  // that it may be asked again for; empty: none
  Code as_lower;
};
class AtCap : public LimiterTest, public testing::WithParamInterface<AtCapCase> {};
TEST_P(AtCap, TheCheaperModelGoesUpToTheCeiling) {
  config::Control c;
  c.limits.push_back(limit("month", LimitKind::requests, 100));  // a budget's name may also be a limit's
  c.budgets.push_back(budget("month", 100));
  c.budgets[0].at_cap = config::AtCap::downgrade;
  c.budgets[0].downgrade = {{"GPT-x*", "gpt-small"}};
  use(std::move(c));
  Query q = query();
  q.paid = q.model;
  q.cost_nano = 1;
  ASSERT_EQ(code(q), Code::none);
  end(0, {.cost_nano = GetParam().spent});
  q.paid = GetParam().model;
  q.cost_nano = 40;
  const auto first = ask(q);
  EXPECT_EQ(first ? first->code : Code::none, GetParam().as_asked);
  EXPECT_EQ(first ? first->downgrade_to : "", GetParam().lower_model);
  const bool blocked = first && first->downgrade_to.empty();
  bool went_lower = false;
  if (first && !blocked) {
    q.paid = "gpt-small";
    q.downgraded = true;
    q.cost_nano = 5;
    const Code lower = code(q);
    EXPECT_EQ(lower, GetParam().as_lower);
    went_lower = lower == Code::none;
  }
  const State state = limiter_.state(org_, now_, kNoon + now_);
  EXPECT_EQ(state.budgets[0].downgraded_1h, went_lower ? 1 : 0);
  EXPECT_EQ(state.budgets[0].blocked_1h, first && !went_lower ? 1 : 0);
  EXPECT_EQ(state.limits[0].scopes[0].refused_1h, 0) << "the limit of the same name refused nothing";
}
INSTANTIATE_TEST_SUITE_P(Budgets, AtCap,
                         testing::Values(AtCapCase{"room_below_the_cap", 60, "gpt-x", Code::none, "", Code::none},
                                         AtCapCase{"would_pass_the_cap", 61, "gpt-x", Code::budget_exceeded, "gpt-small", Code::none},
                                         AtCapCase{"above_the_cap", 105, "gpt-x-2", Code::budget_exceeded, "gpt-small", Code::none},
                                         AtCapCase{"no_room_below_the_ceiling", 106, "gpt-x", Code::budget_exceeded, "gpt-small",
                                                   Code::budget_exceeded},
                                         AtCapCase{"no_cheaper_model", 61, "o3", Code::budget_exceeded, "", Code::none}),
                         [](const auto& one) { return std::string{one.param.name}; });

TEST_F(LimiterTest, ABudgetBeginsAnewWithItsWindow) {
  auto b = budget("b", 1000);
  b.period = config::Period::day;
  use(b);
  Query q = query();
  q.cost_nano = 1000;
  EXPECT_EQ(code(q), Code::none);
  end(0, {.cost_nano = 1000});
  const auto spent = ask(q);
  ASSERT_TRUE(spent);
  q.now_us += spent->ends_unix_us - q.unix_us;
  q.unix_us = spent->ends_unix_us;
  EXPECT_FALSE(limiter_.check(q));
  EXPECT_EQ(code(q), Code::none);
}

TEST_F(LimiterTest, SpendNeverPassesTheCapByMoreThanHoldsWereTooSmall) {
  use(budget("b", 100'000));
  std::int64_t spent = 0, errors = 0;
  for (int i = 0; i < 2000; ++i) {
    Query q = query();
    q.cost_nano = 300 + (i * 37) % 200;
    Permit permit;
    if (limiter_.admit(q, permit)) continue;
    permits_.push_back(std::move(permit));
    if (permits_.size() < 40) continue;
    const std::int64_t cost = 200 + (i * 91) % 330;
    errors += std::max<std::int64_t>(cost - 300, 0);
    spent += cost;
    limiter_.settle(permits_.front(), {.cost_nano = cost}, now_);
    permits_.erase(permits_.begin());
  }
  while (!permits_.empty()) {
    spent += 400;
    limiter_.settle(permits_.front(), {.cost_nano = 400}, now_);
    permits_.erase(permits_.begin());
  }
  EXPECT_LE(spent, 100'000 + 40 * 230);
  EXPECT_GT(spent, 90'000);
}

TEST_F(LimiterTest, WhatTheStoreHasCountsFromTheStart) {
  use(budget("b", 1000));
  config::Snapshot snapshot;
  snapshot.orgs.emplace(1, org_);
  auto windows = open_windows(snapshot, query().unix_us);
  ASSERT_EQ(windows.size(), 1u);
  EXPECT_LE(windows[0].from_us, query().unix_us);
  windows[0].nano = 1000;
  limiter_.learn(windows);
  Query q = query();
  q.cost_nano = 1;
  EXPECT_EQ(limiter_.check(q)->code, Code::budget_exceeded);
}

TEST_F(LimiterTest, ARequestWithoutAPriceCountsAsConfigured) {
  auto b = budget("b", 1000);
  use(b);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(code(query()), Code::none);
    end(static_cast<std::size_t>(i), {});
  }
  b.unknown_request_cost = NanoMoney{600};
  b.name = "c";
  use(b);
  EXPECT_EQ(code(query()), Code::none);
  end(50, {});
  EXPECT_EQ(limiter_.state(org_, now_, kNoon + now_).budgets[0].unpriced, 1) << "and is told of";
  EXPECT_EQ(code(query()), Code::budget_exceeded);
}

TEST_F(LimiterTest, ThoseWithoutAPriceAreCountedForAWindowWhoeverServedThem) {
  use(budget("b", 1000));
  for (std::size_t i = 0; i < 3; ++i) {
    ask(query());
    end(i, {.reached_provider = i != 2});
  }
  Query priced = query();
  priced.cost_nano = 10;
  ask(priced);
  end(3, {.cost_nano = 10});
  const auto unpriced = [&] { return limiter_.state(org_, now_, kNoon + now_).budgets[0].unpriced; };
  EXPECT_EQ(unpriced(), 2);
  config::Snapshot snapshot;
  snapshot.orgs.emplace(1, org_);
  auto windows = open_windows(snapshot, query().unix_us);
  windows[0].unpriced = 1;
  limiter_.learn(windows);
  EXPECT_EQ(unpriced(), 2) << "the store is behind";
  windows[0].unpriced = 7;
  limiter_.learn(windows);
  EXPECT_EQ(unpriced(), 7) << "others had some";
}

TEST_F(LimiterTest, WithoutUsageTheExpectationStays) {
  use(budget("b", 1000));
  Query q = query();
  q.cost_nano = 300;
  ask(q);
  end(0, {});
  ask(q);
  permits_[1] = {};
  const State state = limiter_.state(org_, now_, kNoon + now_);
  EXPECT_EQ(state.budgets[0].spent_nano, 600);
  EXPECT_EQ(state.budgets[0].unpriced, 0) << "its price is known, its usage is not";
}

TEST_F(LimiterTest, ASoftCapRefusesNothingAndTellsEachThresholdOnce) {
  config::Budget b;
  b.name = "soft";
  b.soft_cap = NanoMoney{1000};
  b.alert_percent = {50, 100};
  use(b);
  Query q = query();
  q.cost_nano = 300;
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(code(q), Code::none);
    end(i, {.cost_nano = 300});
  }
  const auto events = limiter_.take_events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].percent, 50);
  EXPECT_EQ(events[0].spent_nano, 600);
  EXPECT_EQ(events[1].percent, 100);
  EXPECT_EQ(events[1].of_nano, 1000);
  EXPECT_TRUE(limiter_.take_events().empty());
}

struct CapEventCase {
  const char* name;
  std::vector<std::int64_t> costs;  // one after the other, of a budget of 100 that names no threshold
  int events;
  std::int64_t spent;
};
class CapEvent : public LimiterTest, public testing::WithParamInterface<CapEventCase> {};
TEST_P(CapEvent, TheEndOfAHardCapIsAlwaysOne) {
  auto b = budget("b", 100);
  b.alert_percent = {};
  use(b);
  for (const std::int64_t cost : GetParam().costs) {
    Query q = query();
    q.cost_nano = cost;
    Permit permit;
    if (limiter_.check(q) || limiter_.admit(q, permit)) continue;
    limiter_.settle(permit, {.cost_nano = cost}, now_);
  }
  const auto events = limiter_.take_events();
  ASSERT_EQ(events.size(), static_cast<std::size_t>(GetParam().events));
  if (events.empty()) return;
  EXPECT_EQ(events[0].percent, 100);
  EXPECT_EQ(events[0].spent_nano, GetParam().spent) << "what was spent, not what would make it look round";
  EXPECT_EQ(events[0].of_nano, 100);
}
INSTANTIATE_TEST_SUITE_P(Budgets, CapEvent,
                         testing::Values(CapEventCase{"below", {10, 10}, 0, 0}, CapEventCase{"reached", {50, 50, 50}, 1, 100},
                                         CapEventCase{"nothing_fits_any_more", {40, 40, 40}, 1, 80},
                                         CapEventCase{"a_large_one_does_not_fit_but_small_ones_do", {5, 80, 60, 5}, 0, 0}),
                         [](const auto& one) { return std::string{one.param.name}; });

TEST_F(LimiterTest, AThresholdPassedBeforeTheStartIsNotToldAgain) {
  auto b = budget("b", 1000);
  b.alert_percent = {50, 80};
  use(b);
  config::Snapshot snapshot;
  snapshot.orgs.emplace(1, org_);
  auto windows = open_windows(snapshot, query().unix_us);
  windows[0].nano = 600;
  limiter_.learn(windows);
  Query q = query();
  q.cost_nano = 100;
  EXPECT_EQ(code(q), Code::none);
  end(0, {.cost_nano = 100});
  EXPECT_TRUE(limiter_.take_events().empty());
  windows[0].nano = 850;
  limiter_.learn(windows);
  const auto events = limiter_.take_events();
  ASSERT_EQ(events.size(), 1u) << "but what others spent since is";
  EXPECT_EQ(events[0].percent, 80);
}

TEST_F(LimiterTest, ExpectationsFollowWhatAnswersWere) {
  use(budget("b", 1'000'000'000));
  EXPECT_NEAR(limiter_.expected_output(query(), 400).mean, 100, 1) << "nothing is known: a quarter of what it may";
  for (std::size_t i = 0; i < 40; ++i) {
    Query q = query();
    q.cost_nano = 1;
    ask(q);
    end(i, {.output = static_cast<std::int64_t>(190 + i)});
  }
  EXPECT_NEAR(limiter_.expected_output(query(), -1).mean, 210, 5);
  EXPECT_NEAR(limiter_.expected_output(query(), 50).mean, 50, 1) << "never more than is allowed";
  Query other = query();
  other.model = "another";
  EXPECT_NEAR(limiter_.expected_output(other, -1).mean, 210, 5) << "the feature's, while the pair is not known";
}

}  // namespace
}  // namespace lectr::limits
