#include "lectr/insight/any_judge.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace lectr::insight {
namespace {

AnyJudgement judged(std::vector<AnyWindow> windows, std::initializer_list<std::int64_t> announced) {
  AnyJudge judge{std::move(windows)};
  for (std::int64_t t = 0; t <= 1000; t += 10) judge.add(t, std::find(announced.begin(), announced.end(), t) != announced.end());
  return judge.judgement();
}

TEST(AnyJudge, CountsWindowsOnceAndAnnouncementsEach) {
  const auto j = judged({{100, 200}, {500, 700}}, {50, 150, 160, 500});
  EXPECT_EQ(j.found, 2u);
  EXPECT_EQ(j.announcements, 4u);
  EXPECT_EQ(j.inside, 3u);
  EXPECT_DOUBLE_EQ(j.precision, 0.75);
  EXPECT_DOUBLE_EQ(j.recall, 1);
  EXPECT_DOUBLE_EQ(j.mean_delay_seconds, 25);
  EXPECT_DOUBLE_EQ(j.mean_delay_share, 0.25);
}
TEST(AnyJudge, BothEndsOfAWindowAreInside) { EXPECT_EQ(judged({{100, 200}}, {100, 200}).inside, 2u); }
TEST(AnyJudge, NothingToErrAbout) {
  const auto j = judged({}, {});
  EXPECT_EQ(j.precision, 1);
  EXPECT_EQ(j.recall, 1);
  EXPECT_EQ(judged({{1, 9}}, {}).recall, 0);
  EXPECT_EQ(judged({}, {50}).precision, 0);
}

}  // namespace
}  // namespace lectr::insight
