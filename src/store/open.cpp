#include "store/events.hpp"
#include "store/insight.hpp"
#include "store/own_settings.hpp"
#include "store/postgres/database.hpp"
#include "store/sqlite/database.hpp"

namespace lectr::store {
namespace {

constexpr Error kUnknownUrl{Code::invalid_request, Fault::client, Again::no, "the database URL is neither sqlite:PATH nor postgres://…"};
constexpr std::string_view kSqlite = "sqlite:";

bool is_sqlite(std::string_view url) { return url.starts_with(kSqlite) && url.size() > kSqlite.size(); }
bool is_postgres(std::string_view url) { return url.starts_with("postgres://") || url.starts_with("postgresql://"); }

template <class Db>
Stores stores_over(std::shared_ptr<Db> database) {
  return {make_events(database), make_control_store(database), std::make_unique<SqlInsight>(database), make_alert_store(database)};
}

}  // namespace

Result<MigrationState> migrate(const std::string& url) {
  if (is_sqlite(url)) return sqlite::migrate_sqlite(url.substr(kSqlite.size()));
  if (is_postgres(url)) return postgres::migrate_postgres(url);
  return kUnknownUrl;
}

Result<Stores> open_stores(const std::string& url) {
  if (const auto done = migrate(url); !done) return done.error();
  try {
    auto stores = is_sqlite(url) ? stores_over(std::make_shared<sqlite::SqliteDatabase>(url.substr(kSqlite.size())))
                                 : stores_over(std::make_shared<postgres::PostgresDatabase>(url));
    if (const auto adopted = adopt_own_settings(*stores.control); !adopted) return adopted.error();
    return stores;
  } catch (const Failure& failure) { return failure.error; }
}

Result<Stores> open_stores_unmigrated(const std::string& url) {
  if (!is_postgres(url)) return kUnknownUrl;
  return stores_over(std::make_shared<postgres::PostgresDatabase>(url));
}

std::unique_ptr<ControlWatch> watch_control(const std::string& url) { return is_postgres(url) ? postgres::watch_postgres(url) : nullptr; }

}  // namespace lectr::store
