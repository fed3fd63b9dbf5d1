// What changes under the feet of rows: the table of before becomes the new one, partitions come and go, numbers become visible out of order.
#include <chrono>
#include <fstream>
#include <thread>

#include "../events/sample.hpp"
#include "lectr/base/clock.hpp"
#include "place.hpp"
#include "rows.hpp"
#include "store/columns.hpp"
#include "store/migrations.hpp"
#include "store/postgres/partitions.hpp"
#include "store/sqlite/connection.hpp"

namespace lectr::store {
namespace {

const AggregateQuery kAllOfOrg8{.filter = {.org = 8, .from_us = 0, .to_us = 4 * kStart}, .by = Dimension::feature};

void expect_kept(EventStore& events, const std::vector<Event>& rows) {
  for (int turn = 0; turn < 2; ++turn) {
    const auto sums = events.aggregate(kAllOfOrg8);
    ASSERT_TRUE(sums) << sums.error().what;
    EXPECT_TRUE(sums->total == plain_aggregate(rows, kAllOfOrg8).total) << sums->total.requests;
    ASSERT_TRUE(events.append(rows)) << "replayed, each is there already";
    while (*events.roll_up() > 0) {}
  }
  EXPECT_EQ(events.request(rows[3].org_id, rows[3].id)->latency_us, rows[3].latency_us);
}

// Today's writers name the columns that came later, so the table of before gets those too until the rows are in.
constexpr const char* kLaterColumns =
    "ALTER TABLE events ADD COLUMN why TEXT NOT NULL DEFAULT '';ALTER TABLE events ADD COLUMN control_version bigint NOT NULL DEFAULT 0;";

TEST(TableOfBefore, KeepsItsRowsInSqlite) {
  const auto rows = RandomRows{1}.make(200, kStart, 2 * kDayUs);
  Place place{Kind::sqlite};
  const std::string path = place.url().substr(7);
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
  std::ofstream{path};
  {
    sqlite::Connection connection{path, sqlite::Connection::Mode::write};
    for (int n = 0; n < 2; ++n) connection.exec_migration(sqlite_migrations()[static_cast<std::size_t>(n)].sql);
    connection.exec_migration("ALTER TABLE events ADD COLUMN why TEXT NOT NULL DEFAULT ''");
    connection.exec_migration("ALTER TABLE events ADD COLUMN control_version INTEGER NOT NULL DEFAULT 0");
    // The rows come out of a table of today.
    Place today{Kind::sqlite};
    {
      auto stores = open_stores(today.url());
      ASSERT_TRUE(stores) << stores.error().what;
      ASSERT_TRUE(stores->events->append(rows));
    }
    connection.exec(("ATTACH '" + today.url().substr(7) + "' AS today").c_str());
    connection.exec(("INSERT INTO events (" + column_names() + ") SELECT " + column_names() + " FROM today.events ORDER BY seq").c_str());
  }
  auto stores = open_stores(place.url());
  ASSERT_TRUE(stores) << stores.error().what;
  expect_kept(*stores->events, rows);
}

class Partitions : public testing::Test {
 protected:
  void SetUp() override {
    if (Place::server() == nullptr) GTEST_SKIP() << "NOT RUN: LECTR_TEST_POSTGRES is not set";
    place_.emplace(Kind::postgres);
    open();
  }
  void open() {
    auto opened = open_stores(place_->url());
    ASSERT_TRUE(opened) << opened.error().what;
    stores_ = std::move(*opened);
  }
  EventStore& events() { return *stores_.events; }
  std::vector<std::string> names() {
    std::vector<std::string> found;
    for (const pqxx::row row : Place::admin("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND relnamespace = '" +
                                            place_->schema() + "'::regnamespace ORDER BY relname"))
      found.emplace_back(row[0].c_str());
    return found;
  }
  bool has(const std::string& name) {
    const auto all = names();
    return std::find(all.begin(), all.end(), name) != all.end();
  }
  void make_days(std::int64_t at_us) {
    postgres::PostgresDatabase database{place_->url()};
    const auto made = database.write([&](Session& session) { postgres::make_partitions(session, at_us); });
    ASSERT_TRUE(made) << made.error().what;
  }
  std::int64_t in(const std::string& table) {
    return Place::admin("SELECT count(*) FROM " + place_->schema() + "." + table)[0][0].as<std::int64_t>();
  }
  static std::string day_name(std::int64_t us) {
    return Place::admin("SELECT to_char(to_timestamp(" + std::to_string(us / 1'000'000) + ") AT TIME ZONE 'UTC', '\"events_\"YYYYMMDD')")[0][0]
        .c_str();
  }

