#include "api/throttle.hpp"

#include <gtest/gtest.h>

namespace lectr::api {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

TEST(LoginThrottle, PausesAPairAfterFiveAndDoubles) {
  LoginThrottle throttle;
  std::int64_t now = kSecond;
  for (const int left : {4, 3, 2, 1, 0}) {
    const auto admission = throttle.begin("mara", "10.0.0.1", now);
    EXPECT_TRUE(admission.allowed);
    EXPECT_EQ(admission.tries_left, left);
  }
  EXPECT_EQ(throttle.begin("mara", "10.0.0.1", now).retry_after_s, 30);
  now += 30 * kSecond;
  EXPECT_TRUE(throttle.begin("mara", "10.0.0.1", now).allowed);
  EXPECT_EQ(throttle.begin("mara", "10.0.0.1", now).retry_after_s, 60);
}

TEST(LoginThrottle, PauseEndsAtFifteenMinutes) {
  LoginThrottle throttle;
  std::int64_t now = kSecond;
  int longest = 0;
  for (int i = 0; i < 40; ++i) {
    const auto admission = throttle.begin("mara", "10.0.0.1", now);
    longest = std::max(longest, admission.retry_after_s);
    if (!admission.allowed) now += admission.retry_after_s * kSecond;
  }
  EXPECT_EQ(longest, 900);
}

TEST(LoginThrottle, OthersElsewhereAreNotLockedOut) {
  LoginThrottle throttle;
  for (int i = 0; i < 5; ++i) throttle.begin("mara", "10.0.0.1", kSecond);
  EXPECT_FALSE(throttle.begin("mara", "10.0.0.1", kSecond).allowed);
  EXPECT_TRUE(throttle.begin("mara", "10.0.0.2", kSecond).allowed);
  EXPECT_TRUE(throttle.begin("owen", "10.0.0.1", kSecond).allowed);
}

TEST(LoginThrottle, AddressPausesOverManyUsers) {
  LoginThrottle throttle;
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(throttle.begin("user" + std::to_string(i), "10.0.0.1", kSecond).allowed) << i;
  EXPECT_EQ(throttle.begin("another", "10.0.0.1", kSecond).retry_after_s, 10);
}

TEST(LoginThrottle, UserPausesOverManyAddresses) {
  LoginThrottle throttle;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(throttle.begin("mara", "10.0.1." + std::to_string(i), kSecond).allowed) << i;
  EXPECT_EQ(throttle.begin("mara", "10.0.2.1", kSecond).retry_after_s, 10);
}

TEST(LoginThrottle, SuccessClearsThePair) {
  LoginThrottle throttle;
  for (int i = 0; i < 4; ++i) throttle.begin("mara", "10.0.0.1", kSecond);
  throttle.begin("mara", "10.0.0.1", kSecond);
  throttle.succeeded("mara", "10.0.0.1");
  EXPECT_EQ(throttle.begin("mara", "10.0.0.1", kSecond).tries_left, 4);
}

TEST(LoginThrottle, SuccessOfOneKeepsWhatTheAddressFailed) {
  LoginThrottle throttle;
  for (int i = 0; i < 19; ++i) throttle.begin("user" + std::to_string(i), "10.0.0.1", kSecond);
  throttle.begin("mara", "10.0.0.1", kSecond);
  throttle.succeeded("mara", "10.0.0.1");
  EXPECT_TRUE(throttle.begin("another", "10.0.0.1", kSecond).allowed);
  EXPECT_FALSE(throttle.begin("another", "10.0.0.1", kSecond).allowed);
}

TEST(LoginThrottle, ForgetsAfterAnHour) {
  LoginThrottle throttle;
  for (int i = 0; i < 4; ++i) throttle.begin("mara", "10.0.0.1", kSecond);
  EXPECT_EQ(throttle.begin("mara", "10.0.0.1", 3602 * kSecond).tries_left, 4);
}

TEST(LoginThrottle, HoldsNoMoreThanItsBound) {
  LoginThrottle throttle{30};
  for (int i = 0; i < 500; ++i)
    throttle.begin("user" + std::to_string(i), "10.0." + std::to_string(i / 200) + "." + std::to_string(i % 200), kSecond + i);
  EXPECT_EQ(throttle.size(), 30u);
}

}  // namespace
}  // namespace lectr::api
