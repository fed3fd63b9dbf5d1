#include "app/upkeep.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "support/fake_stores.hpp"

namespace lectr::app {
namespace {

// Has a few turns of rows to roll up, and tells when it was asked.
class Events : public fake::Events {
 public:
  using fake::Events::Events;
  std::atomic<int> turns{3}, asked{0}, kept{0};
  std::atomic<bool> away{false};

  Result<std::size_t> roll_up() override {
    ++asked;
    tell();
    if (away) return fake::away();
    return std::size_t{turns.fetch_sub(1) > 0};
  }
  Result<void> keep_house(std::span<const store::Retention> retention, std::int64_t now_us) override {
    EXPECT_GT(now_us, 0);
    EXPECT_EQ(retention.size(), 1u);
    ++kept;
    tell();
    return {};
  }
  void await(int calls) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return asked >= calls; });
  }

 private:
  void tell() {
    const std::lock_guard lock{mutex_};
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
};

std::vector<store::Retention> month() { return {{.org = 1, .row_days = 30}}; }

TEST(Upkeep, KeepsHouseFirstThenRollsUpUntilNothingIsLeft) {
  fake::Mishap none;
  Events events{none};
  Upkeep upkeep{events, month};
  upkeep.start();
  events.await(4);  // three turns, and one that says that it was all
  EXPECT_EQ(events.kept, 1);
  upkeep.stop();
  EXPECT_EQ(events.asked, 4) << "it sleeps once nothing is left";
}

TEST(Upkeep, WaitsForAStoreThatIsAwayAndEndsAtOnce) {
  fake::Mishap none;
  Events events{none};
  events.away = true;
  Upkeep upkeep{events, month};
  upkeep.start();
  events.await(1);
  const auto begun = std::chrono::steady_clock::now();
  upkeep.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds{1});
  EXPECT_EQ(events.asked, 1);
}

TEST(Upkeep, StopsWhileThereIsWorkLeft) {
  fake::Mishap none;
  Events events{none};
  events.turns = 1'000'000'000;
  Upkeep upkeep{events, month};
  upkeep.start();
  events.await(100);
  upkeep.stop();
  upkeep.stop();
  EXPECT_GE(events.asked, 100);
}

TEST(Upkeep, NeedNotHaveBeenStarted) {
  fake::Mishap none;
  Events events{none};
  Upkeep upkeep{events, month};
  upkeep.stop();
  EXPECT_EQ(events.kept, 0);
}

}  // namespace
}  // namespace lectr::app
