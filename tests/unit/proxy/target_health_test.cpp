#include "proxy/target_health.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace lectr::proxy {
namespace {

constexpr std::int64_t kNow = 1'000'000'000;

TEST(TargetHealth, IsEachOrgsOwn) {
  const auto health = std::make_unique<TargetHealth>();
  TargetHealth::Slot* const slot = health->find_or_add({1, "groq", "llama", 0});
  ASSERT_NE(slot, nullptr);
  EXPECT_EQ(health->find({1, "groq", "llama", 0}), slot);
  EXPECT_EQ(health->find({2, "groq", "llama", 0}), nullptr);
  EXPECT_EQ(health->find({1, "groq", "", 0}), nullptr);
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(TargetHealth::enter(slot, kNow));
    TargetHealth::settle(slot, policy::Outcome::bad, 0, kNow);
    TargetHealth::count_attempt(slot, i == 0 ? policy::Outcome::neutral : policy::Outcome::bad);
  }
  EXPECT_FALSE(TargetHealth::admits(slot, kNow));
  const auto rows = health->list(1);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].provider, "groq");
  EXPECT_EQ(rows[0].model, "llama");
  EXPECT_EQ(rows[0].state, policy::BreakerState::open);
  EXPECT_EQ(rows[0].requests, 5u);
  EXPECT_EQ(rows[0].failures, 4u);
  EXPECT_TRUE(health->list(2).empty());
}

TEST(TargetHealth, AFullTableMeansNoBreakerNotNoRequest) {
  const auto health = std::make_unique<TargetHealth>();
  int without = 0;
  for (int i = 0; i < 6000; ++i) without += health->find_or_add({1, "openai", "model-" + std::to_string(i), 0}) == nullptr;
  EXPECT_GT(without, 1000);
  EXPECT_TRUE(TargetHealth::admits(nullptr, kNow));
  EXPECT_TRUE(TargetHealth::enter(nullptr, kNow));
  TargetHealth::settle(nullptr, policy::Outcome::bad, 0, kNow);
}

TEST(TargetHealth, LetsOneProbeThroughHoweverManyAsk) {
  const auto health = std::make_unique<TargetHealth>();
  for (int round = 0; round < 50; ++round) {
    TargetHealth::Slot* const slot = health->find_or_add({1, "groq", std::to_string(round), 0});
    TargetHealth::settle(slot, policy::Outcome::rate, 1'000'000, kNow);
    std::atomic<int> probes{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { probes += TargetHealth::enter(slot, kNow + 2'000'000); });
    for (std::thread& t : threads) t.join();
    ASSERT_EQ(probes.load(), 1);
  }
}

}  // namespace
}  // namespace lectr::proxy
