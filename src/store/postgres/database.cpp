#include "store/postgres/database.hpp"

#include "lectr/base/clock.hpp"
#include "store/migrations.hpp"
#include "store/postgres/session.hpp"

namespace lectr::store::postgres {
namespace {

constexpr std::size_t kIdleLinks = 4;
constexpr const char* kMigrationLock = "SELECT pg_advisory_xact_lock(7812356001)";
using ReadTransaction = pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>;

bool is_applied(Session& session, int number) {
  bool there = false;
  session.run(Query{"SELECT version FROM schema_migrations WHERE version = ?", number}, [&](const Row&) { there = true; });
  return there;
}

void apply_pending(pqxx::connection_base& connection, MigrationState& state) {
  pqxx::work transaction{connection};
  transaction.exec(
      "SET LOCAL statement_timeout = '10min'; SET LOCAL lock_timeout = '10min'");  // another instance may hold the lock for as long as its migrations take
  transaction.exec(kMigrationLock);
  transaction.exec("CREATE TABLE IF NOT EXISTS schema_migrations (version bigint PRIMARY KEY, name text NOT NULL, applied_at_us bigint NOT NULL)");
  Prepared prepared;
  PgSession session{transaction, prepared};
  for (const Migration& migration : postgres_migrations()) {
    if (!is_applied(session, migration.number)) {
      transaction.exec(std::string{migration.sql});
      session.run(
          Query{"INSERT INTO schema_migrations (version, name, applied_at_us) VALUES (?, ?, ?)", migration.number, migration.name, unix_us()});
      state.ran.emplace_back(migration.name);
    }
    ++state.applied;
  }
  transaction.commit();
}

}  // namespace

// Bounds for every way a server can be silent, unless the URL says otherwise: no answer to connect, packets into nowhere, a host gone.
std::string with_bounds(std::string url) {
  constexpr std::pair<const char*, const char*> kDefaults[] = {{"connect_timeout", "4"},  {"tcp_user_timeout", "5000"},
                                                               {"keepalives_idle", "5"},  {"keepalives_interval", "2"},
                                                               {"keepalives_count", "3"}, {"application_name", "lectr"}};
  for (const auto& [name, value] : kDefaults) {
    if (url.find(std::string{name} + '=') != std::string::npos) continue;
    url += (url.find('?') == std::string::npos ? "?" : "&") + std::string{name} + '=' + value;
  }
  return url;
}

class Link {
 public:
  explicit Link(const std::string& url) : connection{url} {
// A silent reconnect would lose the settings below. Deprecated, because libpqxx 7 never reconnects.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
    pqxx::nontransaction setup{connection};
    // Compiling a query takes longer than any of ours runs, and many partitions alone look dear enough for it.
    setup.exec("SET jit = off");
    setup.exec("SET client_encoding = 'UTF8'; SET client_min_messages = warning; SET bytea_output = 'hex'; SET TimeZone = 'UTC'");
    for (const auto& [name, value] : {std::pair{"statement_timeout", "15s"}, {"lock_timeout", "10s"}, {"idle_in_transaction_session_timeout", "60s"}})
      if (url.find(name) == std::string::npos) setup.exec(std::string{"SET "} + name + " = '" + value + "'");
  }
  pqxx::connection connection;
  Prepared prepared;
};

PostgresDatabase::PostgresDatabase(const std::string& url) : url_{with_bounds(url)} {}
PostgresDatabase::~PostgresDatabase() = default;

std::unique_ptr<Link> PostgresDatabase::take() {
  {
    const std::lock_guard hold{mutex_};
    if (!idle_.empty()) {
      auto link = std::move(idle_.back());
      idle_.pop_back();
      return link;
    }
  }
  return std::make_unique<Link>(url_);
}

void PostgresDatabase::give_back(std::unique_ptr<Link> link) {
  const std::lock_guard hold{mutex_};
  if (idle_.size() < kIdleLinks) idle_.push_back(std::move(link));
}

Result<void> PostgresDatabase::attempt(const std::function<void(Link&)>& work, bool& broken) {
  std::unique_ptr<Link> link;
  try {
    link = take();
    work(*link);
    give_back(std::move(link));
    return {};
  } catch (...) {
    const Error error = current_error(broken);
    if (link && !broken) give_back(std::move(link));
    if (broken) {  // the others went to the same server
      const std::lock_guard hold{mutex_};
      idle_.clear();
    }
    return error;
  }
}

Result<void> PostgresDatabase::on_connection(const std::function<void(pqxx::connection_base&)>& work) {
  bool broken = false;
  return attempt([&](Link& link) { work(link.connection); }, broken);
}

Result<void> PostgresDatabase::read(const Work& work) {
  const auto in_transaction = [&](Link& link) {
    ReadTransaction transaction{link.connection};
    PgSession session{transaction, link.prepared};
    work(session);
  };
  bool broken = false;
  auto done = attempt(in_transaction, broken);
  if (broken) done = attempt(in_transaction, broken);
  return done;
}

Result<void> PostgresDatabase::write(const Work& work) {
  const auto in_transaction = [&](Link& link) {
    pqxx::work transaction{link.connection};
    PgSession session{transaction, link.prepared};
    work(session);
    transaction.commit();
  };
  bool broken = false;
  return attempt(in_transaction, broken);
}

Result<MigrationState> migrate_postgres(const std::string& url) {
  MigrationState state;
  state.available = static_cast<int>(postgres_migrations().size());
  PostgresDatabase database{url};
  const auto done = database.on_connection([&](pqxx::connection_base& connection) { apply_pending(connection, state); });
  if (!done) return done.error();
  return state;
}

}  // namespace lectr::store::postgres
