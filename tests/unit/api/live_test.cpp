#include "api/live.hpp"

#include <gtest/gtest.h>

#include "lectr/base/clock.hpp"
#include "support/fake_stores.hpp"

namespace lectr::api {
namespace {

constexpr std::int64_t kSecond = 1'000'000, kNow = 1'795'098'571 * kSecond;

Event row(int n, std::int64_t at_us, OrgId org = 1) {
  Event e;
  e.id.bytes[15] = static_cast<std::uint8_t>(n);
  e.completed_at_us = at_us;
  e.org_id = org;
  e.feature = "f" + std::to_string(n);
  return e;
}

TEST(NewRows, FindsEachOnceHoweverLate) {
  NewRows rows{kNow};
  std::vector<Event> all{row(2, kNow + 2), row(1, kNow + 1)};
  EXPECT_EQ(rows.fresh(all, kNow + kSecond).size(), 2u);
  EXPECT_EQ(rows.fresh(all, kNow + kSecond).size(), 0u);
  all.push_back(row(3, kNow - kSecond));  // another worker's, a little older
  const auto late = rows.fresh(all, kNow + kSecond);
  ASSERT_EQ(late.size(), 1u);
  EXPECT_EQ(late[0]->feature, "f3");
}

TEST(NewRows, AFastClockHidesNobody) {
  NewRows rows{kNow};
  rows.fresh({row(1, kNow + 3600 * kSecond)}, kNow);
  EXPECT_LE(rows.look_from_us(), kNow);
}

TEST(LiveStream, ASlowReaderIsCutOff) {
  LiveStream stream;
  const auto message = std::make_shared<const std::string>("x");
  for (std::size_t i = 0; i < LiveStream::kBehind; ++i) stream.put(message);
  stream.put(message);
  const auto news = stream.take();
  EXPECT_TRUE(news.over);
  EXPECT_TRUE(news.messages.empty());
}

class Hub : public testing::Test {
 protected:
  // Waits for an event of that name, other ones are passed over; empty: it did not come.
  std::string wait_for(LiveStream& stream, const std::string& name) {
    for (int i = 0; i < 400; ++i) {
      const auto taken = stream.take();
      for (const auto& message : taken.messages)
        if (message->starts_with("event: " + name)) return *message;
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return {};
  }
  fake::Mishap mishap_;
  fake::Events events_{mishap_};
  LiveHub hub_{events_, [] { return Status{}; }, [] { return unix_us(); }};
};

TEST_F(Hub, NewRowsReachTheirOrgOnly) {
  const auto ours = hub_.subscribe(1), theirs = hub_.subscribe(2);
  EXPECT_NE(wait_for(*ours, "hello"), "");
  ASSERT_TRUE(events_.append(std::vector{row(7, unix_us())}));
  hub_.rows_written();
  EXPECT_NE(wait_for(*ours, "rows").find("\"f7\""), std::string::npos);
  ASSERT_TRUE(events_.append(std::vector{row(8, unix_us(), 2)}));
  hub_.rows_written();
  const auto got = wait_for(*theirs, "rows");
  EXPECT_NE(got.find("\"f8\""), std::string::npos);
  EXPECT_EQ(got.find("\"f7\""), std::string::npos);
}

TEST_F(Hub, RowsOfOtherInstancesAreFoundWithoutACall) {
  const auto stream = hub_.subscribe(1);
  ASSERT_TRUE(events_.append(std::vector{row(7, unix_us())}));
  EXPECT_NE(wait_for(*stream, "rows"), "");
}

TEST_F(Hub, ThereAreOnlySoManyAndALeavingOneMakesRoom) {
  std::vector<std::shared_ptr<LiveStream>> streams;
  for (std::size_t i = 0; i < LiveHub::kStreams; ++i) streams.push_back(hub_.subscribe(1));
  EXPECT_FALSE(hub_.subscribe(2));
  streams.pop_back();
  std::shared_ptr<LiveStream> next;
  for (int i = 0; i < 400 && !next; ++i) {
    next = hub_.subscribe(2);  // the poller may hold the one that left for a moment
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  EXPECT_TRUE(next);
}

TEST_F(Hub, TheEndEndsAll) {
  const auto stream = hub_.subscribe(1);
  hub_.stop();
  EXPECT_TRUE(stream->take().over);
  EXPECT_FALSE(hub_.subscribe(1));
}

}  // namespace
}  // namespace lectr::api
