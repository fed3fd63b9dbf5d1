// What only Postgres can do to us: connections that end under our feet, tables that refuse.
#include "../events/sample.hpp"
#include "place.hpp"

namespace lectr::store {
namespace {

using events::sample_event;

class Postgres : public testing::Test {
 protected:
  void SetUp() override {
    if (Place::server() == nullptr) GTEST_SKIP() << "NOT RUN: LECTR_TEST_POSTGRES is not set";
    place_.emplace(Kind::postgres);
    auto opened = open_stores(place_->url());
    ASSERT_TRUE(opened);
    stores_ = std::move(*opened);
  }
  std::optional<Place> place_;
  Stores stores_;
};

TEST_F(Postgres, AnEndedConnectionCostsOneAppendAndNoRead) {
  const Event first = sample_event(1), second = sample_event(2);
  ASSERT_TRUE(stores_.events->append({&first, 1}));
  place_->end_connections();
  const auto away = stores_.events->append({&second, 1});
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().code, Code::unavailable);
  EXPECT_EQ(away.error().again, Again::same_target);
  EXPECT_TRUE(stores_.events->append({&second, 1}));
  place_->end_connections();
  const auto page = stores_.events->requests({.org = 7}, {}, 10);
  ASSERT_TRUE(page) << page.error().what;
  EXPECT_EQ(page->rows.size(), 2u);
}

TEST_F(Postgres, ARowItCanNeverTakeIsCorruptAndNothingOfTheBatchIsIn) {
  Place::admin("ALTER TABLE " + place_->schema() + ".events ADD CONSTRAINT no_teapots CHECK (status <> 418)");
  std::vector<Event> batch{sample_event(1), sample_event(2)};
  batch[1].status = 418;
  const auto refused = stores_.events->append(batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::corrupt);
  EXPECT_TRUE(stores_.events->requests({.org = 7}, {}, 10)->rows.empty());
}

TEST_F(Postgres, AReadOnlyOrMissingTableIsWaitedOutNotTakenForABadRow) {
  const Event event = sample_event(1);
  Place::admin("ALTER TABLE " + place_->schema() + ".events RENAME TO elsewhere");
  EXPECT_EQ(stores_.events->append({&event, 1}).error().code, Code::unavailable);
  Place::admin("ALTER TABLE " + place_->schema() + ".elsewhere RENAME TO events");
  EXPECT_TRUE(stores_.events->append({&event, 1}));
}

TEST_F(Postgres, ALockedTableAnswersWithinTheTimeout) {
  const Event event = sample_event(1);
  pqxx::connection other{Place::server()};
  pqxx::work work{other};
  work.exec("LOCK TABLE " + place_->schema() + ".events IN ACCESS EXCLUSIVE MODE");
  auto impatient = open_stores(place_->url() + "%20-clock_timeout%3D200");  // the URL may set shorter bounds than ours
  ASSERT_TRUE(impatient) << impatient.error().what;
  const auto done = impatient->events->append({&event, 1});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::unavailable);
  work.abort();
  EXPECT_TRUE(impatient->events->append({&event, 1}));
}

}  // namespace
}  // namespace lectr::store

// libpqxx 6.4 loses a result (about 2 KiB) when a connection ends during a query: connection_base::make_result throws before it owns it.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libpqxx-6"; }
