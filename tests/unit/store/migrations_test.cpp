#include "store/migrations.hpp"

#include <set>
#include <thread>

#include "place.hpp"
#include "store/sqlite/connection.hpp"

namespace lectr::store {
namespace {

class Migrations : public BothStores {};
LECTR_BOTH_STORES(Migrations);

TEST_P(Migrations, RunOnceAndAreSafeToRunAgain) {
  const auto again = migrate(place_->url());  // the fixture's open_stores ran them
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->applied, again->available);
  EXPECT_GE(again->available, 2);
  EXPECT_TRUE(again->ran.empty());
}

TEST_P(Migrations, TheSqlItselfMayRunTwice) {
  if (GetParam() == Kind::sqlite) {
    sqlite::Connection connection{place_->url().substr(7), sqlite::Connection::Mode::write};
    for (const Migration& m : sqlite_migrations()) EXPECT_NO_THROW(connection.exec_migration(m.sql)) << m.name;
    return;
  }
  pqxx::connection connection{place_->url()};
  pqxx::work work{connection};
  for (const Migration& m : postgres_migrations()) EXPECT_NO_THROW(work.exec(std::string{m.sql})) << m.name;
}

TEST_P(Migrations, ManyInstancesMayStartAtOnce) {
  Place fresh{GetParam()};
  std::vector<std::thread> instances;
  std::atomic<int> good{0}, ran{0};
  for (int i = 0; i < 4; ++i)
    instances.emplace_back([&] {
      const auto state = migrate(fresh.url());
      if (!state) return;
      ++good;
      ran += static_cast<int>(state->ran.size());
    });
  for (auto& instance : instances) instance.join();
  EXPECT_EQ(good, 4);
  EXPECT_EQ(ran, migrate(fresh.url())->available) << "every migration ran in exactly one of them";
}

// "table.column" of everything but the migrations' own table.
std::set<std::string> sqlite_columns(const std::string& path) {
  std::set<std::string> names;
  sqlite::Connection connection{path, sqlite::Connection::Mode::read};
  connection.run(Query{"SELECT m.name || '.' || c.name || CASE WHEN c.\"notnull\" OR c.pk THEN '' ELSE ' null' END FROM sqlite_master m, "
                       "pragma_table_info(m.name) c "
                       "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"},
                 [&](const Row& row) { names.emplace(row.text(0)); });
  return names;
}
std::set<std::string> postgres_columns(const std::string& schema) {
  std::set<std::string> names;
  for (const pqxx::row row :
       Place::admin("SELECT table_name || '.' || column_name || CASE WHEN is_nullable = 'NO' THEN '' ELSE ' null' END "
                    "FROM information_schema.columns JOIN pg_class ON oid = (quote_ident(table_schema) || '.' || quote_ident(table_name))::regclass "
                    "WHERE NOT relispartition AND table_schema = '" +
                    schema + "'"))
    names.emplace(row[0].c_str());
  return names;
}
std::set<std::string> names_of(std::span<const Migration> migrations) {
  std::set<std::string> names;
  for (const Migration& m : migrations) names.emplace(m.name);
  return names;
}

TEST(MigrationDialects, HaveTheSameTablesAndColumns) {
  EXPECT_EQ(names_of(sqlite_migrations()), names_of(postgres_migrations()));
  if (Place::server() == nullptr) GTEST_SKIP() << "NOT RUN: LECTR_TEST_POSTGRES is not set";
  Place lite{Kind::sqlite}, big{Kind::postgres};
  for (const Place* place : {&lite, &big}) {
    ASSERT_TRUE(migrate(place->url()));
    ASSERT_TRUE(migrate(place->url()));
  }
  // In Postgres seq is no key, and what an old daemon stages has none.
  const auto of_postgres = [&] {
    auto names = postgres_columns(big.schema());
    if (names.erase("events.seq null") > 0) names.emplace("events.seq");
    return names;
  };
  const auto columns = sqlite_columns(lite.url().substr(7));
  EXPECT_GT(columns.size(), 50u);
  EXPECT_EQ(columns, of_postgres());
}

TEST(MigrationNumbers, CountUpFromOneWithoutGaps) {
  for (const auto migrations : {sqlite_migrations(), postgres_migrations()})
    for (int n = 0; n < static_cast<int>(migrations.size()); ++n) EXPECT_EQ(migrations[static_cast<std::size_t>(n)].number, n + 1);
}

TEST(OpenStores, SaysWhatIsWrongWithoutNamingTheUrl) {
  for (const char* url : {"", "sqlite:", "mysql://x", "/var/lib/x.db"}) {
    const auto opened = open_stores(url);
    ASSERT_FALSE(opened) << url;
    EXPECT_EQ(opened.error().code, Code::invalid_request) << url;
  }
  EXPECT_EQ(open_stores("sqlite:/proc/nowhere/lectr.db").error().code, Code::unavailable);
  EXPECT_EQ(open_stores("postgres://x:secret@127.0.0.1:1/none").error().code, Code::unavailable);
}

}  // namespace
}  // namespace lectr::store
