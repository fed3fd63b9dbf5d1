// Guards the figures of src/insight/README.md: a few fixed months, bounds a little below what was measured on them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/months.hpp"

namespace lectr::insight {
namespace {

TEST(Months, ASeedGivesTheSameMonth) {
  const auto one = months::make(3), same = months::make(3), other = months::make(4);
  ASSERT_EQ(one.features[2].size(), same.features[2].size());
  for (std::size_t i = 0; i < one.features[2].size(); ++i) ASSERT_EQ(one.features[2][i].requests, same.features[2][i].requests);
  EXPECT_NE(one.features[2][0].cost, other.features[2][0].cost);
}

TEST(Months, HoldFortyIncidentsAndFortyLookalikes) {
  int incidents = 0, lookalikes = 0;
  const auto month = months::make(5);
  for (const auto& label : month.labels) ++(label.incident ? incidents : lookalikes);
  EXPECT_EQ(incidents, 40);
  EXPECT_GE(lookalikes, 37);  // a late batch that would fall into an incident is left out
  EXPECT_LE(lookalikes, 41);
}

TEST(Months, AreJudgedAsWellAsMeasured) {
  months::Score score;
  for (const std::uint64_t seed : {2, 4, 1003, 1007}) score.add(months::make(seed));
  EXPECT_GE(score.recall(), 0.95);
  EXPECT_LE(score.false_episodes.size(), 8u);
  EXPECT_GE(score.within(2, false), 0.84);
  EXPECT_GE(score.within(3, false), 0.90);
}

// What the detector is held against: who knows the rates tells an outage from anything usual, and the usual from an outage.
TEST(Months, AnOracleTellsAnOutageAndNothingElse) {
  for (const auto make : {&months::make, &months::make_second}) {
    months::Month month = make(7);
    const auto is_outage = [](const months::Label& l) { return l.kind == "traffic_low" && l.size == 0 && l.usual_requests >= 20; };
    std::erase_if(month.labels, [&](const auto& label) { return !is_outage(label); });
    const auto told = months::oracle(month, 2);
    ASSERT_FALSE(told.empty());
    ASSERT_EQ(told.size(), month.labels.size());
    std::int64_t start = month.features[0].front().start_us;
    for (const auto& buckets : month.features) start = std::min(start, buckets.front().start_us);
    for (const auto& label : month.labels)
      for (Bucket& b : month.features[static_cast<std::size_t>(label.feature)])
        if (const auto i = (b.start_us - start) / kBucketUs - label.first; i == 0 || i == 1)
          b.requests = std::llround(label.truth[static_cast<std::size_t>(i)].requests);
    const auto usual = months::oracle(month, 2);
    for (std::size_t i = 0; i < told.size(); ++i) {
      EXPECT_LT(told[i], 0.5) << "at 20 requests the chance of none is small already";
      EXPECT_GT(usual[i], 1'000) << "of 60,480 looks in a week";
    }
  }
}

// By another hand than the detector's, and not what it was first tuned on.
TEST(Months, OfTheSecondHandAreJudgedAsWellAsMeasured) {
  months::Score score;
  for (const std::uint64_t seed : {2001, 2006}) score.add(months::make_second(seed));
  EXPECT_GE(score.recall(), 0.95);
  EXPECT_LE(score.false_episodes.size(), 7u);
  EXPECT_GE(score.within(3, true), 0.9);
}

}  // namespace
}  // namespace lectr::insight
