// Decisions of one process against what was really used, by random requests: most are decided without the book, all as if by it.
#include <cmath>
#include <random>

#include "limiter_fixture.hpp"

namespace lectr::limits {
namespace {

constexpr std::int64_t kPrice = kSecond;  // of exactness: some buckets' widths

class Exact : public LimiterTest, public testing::WithParamInterface<unsigned> {
 protected:
  std::int64_t any(std::int64_t least, std::int64_t most) { return std::uniform_int_distribution<std::int64_t>{least, most}(dice_); }
  bool one_in(std::int64_t n) { return any(1, n) == 1; }
  // Mostly bursts, sometimes a pause that lets a part of the window go.
  void time_goes() { now_ += one_in(40) ? any(1, 40) * kSecond : one_in(3) ? any(0, 200'000) : any(0, 3'000); }

  struct Use {
    std::int64_t at = 0, units = 0, taken = 0;  // taken: at first, if that was more
  };
  std::int64_t within(const std::vector<Use>& uses) const {
    std::int64_t sum = 0;
    for (const Use& use : uses)
      if (use.at > now_ - kMinute) sum += use.units;
    return sum;
  }
  // The most that it may be counted as: what leaves the window does so a little later, and what came back does so a little earlier.
  std::int64_t at_most_within(const std::vector<Use>& uses) const {
    std::int64_t sum = 0;
    for (const Use& use : uses)
      if (use.at > now_ - kMinute - kPrice) sum += use.at > now_ - kMinute + kPrice ? use.units : std::max(use.units, use.taken);
    return sum;
  }
  std::mt19937 dice_{GetParam()};
};

TEST_P(Exact, Requests) {
  const std::int64_t most = one_in(2) ? any(5, 60) : any(300, 500);
  use({limit("l", LimitKind::requests, most)});
  std::vector<Use> uses;
  for (int i = 0; i < 4000; ++i, time_goes()) {
    if (code(query()) == Code::none) {
      uses.push_back({now_, 1, 1});
      ASSERT_LE(within(uses), most) << "request " << i;
    } else {
      ASSERT_GE(at_most_within(uses), most) << "request " << i;
    }
  }
}

TEST_P(Exact, Tokens) {
  const std::int64_t most = any(3000, 30'000);
  use({limit("l", LimitKind::tokens, most)});
  std::vector<Use> uses;
  struct Flight {
    std::size_t use = 0, permit = 0;
  };
  std::vector<Flight> flights;
  for (int i = 0; i < 4000; ++i, time_goes()) {
    Query q = query();
    q.tokens = any(1, 400);
    const std::size_t before = permits_.size();
    if (code(q) == Code::none) {
      flights.push_back({uses.size(), before});
      uses.push_back({now_, q.tokens, q.tokens});
      ASSERT_LE(within(uses), most) << "request " << i;
    } else {
      ASSERT_GT(at_most_within(uses) + q.tokens, most) << "request " << i;
    }
    while (!flights.empty() && (flights.size() > 20 || one_in(3))) {
      const auto it = flights.begin() + any(0, static_cast<std::int64_t>(flights.size()) - 1);
      const std::int64_t real = any(0, 400), expected = uses[it->use].units;
      end(it->permit, {.tokens = real});
      uses[it->use].units = std::min(expected, real);
      if (real > expected) uses.push_back({now_, real - expected, 0});  // what was more counts from now
      flights.erase(it);
    }
    // Answers that were longer than expected may pass the limit: that room is used by nobody else.
    while (within(uses) > most) now_ += kSecond;
  }
}

TEST_P(Exact, Streams) {
  const std::int64_t most = any(1, 30);
  use({limit("l", LimitKind::streams, most)});
  std::int64_t open = 0;
  for (int i = 0; i < 3000; ++i, time_goes()) {
    Query q = query();
    q.stream = true;
    ASSERT_EQ(code(q) == Code::none, open < most) << "request " << i;
    open = std::min(open + 1, most);
    while (!permits_.empty() && one_in(2)) {
      permits_.erase(permits_.begin() + any(0, static_cast<std::int64_t>(permits_.size()) - 1));
      --open;
    }
  }
}

TEST_P(Exact, Money) {
  const std::int64_t cap = any(10'000, 200'000);
  use(budget("b", cap));
  struct Flight {
    std::int64_t held = 0;
    double variance = 0;
    Permit permit;
  };
  std::vector<Flight> flights;
  std::int64_t settled = 0;
  for (int i = 0; i < 2000; ++i, time_goes()) {
    Query q = query();
    q.cost_nano = any(1, 400);
    q.cost_variance = one_in(2) ? 0 : static_cast<double>(any(0, 10'000));
    std::int64_t held = q.cost_nano;
    double variance = q.cost_variance;
    for (const Flight& f : flights) held += f.held, variance += f.variance;
    const auto margin = static_cast<std::int64_t>(std::ceil(2 * std::sqrt(variance)));
    Permit permit;
    ASSERT_EQ(!limiter_.admit(q, permit), settled + held + margin <= cap) << "request " << i << ": " << settled << " + " << held << " + " << margin;
    if (permit) flights.push_back({q.cost_nano, q.cost_variance, std::move(permit)});
    if (one_in(50) && !flights.empty()) {
      limiter_.progress(flights.back().permit, any(1, 100), now_);  // holds what it held: no price for more output
    }
    while (!flights.empty() && (flights.size() > 30 || one_in(3))) {
      const auto it = flights.begin() + any(0, static_cast<std::int64_t>(flights.size()) - 1);
      const std::int64_t cost = any(0, one_in(5) ? 800 : it->held);
      limiter_.settle(it->permit, {.cost_nano = cost}, now_);
      settled += cost;
      flights.erase(it);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Exact, testing::Range(1u, 9u));

// What is only known to be left by what was left before: each way in which it becomes less.
TEST_F(LimiterTest, WhatIsLeftForCertainFollowsWhatMakesItLess) {
  const auto with = [this](std::int64_t requests, std::int64_t tokens, std::int64_t cap) {
    config::Control c;
    c.limits = {limit("r", LimitKind::requests, requests), limit("t", LimitKind::tokens, tokens)};
    c.budgets = {budget("b", cap)};
    use(std::move(c));
  };
  with(1000, 100'000, 100'000);
  Query q = query();
  q.tokens = 10;
  q.cost_nano = 10;
  q.output_mean = 1;
  q.output_nano = 1;
  for (int i = 0; i < 4; ++i) ASSERT_EQ(code(q), Code::none);
  with(5, 100'000, 100'000);
  EXPECT_EQ(code(q), Code::none);
  EXPECT_EQ(code(q), Code::rate_limit_exceeded) << "a lower number";
  with(1000, 100'000, 100'000);
  EXPECT_EQ(code(q), Code::none);
  end(0, {.tokens = 99'955, .cost_nano = 10});
  EXPECT_EQ(code(q), Code::token_limit_exceeded) << "an answer that was longer";
  with(1000, 10'000'000, 100'000);
  EXPECT_EQ(code(q), Code::none);
  end(1, {.tokens = 10, .cost_nano = 99'935});
  EXPECT_EQ(code(q), Code::budget_reserved) << "one that cost more";
  with(1000, 10'000'000, 200'000);
  EXPECT_EQ(code(q), Code::none);
  limiter_.progress(permits_.back(), 500'000, now_);
  EXPECT_EQ(code(q), Code::budget_reserved) << "one that grows";
  with(1000, 10'000'000, 2'000'000);
  EXPECT_EQ(code(q), Code::none);
  config::Snapshot snapshot;
  snapshot.orgs.emplace(1, org_);
  auto windows = open_windows(snapshot, q.unix_us);
  windows[0].nano = 1'990'000;
  limiter_.learn(windows);
  EXPECT_NE(code(q), Code::none) << "what others spent";
}

}  // namespace
}  // namespace lectr::limits
