#include "limiter_fixture.hpp"

#include <map>

namespace lectr::limits {
namespace {

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

}  // namespace
}  // namespace lectr::limits
