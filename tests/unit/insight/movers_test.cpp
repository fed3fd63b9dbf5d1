#include "lectr/insight/movers.hpp"

#include <gtest/gtest.h>

namespace lectr::insight {
namespace {

TEST(Movers, AreSortedBySizeAndAddUp) {
  const std::map<std::string, Femto> before{{"chat", 100}, {"search", 50}, {"old", 40}, {"same", 7}};
  const std::map<std::string, Femto> now{{"chat", 130}, {"search", 0}, {"fresh", 20}, {"same", 7}};
  const auto found = find_movers(before, now, 2);
  ASSERT_EQ(found.most.size(), 2u);
  EXPECT_EQ(found.most[0].name, "search");
  EXPECT_EQ(found.most[0].move, Move::gone);
  EXPECT_EQ(found.most[1].name, "old");
  EXPECT_DOUBLE_EQ(found.most[0].share, 50.0 / 140);
  Femto sum = found.rest.delta();
  for (const auto& mover : found.most) sum += mover.delta();
  EXPECT_TRUE(sum == found.now - found.before);
  EXPECT_TRUE(found.rest.delta() == 30 + 20);
  EXPECT_NEAR(found.rest.share, 50.0 / 140, 1e-9);
}

TEST(Movers, NameWhatIsNew) {
  const auto found = find_movers({}, {{"a", 5}}, 10);
  ASSERT_EQ(found.most.size(), 1u);
  EXPECT_EQ(found.most[0].move, Move::fresh);
  EXPECT_DOUBLE_EQ(found.most[0].share, 1);
}

TEST(Movers, NothingMoved) {
  const auto found = find_movers({{"a", 5}}, {{"a", 5}}, 10);
  EXPECT_TRUE(found.most.empty());
  EXPECT_DOUBLE_EQ(found.rest.share, 0);
}

}  // namespace
}  // namespace lectr::insight
