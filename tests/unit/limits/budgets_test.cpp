#include "limiter_fixture.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace lectr::limits {
namespace {

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

// No worker reads a file for a request: the zone is gone from the system by then.
TEST_F(LimiterTest, TheTimeZoneOfAPreparedSnapshotIsNotReadAgain) {
  const auto folder = std::filesystem::path{testing::TempDir()} / ("zones-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::filesystem::copy_file("/usr/share/zoneinfo/Asia/Tokyo", folder / "Somewhere");
  ::setenv("TZDIR", folder.c_str(), 1);
  config::Control control;
  control.time_zone = "Somewhere";
  control.budgets.push_back(budget("b", 1000));
  control.budgets[0].period = config::Period::day;
  use(std::move(control));
  config::Snapshot snapshot;
  snapshot.orgs.emplace(1, org_);
  limiter_.prepare(snapshot);
  std::filesystem::remove_all(folder);
  EXPECT_EQ(code(query()), Code::none);
  ::unsetenv("TZDIR");
  constexpr std::int64_t kDay = 24 * 60 * kMinute, kMidnightThere = 15 * 60 * kMinute;
  EXPECT_EQ(limiter_.state(org_, now_, kNoon + now_).budgets[0].from_us % kDay, kMidnightThere);
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
  EXPECT_TRUE(limiter_.has_events());
  const auto events = limiter_.take_events();
  EXPECT_FALSE(limiter_.has_events());
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

}  // namespace
}  // namespace lectr::limits
