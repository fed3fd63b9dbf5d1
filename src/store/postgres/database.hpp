// A Postgres database: pooled connections that are opened when needed and thrown away when broken. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lectr/store/control_store.hpp"
#include "store/session.hpp"

namespace pqxx {
class connection_base;
}

namespace lectr::store::postgres {

class Link;  // one connection

class PostgresDatabase final : public Database {
 public:
  explicit PostgresDatabase(const std::string& url);
  ~PostgresDatabase() override;
  Result<void> read(const Work& work) override;  // a broken connection is replaced once: reading twice does no harm
  Result<void> write(const Work& work) override;
  // Runs `work` on a connection of its own; it makes its transactions itself. Whatever it throws becomes an Error.
  Result<void> on_connection(const std::function<void(pqxx::connection_base&)>& work);

 private:
  std::unique_ptr<Link> take();
  void give_back(std::unique_ptr<Link> link);
  Result<void> attempt(const std::function<void(Link&)>& work, bool& broken);

  const std::string url_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Link>> idle_;
};

std::string with_bounds(std::string url);

std::unique_ptr<ControlWatch> watch_postgres(const std::string& url);

// Brings the schema up to date, under an advisory lock: several instances may start at once.
Result<MigrationState> migrate_postgres(const std::string& url);

std::unique_ptr<EventStore> make_events(std::shared_ptr<PostgresDatabase> database);

}  // namespace lectr::store::postgres
