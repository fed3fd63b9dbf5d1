// A SQLite file: one connection that writes, a few that read. Any thread.
#pragma once

#include <mutex>
#include <vector>

#include "lectr/store/control_store.hpp"
#include "store/session.hpp"
#include "store/sqlite/connection.hpp"

namespace lectr::store::sqlite {

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(std::string path);  // throws Failure
  Result<void> read(const Work& work) override;
  Result<void> write(const Work& work) override;
  // As write(), but on disk only with the next checkpoint: a power loss can take it back, the end of the process can't.
  Result<void> write_relaxed(const std::function<void(Connection&)>& work);

 private:
  Result<void> transact(const std::function<void(Connection&)>& work, bool durable);

  const std::string path_;
  std::mutex writing_;
  Connection writer_;
  bool durable_ = false;  // what the writer is set to
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> readers_;  // idle ones
};

// Creates the file and its folder if need be, and brings the schema up to date.
Result<MigrationState> migrate_sqlite(const std::string& path);

std::unique_ptr<EventStore> make_events(std::shared_ptr<SqliteDatabase> database);

}  // namespace lectr::store::sqlite
