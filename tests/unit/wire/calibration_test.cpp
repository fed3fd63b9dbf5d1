#include "lectr/wire/calibration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string_view>
#include <vector>

namespace lectr::wire {
namespace {

struct Text {
  std::string_view kind;
  std::int64_t tokens;
  Measured measured;
};
constexpr Text kTexts[] = {
#include "token_counts.inc"
};

std::vector<Text> texts(std::string_view kinds) {
  std::vector<Text> out;
  for (const Text& t : kTexts)
    if (kinds.find(t.kind) != kinds.npos) out.push_back(t);
  return out;
}

struct Seen {
  double within = 0, off = 0, prior_within = 0, prior_off = 0;
};
// Streams of these texts, of so many tokens a delta (0: of one to four), each estimated before it is learned, as far as there were enough before.
Seen replay(std::string_view kinds, int tokens_a_delta, int streams) {
  const std::vector<Text> pool = texts(kinds);
  std::mt19937 dice{7};
  Calibration learned;
  Seen seen;
  int n = 0;
  for (int i = 0; i < streams; ++i) {
    Text t = pool[dice() % pool.size()];
    const double each = tokens_a_delta > 0 ? tokens_a_delta : 1 + 3 * static_cast<double>(dice() % 1000) / 1000;
    t.measured.deltas = std::max<std::int64_t>(std::llround(static_cast<double>(t.tokens) / each), 1);
    const auto truth = static_cast<double>(t.tokens);
    if (const auto estimate = learned.estimate(t.measured); estimate && i >= 60) {
      const TokenEstimate prior = estimate_tokens(t.measured, "gpt-4o");
      ++n;
      seen.within += estimate->low <= t.tokens && t.tokens <= estimate->high;
      seen.off += std::abs(static_cast<double>(estimate->value) / truth - 1);
      seen.prior_within += prior.low <= t.tokens && t.tokens <= prior.high;
      seen.prior_off += std::abs(static_cast<double>(prior.value) / truth - 1);
      EXPECT_LE(estimate->low, estimate->value);
      EXPECT_LE(estimate->value, estimate->high);
    }
    learned.learn(t.measured, t.tokens);
  }
  EXPECT_GT(n, streams / 2) << kinds;
  return {seen.within / n, seen.off / n, seen.prior_within / n, seen.prior_off / n};
}

TEST(Calibration, BandHoldsNineOfTenOfRealTexts) {
  for (const char* kinds : {"en", "cpp py ts json", "ja", "ru", "zh", "de fr pl", "en cpp py ts json ja ru zh de fr pl"}) {
    for (const int each : {1, 2, 0}) {
      const Seen seen = replay(kinds, each, 1500);
      EXPECT_GE(seen.within, 0.89) << kinds << ", " << each;
      EXPECT_LE(seen.off, seen.prior_off * 1.3) << kinds << ", " << each;
      if (each == 1) { EXPECT_LE(seen.off, 0.01) << kinds << ": where a delta is a token, deltas tell"; }
    }
  }
}

TEST(Calibration, SaysNothingBeforeThereAreEnough) {
  Calibration c;
  const Measured text{{400, 0, 0, 0}, 100};
  for (std::uint32_t i = 0; i < Calibration::kEnough; ++i) {
    EXPECT_FALSE(c.estimate(text)) << i;
    c.learn(text, 100);
  }
  const auto estimate = c.estimate(text);
  ASSERT_TRUE(estimate);
  EXPECT_EQ(estimate->value, 100);
}

TEST(Calibration, SaysNothingAboutScriptsThatItHasNotSeen) {
  Calibration c;
  std::mt19937 dice{1};
  for (int i = 0; i < 2000; ++i) {  // long enough for what is never seen to grow, were it not held
    const std::int64_t bytes = 100 + dice() % 4000;
    c.learn({{bytes, 0, 0, 0}, bytes / 4}, bytes / 4);
  }
  EXPECT_TRUE(c.estimate({{1000, 0, 50, 0}, 250}));
  EXPECT_FALSE(c.estimate({{100, 0, 900, 0}, 250}));
  c.learn({{0, 0, 3000, 0}, 1000}, 1000);
  const auto still = c.estimate({{1000, 0, 0, 0}, 250});  // one of them does not upset what is known
  ASSERT_TRUE(still);
  EXPECT_NEAR(static_cast<double>(still->value), 250, 10);
}

TEST(Calibration, FollowsAProviderThatGroupsItsTokensOtherwise) {
  Calibration c;
  std::mt19937 dice{5};
  const auto pool = texts("en");
  double off = 0, within = 0;
  for (int i = 0; i < 1200; ++i) {
    Text t = pool[dice() % pool.size()];
    t.measured.deltas = std::max<std::int64_t>(t.tokens / (i < 600 ? 1 : 5), 1);
    if (i >= 800) {
      const auto estimate = c.estimate(t.measured);
      ASSERT_TRUE(estimate);
      off += std::abs(static_cast<double>(estimate->value) / static_cast<double>(t.tokens) - 1) / 400;
      within += estimate->low <= t.tokens && t.tokens <= estimate->high;
    }
    c.learn(t.measured, t.tokens);
  }
  EXPECT_LE(off, 0.12);
  EXPECT_GE(within / 400, 0.85);
}

TEST(Calibration, IgnoresWhatTeachesNothingAndStaysNearTheLengths) {
  Calibration c;
  c.learn({{0, 0, 0, 0}, 5}, 10);
  c.learn({{100, 0, 0, 0}, 5}, 0);
  c.learn({{100, 0, 0, 0}, 5}, -1);
  EXPECT_EQ(c.streams(), 0U);
  for (int i = 0; i < 200; ++i) c.learn({{100, 0, 0, 0}, 1}, 100'000);  // a provider that reports nonsense
  const auto estimate = c.estimate({{400, 0, 0, 0}, 1});
  ASSERT_TRUE(estimate);
  EXPECT_LE(estimate->value, 400);
  EXPECT_FALSE(c.estimate({{0, 0, 0, 0}, 0}));
}

}  // namespace
}  // namespace lectr::wire
