// The reference of the counting side, rule by rule.
#include "lectr/limits/claim.hpp"

#include <gtest/gtest.h>

namespace lectr::limits {
namespace {

Item window(std::int64_t limit, std::int64_t seq, std::int64_t need = 0, std::vector<Use> uses = {}, std::int64_t claim = 0) {
  Item item;
  item.key = "w";
  item.limit = limit;
  item.window_ms = 60'000;
  item.width_ms = 250;
  item.seq = seq;
  item.acked = seq - 1;
  item.need = need;
  item.uses = std::move(uses);
  item.claim = claim;
  return item;
}

Call from(std::uint64_t inc, Item item) {
  Call call;
  call.inc = inc;
  call.items.push_back(std::move(item));
  return call;
}

TEST(Claim, GrantsUpToTheLimitAndNotOneMore) {
  Book book;
  for (int i = 1; i <= 3; ++i) EXPECT_TRUE(book.claim(from(1, window(3, i, 1, {}, i - 1)), 1000).ok);
  const Reply no = book.claim(from(2, window(3, 1, 1)), 1000);
  EXPECT_FALSE(no.ok);
  EXPECT_EQ(no.answers[0].granted, 0);
  EXPECT_EQ(no.answers[0].rest, 0);
}

TEST(Claim, AUseLeavesOnlyWhenItsWholeBucketIsOlderThanTheWindow) {
  Book book;
  EXPECT_TRUE(book.claim(from(1, window(1, 1, 1)), 1000).ok);
  EXPECT_FALSE(book.claim(from(1, window(1, 2, 1, {{2, 0, 1}})), 1000).ok);  // told as used at 1000, its bucket is [1000, 1250)
  EXPECT_FALSE(book.claim(from(1, window(1, 3, 1)), 61'249).ok);
  EXPECT_TRUE(book.claim(from(1, window(1, 4, 1)), 61'250).ok);
}

TEST(Claim, NothingIsBookedInAnyScopeOnARefusal) {
  Book book;
  Call call = from(1, window(10, 1, 1));
  Item small = window(0, 1, 1);
  small.key = "small";
  call.items.push_back(small);
  EXPECT_FALSE(book.claim(call, 1000).ok);
  EXPECT_EQ(book.view("w").claims, 0);
  EXPECT_EQ(book.view("w").used, 0);
}

TEST(Claim, WhatIsOverdrawnIsInNobodysWayWhoDoesNotNeedIt) {
  Book book;
  book.claim(from(2, window(10, 1, 0, {{1, 0, 15}})), 1000);
  Call call = from(1, window(10, 1));
  Item other = window(5, 1, 1);
  other.key = "other";
  call.items.push_back(other);
  const Reply reply = book.claim(call, 1000);
  EXPECT_TRUE(reply.ok);
  EXPECT_EQ(reply.answers[0].granted, 0);
  EXPECT_EQ(reply.answers[1].granted, 1);
}

// Buckets of ten milliseconds, then of 250: those of before leave in time, too.
TEST(Claim, AChangedLimitForgetsNoUseAndKeepsNone) {
  Book book;
  book.claim(from(1, window(700, 1, 0, {{1, 0, 100}})), 1'000'000);
  Item item = window(200, 2);
  item.width_ms = 10;
  item.version = 1;
  EXPECT_EQ(book.claim(from(1, item), 1'001'000).answers[0].rest, 100);
  item.seq = 3;
  item.acked = 2;
  EXPECT_EQ(book.claim(from(1, item), 1'060'200).answers[0].rest, 100);
  item.seq = 4;
  item.acked = 3;
  EXPECT_EQ(book.claim(from(1, item), 1'060'250).answers[0].rest, 200);
}

TEST(Claim, WhatTheStoreHasBeyondWhatIsKnownWasSpentByTheForgotten) {
  Book book;
  Item item = window(1000, 1);
  item.kind = Kind::money;
  item.settled = 100;
  item.carried = 300;
  EXPECT_EQ(book.claim(from(1, item), 1000).answers[0].rest, 700) << "200 are somebody else's";
  item.seq = 2;
  item.acked = 1;
  item.settled = 150;
  EXPECT_EQ(book.claim(from(1, item), 2000).answers[0].rest, 650) << "and stay so while this one goes on";
  Item back = item;  // another one, whom the book has forgotten, and whose 120 the store had told
  back.seq = 9;
  back.acked = 8;
  back.settled = 120;
  back.carried = 0;
  EXPECT_TRUE(book.claim(from(2, back), 2000).answers[0].lost);
  EXPECT_EQ(book.view("w").used, 350) << "counted once";
}

TEST(Claim, AUseToldTwiceIsBookedOnce) {
  Book book;
  book.claim(from(1, window(10, 1, 0, {{1, 0, 4}})), 1000);
  book.claim(from(1, window(10, 2, 0, {{1, 0, 4}, {2, 0, 1}})), 1000);
  EXPECT_EQ(book.view("w").used, 5);
}

TEST(Claim, ALateMessageChangesNothing) {
  Book book;
  Item first = window(10, 2, 0, {{2, 0, 4}}, 3);
  first.acked = 0;
  book.claim(from(1, first), 1000);
  const Reply late = book.claim(from(1, window(10, 1, 5, {{1, 0, 4}}, 6)), 1000);
  EXPECT_TRUE(late.answers[0].stale);
  EXPECT_FALSE(late.ok);
  EXPECT_EQ(book.view("w").used, 4);
  EXPECT_EQ(book.view("w").claims, 3);
}

TEST(Claim, TheSilentOnesClaimIsPresumedUsedAndTakenBackWhenItSpeaks) {
  Book book;
  book.claim(from(1, window(10, 1, 6)), 1000);
  EXPECT_FALSE(book.claim(from(2, window(10, 1, 5)), 7000).ok);
  EXPECT_EQ(book.view("w").used, 6) << "presumed at its expiry";
  EXPECT_FALSE(book.claim(from(2, window(10, 2, 5)), 67'000).ok) << "for a whole window from then on";
  book.claim(from(1, window(10, 2, 0, {{2, 66'000, 2}})), 67'000);
  EXPECT_EQ(book.view("w").used, 0) << "what was really used has left meanwhile";
  EXPECT_TRUE(book.claim(from(2, window(10, 3, 5)), 67'000).ok);
}

TEST(Claim, WhoKnowsMoreThanTheBookIsToldOfTheLoss) {
  Book book;
  Item item = window(10, 8, 1, {{8, 0, 1}});
  const Reply reply = book.claim(from(1, item), 1000);
  EXPECT_TRUE(reply.answers[0].lost);
  EXPECT_FALSE(reply.ok);
  EXPECT_EQ(reply.answers[0].known_seq, 0);
  EXPECT_EQ(book.view("w").used, 0);
  Call other = from(2, window(10, 1, 6));
  other.instances = 2;
  EXPECT_FALSE(book.claim(other, 1500).ok) << "quarantine: half for each of two";
  other = from(2, window(10, 2, 5));
  other.instances = 2;
  EXPECT_TRUE(book.claim(other, 1600).ok);
}

TEST(Claim, AClockThatIsSetMovesNothing) {
  Book book;
  book.claim(from(1, window(10, 1, 0, {{1, 0, 10}})), 1000);
  Call call = from(1, window(10, 2, 1));
  call.expected_ms = 2000;
  const Reply late = book.claim(call, 3'600'000);
  EXPECT_TRUE(late.late) << "an hour forward in a second, or an hour under way";
  EXPECT_TRUE(late.answers[0].stale);
  call = from(1, window(10, 3, 1));
  call.items[0].acked = 1;
  call.expected_ms = 2000;
  call.clock_set = true;  // the answer came at once
  const Reply set = book.claim(call, 3'600'000);
  EXPECT_FALSE(set.ok) << "the uses have not aged";
  EXPECT_EQ(set.now_ms, 2000);
  call = from(1, window(10, 4, 1));
  call.items[0].acked = 3;
  call.expected_ms = 62'000;
  EXPECT_TRUE(book.claim(call, 3'660'000).ok);
}

TEST(Claim, LeasesShrinkWithWhatIsLeft) {
  Book book;
  Item item = window(1000, 1, 1);
  item.demand = 900;
  EXPECT_EQ(book.claim(from(1, item), 1000).answers[0].granted, 1 + 500) << "at most half of what is left";
  item = window(1000, 1, 1);
  item.spare = 1000;
  Call call = from(2, item);
  call.instances = 4;
  EXPECT_EQ(book.claim(call, 1000).answers[0].granted, 1 + 498 / 16);
}

TEST(Claim, LoweringALimitGrantsNothingUntilItFits) {
  Book book;
  book.claim(from(1, window(10, 1, 0, {{1, 0, 8}})), 1000);
  Item lower = window(5, 2, 1);
  lower.version = 2;
  EXPECT_FALSE(book.claim(from(1, lower), 1000).ok);
  Item old = window(10, 1, 1);
  old.version = 1;
  EXPECT_FALSE(book.claim(from(2, old), 1000).ok) << "the newest definition holds for those, too, who have not heard of it";
}

TEST(Claim, MoneySettlesByMaximumAndKeepsAMarginForAllInFlight) {
  Book book;
  Item item = window(100, 1, 30);
  item.kind = Kind::money;
  EXPECT_TRUE(book.claim(from(1, item), 1000).ok);
  item.seq = 2;
  item.acked = 1;
  item.claim = 30;
  item.settled = 20;
  item.variance = 25;  // z 2: a margin of 10
  item.need = 41;
  EXPECT_FALSE(book.claim(from(1, item), 1000).ok);
  item.seq = 3;
  item.need = 40;
  EXPECT_TRUE(book.claim(from(1, item), 1000).ok);
  item.seq = 4;
  item.settled = 5;
  book.claim(from(1, item), 1000);
  EXPECT_EQ(book.view("w").used, 20) << "settled never falls";
}

// Who was silent because nobody could be heard speaks within a second or two; who is dead does not, and holds up nobody.
TEST(Claim, TheSilentOnesMoneyCountsForAMomentAndComesBack) {
  Book book;
  Item dead = window(100, 1, 70);
  dead.kind = Kind::money;
  dead.settled = 20;
  EXPECT_TRUE(book.claim(from(1, dead), 1000).ok);
  Item other = window(100, 1);
  other.kind = Kind::money;
  const auto look = [&](std::int64_t at_ms) {
    book.claim(from(2, other), at_ms);
    ++other.seq;
    ++other.acked;
    return book.view("w");
  };
  EXPECT_EQ(look(6999).claims, 70);
  EXPECT_EQ(look(60'000).presumed, 70) << "noticed only now";
  EXPECT_EQ(look(61'999).presumed, 70);
  EXPECT_EQ(look(62'000).presumed, 0);
  EXPECT_EQ(book.view("w").used, 20) << "what it told stays spent";
  other.carried = 35;
  EXPECT_EQ(look(62'001).used, 35) << "and what the store has of it";
  dead.seq = 2;
  dead.acked = 1;
  dead.claim = 70;
  dead.need = 0;
  book.claim(from(1, dead), 70'000);
  EXPECT_EQ(book.view("w").claims, 70) << "who was only paused has it again";
}

TEST(Claim, TheSilentOnesSlotsFallFree) {
  Book book;
  Item item = window(2, 1, 2);
  item.kind = Kind::slots;
  EXPECT_TRUE(book.claim(from(1, item), 1000).ok);
  item.need = 1;
  EXPECT_FALSE(book.claim(from(2, item), 6999).ok);
  item.seq = 2;
  EXPECT_TRUE(book.claim(from(2, item), 7000).ok);
}

}  // namespace
}  // namespace lectr::limits
