// Events in SQLite: one transaction per batch.
#include <sched.h>

#include <algorithm>

#include "lectr/base/clock.hpp"
#include "store/events.hpp"
#include "store/rollups.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/insert.hpp"

namespace lectr::store::sqlite {
namespace {

// Rows per statement: its cursors stay at the ends of table and indexes from one row to the next, which halves the cost of a row. More
// rows than this gain little.
constexpr std::size_t kRows = 16;

std::int64_t number_of(Connection& connection, std::string_view pragma) {
  std::int64_t number = 0;
  connection.run(Query{pragma}, [&](const Row& row) { number = row.number(0); });
  return number;
}

class SqliteEvents final : public SqlEvents {
 public:
  explicit SqliteEvents(std::shared_ptr<SqliteDatabase> database) : SqlEvents{database}, sqlite_{std::move(database)} {}

  Result<void> append(std::span<const Event> batch) override {
    return sqlite_->write_relaxed([&](Connection& connection) {
      // Prepared within the writer's turn and kept, so no lock of its own is needed.
      if (!many_) many_.emplace(connection, kRows);
      if (!one_) one_.emplace(connection, 1);
      many_->begin_batch();
      one_->begin_batch();
      std::size_t at = 0;
      for (; batch.size() - at >= kRows; at += kRows) {
        many_->run(batch.subspan(at, kRows));
        ::sched_yield();  // who waits for this core goes first: a burst of rows must not hold up a request
      }
      for (; at < batch.size(); ++at) one_->run(batch.subspan(at, 1));
    });
  }

  Result<std::size_t> roll_up() override {
    bool needed = false;
    std::size_t rolled = 0;
    const auto looked = sqlite_->read([&](Session& session) { needed = rolling_needed(session, session.newest_seq(), unix_us()); });
    if (!looked) return looked.error();
    if (!needed) return rolled;
    const auto done =
        sqlite_->write_relaxed([&](Connection& connection) { rolled = roll(connection, connection.newest_seq(), unix_us(), kRolledAtOnce); });
    if (!done) return done.error();
    return rolled;
  }

  Result<void> keep_house(std::span<const Retention> retention, std::int64_t now_us) override {
    const auto done = SqlEvents::keep_house(retention, now_us);
    return done ? shrink() : done;
  }

 protected:
  Result<void> start_rebuild() override {
    return sqlite_->write([](Session& session) { begin_rebuild(session, session.newest_seq()); });
  }

 private:
  // Gives free pages back, but for a tenth of the file, which new rows will need; a little at a time, since rows wait meanwhile. A file of before,
  // which can't, has nothing done to it. Ends: each turn leaves fewer pages, and there are so many turns at most.
  Result<void> shrink() {
    constexpr std::int64_t kPagesAtOnce = 256;
    constexpr int kTurns = 64;  // 128 MiB a run
    bool more = true;
    for (int turn = 0; turn < kTurns && more; ++turn) {
      const auto done = sqlite_->write_relaxed([&](Connection& connection) {
        const std::int64_t spare = number_of(connection, "PRAGMA freelist_count") - number_of(connection, "PRAGMA page_count") / 10;
        const std::int64_t pages = std::min(spare, kPagesAtOnce);
        if (pages > 0) connection.exec(("PRAGMA incremental_vacuum(" + std::to_string(pages) + ")").c_str());
        more = spare > kPagesAtOnce && number_of(connection, "PRAGMA auto_vacuum") == 2;
      });
      if (!done) return done;
    }
    return {};
  }

  std::shared_ptr<SqliteDatabase> sqlite_;
  std::optional<Insert> many_, one_;  // of the writer connection; declared after its owner, so finalized before it is closed
};

}  // namespace

std::unique_ptr<EventStore> make_events(std::shared_ptr<SqliteDatabase> database) { return std::make_unique<SqliteEvents>(std::move(database)); }

}  // namespace lectr::store::sqlite
