#include "lectr/policy/headroom.hpp"

#include <gtest/gtest.h>

namespace lectr::policy {
namespace {

TEST(Headroom, HasRoomUntilTheQuotaIsUsedUpAndAfterItsReset) {
  struct Case {
    const char* what;
    Headroom quota;
    std::int64_t need, instances, now_us;
    bool want;
  };
  constexpr Case kCases[] = {
      {"nothing was told", {}, 1'000'000, 4, 1, true},
      {"some is left", {5, 100, 0}, 1, 1, 50, true},
      {"the last one", {1, 100, 0}, 1, 1, 50, true},
      {"used up", {0, 100, 0}, 1, 1, 50, false},
      {"used up, and reset", {0, 100, 0}, 1, 1, 100, true},
      {"what is under way counts", {3, 100, 3}, 1, 1, 50, false},
      {"the others may have sent as much", {7, 100, 1}, 1, 4, 50, false},
      {"and then there is room", {8, 100, 1}, 1, 4, 50, true},
      {"too large for what is left", {900, 100, 0}, 1'000, 1, 50, false},
  };
  for (const Case& c : kCases) EXPECT_EQ(has_room(c.quota, c.need, c.instances, c.now_us), c.want) << c.what;
}

TEST(Headroom, IsReadTheOftenerTheLessIsLeft) {
  EXPECT_EQ(answers_unread(1'000'000, 1, 1), kMostUnread);
  EXPECT_EQ(answers_unread(600, 1, 4), 9);
  EXPECT_EQ(answers_unread(63, 1, 4), 0);
  EXPECT_EQ(answers_unread(30'000, 200, 1), 9);
  EXPECT_EQ(answers_unread(0, 0, 1), 0);
}

}  // namespace
}  // namespace lectr::policy
