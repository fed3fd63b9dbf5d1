// What one instance knows of a limit that others count into, too, where an answer comes late or says no.
#include "limits/account.hpp"

#include <gtest/gtest.h>

namespace lectr::limits {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

class AccountTest : public testing::Test {
 protected:
  AccountTest() {
    Tuning tuning;
    tuning.shared = true;
    tuning.ahead = true;
    account_.tune(tuning);
    account_.define(1000, 1);
  }
  void send(std::int64_t need = 0) { account_.message(item_, need, now_); }
  bool answer(std::int64_t granted, std::int64_t rest, bool ok = true) {
    Answer said;
    said.granted = granted;
    said.rest = rest;
    said.frees_in_ms = 50'000;
    return account_.deliver(said, ok, now_);
  }

  Account account_{"w", Kind::window, 60 * kSecond};
  Item item_;
  std::int64_t now_ = 100 * kSecond;
};

// With an answer that takes long the share has gone on meanwhile: both together are what was left.
TEST_F(AccountTest, WhatWasTakenWithoutAskingIsPaidByWhatIsGrantedMeanwhile) {
  send();
  account_.force(30, now_);
  answer(20, 80);
  EXPECT_EQ(account_.lease(), 0);
  EXPECT_EQ(account_.rest(), 70) << "of 100 that were left when it was asked";
  send();
  EXPECT_EQ(item_.uses.size(), 1u);
  EXPECT_EQ(item_.uses.front().units, 30) << "and told all the same";
  answer(5, 65);
  EXPECT_EQ(account_.lease(), 5) << "paid once";
}

TEST_F(AccountTest, WhoIsRefusedByWhatIsKnownHasItAskedAgain) {
  send(1);
  EXPECT_FALSE(answer(0, 0, false));
  EXPECT_TRUE(account_.denies(1, now_));
  account_.demand(1, now_);
  now_ += 99'000;
  EXPECT_FALSE(account_.due(now_)) << "believed for a tenth of a second";
  now_ += 2'000;
  EXPECT_TRUE(account_.due(now_));
  EXPECT_TRUE(account_.denies(1, now_)) << "nobody waits for that";
  send();
  answer(0, 0);
  EXPECT_TRUE(account_.denies(1, now_));
  account_.demand(1, now_);
  now_ += 101'000;
  send();
  answer(1, 0);
  EXPECT_FALSE(account_.denies(1, now_));
  EXPECT_TRUE(account_.take(1, now_));
  EXPECT_TRUE(account_.denies(1, now_)) << "it was the last one";
  now_ += 131'000;
  EXPECT_FALSE(account_.denies(1, now_)) << "who comes later asks and waits";
}

// A large request that was refused says nothing of a small one.
TEST_F(AccountTest, IsRefusedForItsSize) {
  send(500);
  EXPECT_FALSE(answer(0, 100, false));
  account_.deny(now_);
  EXPECT_TRUE(account_.denies(101, now_));
  EXPECT_FALSE(account_.denies(100, now_));
}

// Between two messages a shadow goes by that alone.
TEST_F(AccountTest, WhatIsLeftFollowsWhatAnswersReallyUsed) {
  send();
  answer(0, 100);
  account_.force(10, now_);
  account_.correct(now_, 15, now_);
  EXPECT_EQ(account_.rest(), 75);
  account_.correct(now_, -5, now_);
  EXPECT_EQ(account_.rest(), 80);
  send();
  account_.correct(now_, 7, now_);
  answer(0, 80);
  EXPECT_EQ(account_.rest(), 73) << "what the message did not know of";
}

TEST(AccountOfMoney, WhatIsLeftFollowsWhatAnswersReallyCost) {
  Account account{"m", Kind::money, 60 * kSecond};
  Tuning tuning;
  tuning.shared = true;
  account.tune(tuning);
  account.define(1000, 1);
  Item item;
  account.message(item, 0, kSecond);
  Answer said;
  said.rest = 100;
  account.deliver(said, true, kSecond);
  account.force(30, kSecond);
  account.force(30, kSecond);
  account.finish(30, 45);
  EXPECT_EQ(account.rest(), 25);
  account.finish(30, 10);
  EXPECT_EQ(account.rest(), 45);
}

}  // namespace
}  // namespace lectr::limits
