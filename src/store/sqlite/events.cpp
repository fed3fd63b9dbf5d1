// Events in SQLite: one transaction per batch.
#include <sched.h>

#include "store/events.hpp"
#include "store/overview.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/insert.hpp"

namespace lectr::store::sqlite {
namespace {

// Rows per statement: its cursors stay at the ends of table and indexes from one row to the next, which halves the cost of a row. More
// rows than this gain little.
constexpr std::size_t kRows = 16;

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

  Result<Overview> overview(OrgId org, std::int64_t from_us, std::int64_t to_us) override {
    OverviewSum sum;
    const Query rows{
        "SELECT provider, latency_us, ttfb_us, tokens_input, tokens_output, cost, error_source, streaming, token_source, cost_source FROM events "
        "WHERE org_id = ? AND completed_at_us >= ? AND completed_at_us < ?",
        org, from_us, to_us};
    const auto done = sqlite_->read([&](Session& session) {
      session.run(rows, [&](const Row& r) {
        sum.add({r.text(0), r.number(1), r.maybe_number(2).value_or(-1), r.maybe_number(3).value_or(-1), r.maybe_number(4).value_or(-1), r.money(5),
                 r.number(6) != 0, r.flag(7), r.number(8) == static_cast<int>(TokenSource::measured),
                 r.number(9) == static_cast<int>(CostSource::unknown_model)});
      });
    });
    if (!done) return done.error();
    return std::move(sum).result();
  }

 private:
  std::shared_ptr<SqliteDatabase> sqlite_;
  std::optional<Insert> many_, one_;  // of the writer connection; declared after its owner, so finalized before it is closed
};

}  // namespace

std::unique_ptr<EventStore> make_events(std::shared_ptr<SqliteDatabase> database) { return std::make_unique<SqliteEvents>(std::move(database)); }

}  // namespace lectr::store::sqlite
