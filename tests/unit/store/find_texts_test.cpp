#include "lectr/store/find_texts.hpp"

#include "../events/sample.hpp"
#include "lectr/base/clock.hpp"
#include "place.hpp"

namespace lectr::store {
namespace {

TEST(FindTexts, SearchesEveryTableOfPostgresAndRowsSince) {
  if (Place::server() == nullptr) GTEST_SKIP() << "NOT RUN: LECTR_TEST_POSTGRES is not set";
  const Place place{Kind::postgres};
  auto stores = open_stores(place.url());
  ASSERT_TRUE(stores);
  const std::vector<std::string> texts = {"canary-of-a-row", "canary-of-an-org", "nowhere"};
  Event old = events::sample_event(1), fresh = events::sample_event(2);
  old.feature = fresh.feature = "x canary-of-a-row y";
  old.completed_at_us = unix_us() - 3'600'000'000;
  fresh.completed_at_us = unix_us();
  ASSERT_TRUE(stores->control->add_org("the canary-of-an-org"));
  ASSERT_TRUE(stores->events->append({&old, 1}));
  const auto found = [&](std::int64_t since) {
    const auto seen = find_texts(place.url(), texts, since);
    EXPECT_TRUE(seen);
    EXPECT_GT(seen->tables, 15U);
    std::vector<std::pair<std::size_t, std::string>> out;
    for (const FoundText& f : seen->found) out.emplace_back(f.text, f.table);
    return out;
  };
  using Found = std::vector<std::pair<std::size_t, std::string>>;
  EXPECT_EQ(found(unix_us() - 60'000'000), (Found{{1, "orgs"}})) << "the row is older";
  ASSERT_TRUE(stores->events->append({&fresh, 1}));
  EXPECT_EQ(found(unix_us() - 60'000'000), (Found{{0, "events"}, {1, "orgs"}}));
}

TEST(FindTexts, LeavesOtherStoresAlone) {
  const std::vector<std::string> texts = {"x"};
  const auto seen = find_texts("sqlite:/nowhere", texts, 0);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->tables, 0U);
}

TEST(FindTexts, TellsThatTheServerIsAway) {
  const std::vector<std::string> texts = {"x"};
  const auto seen = find_texts("postgres://nobody@127.0.0.1:1/none?connect_timeout=2", texts, 0);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, Code::unavailable);
}

}  // namespace
}  // namespace lectr::store
