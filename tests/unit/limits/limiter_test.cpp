#include "limiter_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace lectr::limits {
namespace {

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

// They are asked without the lock: whatever is being added, and whichever key is new, what comes out lies between the answers there were.
TEST_F(LimiterTest, ExpectationsAreAskedWhileAnswersEnd) {
  use(budget("b", 1'000'000'000'000));
  std::atomic<int> adding{2}, asked{0};
  const auto add = [&](int who) {
    for (int i = 0; i < 3000; ++i) {
      const std::string feature = "f" + std::to_string(i % 40 + who * 20);
      Query q = query();
      q.feature = feature;
      Permit permit;
      EXPECT_FALSE(limiter_.admit(q, permit));
      limiter_.settle(permit, {.output = 130 + i % 100}, now_);
    }
    --adding;
  };
  const auto ask_on = [&] {
    for (int i = 0; adding > 0 || i < 100; ++i) {
      const std::string feature = "f" + std::to_string(i % 60);
      Query q = query();
      q.feature = feature;
      const double mean = limiter_.expected_output(q, 600).mean;
      EXPECT_GE(mean, 64);
      EXPECT_LE(mean, 600);
      ++asked;
    }
  };
  std::vector<std::thread> threads;
  for (int who = 0; who < 2; ++who) threads.emplace_back(add, who);
  threads.emplace_back(ask_on);
  for (auto& t : threads) t.join();
  EXPECT_GE(asked, 100);
  EXPECT_NEAR(limiter_.expected_output(query(), 600).mean, 180, 30);
}

}  // namespace
}  // namespace lectr::limits
