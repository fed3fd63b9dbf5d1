#include "store/sqlite/database.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "lectr/base/clock.hpp"
#include "lectr/telemetry/log.hpp"
#include "store/migrations.hpp"

namespace lectr::store::sqlite {
namespace {

constexpr std::size_t kIdleReaders = 4;

// Readable by its owner only (it holds digests and password hashes); SQLite gives its log the same mode.
void create_file(const std::string& path) {
  std::error_code ignored;  // opening says whether it mattered
  const auto folder = std::filesystem::path{path}.parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
  if (const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600); fd >= 0) ::close(fd);
}

void roll_back(Connection& connection) noexcept {
  try {
    if (connection.in_transaction()) connection.exec("ROLLBACK");
  } catch (const Failure&) {  // the next BEGIN will tell
  }
}

bool is_applied(Connection& connection, int number) {
  bool there = false;
  connection.run(Query{"SELECT 1 FROM schema_migrations WHERE version = ?", number}, [&](const Row&) { there = true; });
  return there;
}

}  // namespace

SqliteDatabase::SqliteDatabase(std::string path) : path_{std::move(path)}, writer_{path_, Connection::Mode::write} {}

Result<void> SqliteDatabase::read(const Work& work) {
  std::unique_ptr<Connection> connection;
  {
    const std::lock_guard hold{mutex_};
    if (!readers_.empty()) {
      connection = std::move(readers_.back());
      readers_.pop_back();
    }
  }
  try {
    if (!connection) connection = std::make_unique<Connection>(path_, Connection::Mode::read);
    connection->start_deadline();
    connection->exec("BEGIN");  // all queries of one call see one state
    work(*connection);
    connection->exec("COMMIT");
  } catch (const Failure& failure) {
    return failure.error;  // the connection goes with it
  }
  const std::lock_guard hold{mutex_};
  if (readers_.size() < kIdleReaders) readers_.push_back(std::move(connection));
  return {};
}

Result<void> SqliteDatabase::write(const Work& work) {
  return transact([&](Connection& connection) { work(connection); }, true);
}
Result<void> SqliteDatabase::write_relaxed(const std::function<void(Connection&)>& work) { return transact(work, false); }

Result<void> SqliteDatabase::transact(const std::function<void(Connection&)>& work, bool durable) {
  const std::lock_guard hold{writing_};
  try {
    if (durable != durable_) writer_.exec(durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    durable_ = durable;
    writer_.exec("BEGIN IMMEDIATE");
    work(writer_);
    writer_.exec("COMMIT");
    return {};
  } catch (const Failure& failure) {
    roll_back(writer_);
    return failure.error;
  }
}

Result<MigrationState> migrate_sqlite(const std::string& path) {
  MigrationState state;
  state.available = static_cast<int>(sqlite_migrations().size());
  try {
    create_file(path);
    Connection connection{path, Connection::Mode::write};
    connection.exec(
        "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at_us INTEGER NOT NULL) STRICT");
    for (const Migration& migration : sqlite_migrations()) {
      connection.exec("BEGIN IMMEDIATE");  // another process may be at it: look again with the lock held
      if (!is_applied(connection, migration.number)) {
        connection.exec_migration(migration.sql);
        connection.run(
            Query{"INSERT INTO schema_migrations (version, name, applied_at_us) VALUES (?, ?, ?)", migration.number, migration.name, unix_us()});
        state.ran.emplace_back(migration.name);
      }
      connection.exec("COMMIT");
      ++state.applied;
    }
    return state;
  } catch (const Failure& failure) {  // the transaction ends with the connection
    return failure.error;
  }
}

}  // namespace lectr::store::sqlite