  std::optional<Place> place_;
  Stores stores_;
};

TEST_F(Partitions, OfBeforeKeepTheirRows) {
  const auto rows = RandomRows{1}.make(200, kStart, 2 * kDayUs);
  ASSERT_TRUE(events().append(rows));
  Place old{Kind::postgres};
  Place::admin("SET search_path = " + old.schema() + ";" + std::string{postgres_migrations()[0].sql} + std::string{postgres_migrations()[1].sql} +
               kLaterColumns + "INSERT INTO events (" + column_names() + ") SELECT " + column_names() + " FROM " + place_->schema() + ".events");
  auto stores = open_stores(old.url());
  ASSERT_TRUE(stores) << stores.error().what;
  expect_kept(*stores->events, rows);
  EXPECT_EQ(Place::admin("SELECT count(*) FROM " + old.schema() + ".events_before")[0][0].as<int>(), 200);
  // It goes as a whole, as a day's would.
  const Retention retention[] = {{.org = 7, .row_days = 30}, {.org = 8, .row_days = 30}, {.org = 9, .row_days = 30}};
  ASSERT_TRUE(stores->events->keep_house(retention, unix_us() + 100 * kDayUs));
  EXPECT_EQ(
      Place::admin("SELECT count(*) FROM pg_class WHERE relname = 'events_before' AND relnamespace = '" + old.schema() + "'::regnamespace")[0][0]
          .as<int>(),
      0);
  EXPECT_TRUE(stores->events->aggregate(kAllOfOrg8)->total == plain_aggregate(rows, kAllOfOrg8).total);
}

TEST_F(Partitions, AreMadeAheadAndTakeTheRowsOfTheirDay) {
  ASSERT_TRUE(events().keep_house({}, kStart + kHourUs));
  for (int day = 0; day <= 4; ++day) EXPECT_TRUE(has(day_name(kStart + day * kDayUs))) << day;
  ASSERT_TRUE(events().append(RandomRows{1}.make(90, kStart + kHourUs, 3 * kDayUs)));
  EXPECT_EQ(in(day_name(kStart + kDayUs)), 30);
  EXPECT_EQ(in("events_other"), 0);
  // A day whose rows lie elsewhere already gets none.
  ASSERT_TRUE(events().append(RandomRows{2}.make(10, kStart + 20 * kDayUs + kHourUs, kHourUs)));
  EXPECT_EQ(in("events_other"), 10);
  make_days(kStart + 20 * kDayUs);
  EXPECT_FALSE(has(day_name(kStart + 20 * kDayUs)));
  EXPECT_TRUE(has(day_name(kStart + 21 * kDayUs)));
}

TEST_F(Partitions, AreDroppedWhenEveryOrgIsPastThem) {
  make_days(kStart);
  const auto rows = RandomRows{1}.make(300, kStart + kHourUs, 3 * kDayUs);
  ASSERT_TRUE(events().append(rows));
  const std::string first = day_name(kStart), second = day_name(kStart + kDayUs);
  const Retention kept[] = {{.org = 7, .row_days = 1}, {.org = 8, .row_days = 2}, {.org = 9, .row_days = 0}};
  const Retention days[] = {{.org = 7, .row_days = 1}, {.org = 8, .row_days = 2}, {.org = 9, .row_days = 2}};
  const std::int64_t now = kStart + 4 * kDayUs + kHourUs;
  ASSERT_TRUE(events().keep_house(days, now));
  EXPECT_TRUE(has(first)) << "not rolled up yet";
  while (*events().roll_up() > 0) {}
  ASSERT_TRUE(events().keep_house({}, now));
  ASSERT_TRUE(events().keep_house(kept, now));
  EXPECT_TRUE(has(first)) << "one org keeps its rows for ever";
  EXPECT_EQ(events().oldest_us(7)->value() / kDayUs, kStart / kDayUs + 3) << "another has a shorter retention than the partition";
  ASSERT_TRUE(events().keep_house(days, now));
  EXPECT_FALSE(has(first));
  EXPECT_TRUE(has(second)) << "what began in it may have ended a day later";
  EXPECT_TRUE(events().aggregate(kAllOfOrg8)->total == plain_aggregate(rows, kAllOfOrg8).total);
  ASSERT_TRUE(events().rebuild_rollups());
  EXPECT_TRUE(events().aggregate(kAllOfOrg8)->total == plain_aggregate(rows, kAllOfOrg8).total);
  // A late replay of a dropped day has a place, and is counted once more, as nobody can know it any longer.
  ASSERT_TRUE(events().append(std::span{rows}.first(1)));
  EXPECT_EQ(in("events_other"), 1);
}

// Another instance has taken a number and not committed: roll_up() must not go past it.
TEST_F(Partitions, NumbersThatBecomeVisibleLateAreNotPassedOver) {
  const auto rows = RandomRows{1}.make(40, kStart, kHourUs);
  ASSERT_TRUE(events().append(std::span{rows}.first(10)));
  ASSERT_TRUE(events().roll_up());
  pqxx::connection other{place_->url()};
  pqxx::work slow{other};
  slow.exec("SELECT pg_advisory_xact_lock_shared(7812356, hashtext(current_schema()))");
  Event early = rows[20];
  early.org_id = 8;
  std::vector<Event> all{rows.begin(), rows.begin() + 20};
  // Its row gets a lower number than those that are appended and visible first.
  slow.exec("CREATE TEMP TABLE copy AS SELECT * FROM events LIMIT 1");
  slow.exec("UPDATE copy SET id = '" + early.id.to_text() + "', seq = nextval('events_seq'), org_id = 8");
  slow.exec("INSERT INTO events SELECT * FROM copy");
  ASSERT_TRUE(events().append(std::span{rows}.subspan(10, 10)));
  std::thread roller{[&] {
    while (events().roll_up().value() > 0) {}
  }};
  const auto waits = [&] {
    return Place::admin("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND classid = 7812356")[0][0].as<int>() > 0;
  };
  for (int i = 0; i < 500 && !waits(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds{10});
  EXPECT_TRUE(waits());
  slow.commit();
  roller.join();
  const auto sums = events().aggregate(kAllOfOrg8);
  EXPECT_EQ(sums->total.requests, plain_aggregate(all, kAllOfOrg8).total.requests + 1);
  EXPECT_EQ(Place::admin("SELECT value FROM " + place_->schema() + ".rollup_state WHERE name = 'watermark'")[0][0].as<int>(), 21);
}

TEST_F(Partitions, ALockedTableIsLeftForTheNextTime) {
  make_days(kStart);
  ASSERT_TRUE(events().append(RandomRows{1}.make(30, kStart + kHourUs, kDayUs)));
  while (*events().roll_up() > 0) {}
  const Retention days[] = {{.org = 7, .row_days = 1}, {.org = 8, .row_days = 1}, {.org = 9, .row_days = 1}};
  pqxx::connection other{place_->url()};
  pqxx::work reader{other};
  reader.exec("SELECT count(*) FROM events");
  EXPECT_EQ(events().keep_house(days, kStart + 9 * kDayUs).error().code, Code::unavailable);
  EXPECT_TRUE(has(day_name(kStart)));
  reader.abort();
  ASSERT_TRUE(events().keep_house(days, kStart + 9 * kDayUs));
  EXPECT_FALSE(has(day_name(kStart)));
}

TEST(SqliteFile, ShrinksOnceItsRowsAreGone) {
  const Place place{Kind::sqlite};
  const auto stores = open_stores(place.url());
  ASSERT_TRUE(stores);
  for (int n = 0; n < 8; ++n) {
    RandomRows random{static_cast<std::uint64_t>(n + 1)};
    ASSERT_TRUE(stores->events->append(random.make(2'000, kStart, kDayUs)));
  }
  while (*stores->events->roll_up() > 0) {}
  const auto pages = [&] {
    sqlite::Connection connection{place.url().substr(7), sqlite::Connection::Mode::read};
    std::int64_t count = 0;
    connection.run(Query{"PRAGMA page_count"}, [&](const Row& row) { count = row.number(0); });
    return count;
  };
  const std::int64_t before = pages();
  const Retention retention[] = {
      {.org = 7, .row_days = 1, .rollup_days = 1}, {.org = 8, .row_days = 1, .rollup_days = 1}, {.org = 9, .row_days = 1, .rollup_days = 1}};
  ASSERT_TRUE(stores->events->keep_house(retention, kStart + 400 * kDayUs));
  EXPECT_LT(pages(), before / 2) << before;
}

}  // namespace
}  // namespace lectr::store
