// What is told to who counts for several processes, without a Redis: a book answers, when the test says so.
#include <algorithm>
#include <set>
#include <utility>

#include "limiter_fixture.hpp"
#include "limits/org_limits.hpp"

namespace lectr::limits {
namespace {

class Desk : public Authority {
 public:
  State state() const noexcept override { return State::ok; }
  std::int64_t instances() const noexcept override { return 1; }
  std::uint64_t incarnation() const noexcept override { return 7; }
  void send(OrgId, Call call, Answered answered) override {
    call_ = std::move(call);
    answered_ = std::move(answered);
  }
  void later(std::chrono::milliseconds, std::function<void()> work) override { later_ = std::move(work); }
  void be_late() { std::exchange(later_, nullptr)(); }

  // Answers the message under way; its items. None: there is none.
  std::vector<Item> answer() {
    if (!answered_) return {};
    const std::vector<Item> items = call_.items;
    const Reply reply = book_.claim(call_, boot_us() / 1000);
    std::exchange(answered_, nullptr)(&reply);
    return items;
  }

 private:
  Book book_;
  Call call_;
  Answered answered_;
  std::function<void()> later_;
};

class Told : public LimiterTest {
 protected:
  Told() {
    auto each = limit("each", LimitKind::requests, 10);
    each.feature = "*";
    use({each, limit("org", LimitKind::requests, 1'000'000)});
  }
  std::optional<Refusal> ask_for(const std::string& feature, bool* must_wait = nullptr) {
    Query q = query();
    q.now_us = boot_us();
    q.feature = feature;
    return org_limits_->admit(q, permits_.emplace_back(), must_wait);
  }
  // All that is told until nothing is left to tell.
  std::multiset<std::string> told() {
    std::multiset<std::string> keys;
    for (auto items = desk_.answer(); !items.empty(); items = desk_.answer()) {
      EXPECT_LE(items.size(), 64u);
      for (const Item& item : items) keys.insert(item.key);
    }
    return keys;
  }
  Desk desk_;
  Zones zones_;
  std::shared_ptr<OrgLimits> org_limits_ = std::make_shared<OrgLimits>(1, &desk_, zones_);
};

// More than a tick looks at under one lock, and more than a message has room for.
TEST_F(Told, ATickTellsOfAllThatHaveSomething) {
  for (int i = 0; i < 600; ++i) ask_for("f" + std::to_string(i));
  desk_.answer();
  org_limits_->tick(boot_us() + 600'000, false);
  const auto keys = told();
  for (int i = 0; i < 600; ++i) EXPECT_EQ(keys.count("each\n0\n\n*\n\nfeature f" + std::to_string(i)), 1u) << i;
}

TEST_F(Told, WhoNeedsMoreThanIsKnownIsTheNextMessage) {
  ask_for("a");
  told();
  for (int i = 0; i < 300; ++i) ask_for("f" + std::to_string(i));
  bool must_wait = false;
  EXPECT_FALSE(ask_for("a", &must_wait));
  ASSERT_TRUE(must_wait);
  Query q = query();
  q.now_us = boot_us();
  q.feature = "a";
  bool rung = false;
  const auto pending = std::make_shared<Pending>([&rung] { rung = true; });
  org_limits_->wait(q, pending);
  auto items = desk_.answer();
  if (!rung) items = desk_.answer();  // one was under way already
  ASSERT_TRUE(rung) << "however many others have something to tell";
  ASSERT_FALSE(items.empty());
  EXPECT_EQ(items[0].key, "each\n0\n\n*\n\nfeature a");
  EXPECT_EQ(items[0].need, 1);
  EXPECT_TRUE(pending->permit);
}

// Its scope has nothing to tell while it waits behind another's message, and a tick finds it idle.
TEST_F(Told, WhoIsDecidedAfterATickIsToldOf) {
  const auto wait_for = [this](const std::string& feature) {
    bool must_wait = false;
    EXPECT_FALSE(ask_for(feature, &must_wait));
    EXPECT_TRUE(must_wait);
    Query q = query();
    q.now_us = boot_us();
    q.feature = feature;
    const auto pending = std::make_shared<Pending>([] {});
    org_limits_->wait(q, pending);
    return pending;
  };
  const auto first = wait_for("first"), second = wait_for("second");
  org_limits_->tick(boot_us(), false);
  desk_.be_late();
  ASSERT_TRUE(second->permit);
  desk_.answer();
  org_limits_->tick(boot_us() + 600'000, false);
  EXPECT_EQ(told().count("each\n0\n\n*\n\nfeature second"), 1u);
}

// As the book would: two deviations of what is in flight stay free, those of the request that asks among them.
TEST_F(Told, AShadowKeepsTheMarginFree) {
  auto b = budget("b", 1000);
  b.shadow = true;
  use(b);
  std::vector<bool> stopped;
  for (int i = 0; i < 11; ++i) {
    Query q = query();
    q.now_us = boot_us();
    q.cost_nano = 100;
    q.cost_variance = 2500;
    Permit permit;
    EXPECT_FALSE(org_limits_->admit(q, permit, nullptr));
    stopped.push_back(permit.shadowed() != nullptr);
    limiter_.settle(permit, {.cost_nano = 100}, q.now_us);
    org_limits_->tick(boot_us() + 600'000, false);
    told();
  }
  EXPECT_EQ(std::ranges::count(stopped, true), 2) << "of 200 the margin takes half";
  EXPECT_EQ(std::ranges::find(stopped, true) - stopped.begin(), 9);
}

}  // namespace
}  // namespace lectr::limits
