// Events in Postgres. A batch is one COPY straight into the table, so a row is written once and not first to a staging table. Only
// a batch with an id that is there already (a replay) is refused as a whole; it goes in again through a staging table that skips such rows.
#include <atomic>
#include <charconv>
#include <pqxx/tablewriter>

#include "lectr/base/clock.hpp"
#include "store/columns.hpp"
#include "store/events.hpp"
#include "store/postgres/database.hpp"
#include "store/postgres/partitions.hpp"
#include "store/postgres/session.hpp"
#include "store/rollups.hpp"
#include "store/row_text.hpp"

namespace lectr::store::postgres {
namespace {

constexpr int kBatchesAfterReplay = 16;  // duplicates come in runs; so many batches then go through the staging table at once

// A row in COPY's text format (PostgreSQL manual, "COPY", File Formats).
struct CopyLine {
  std::string& out;
  std::string scratch{};
  bool first = true;

  void id(const char*, const Uuid& v) { next() += v.to_text(); }
  void number(const char*, std::int64_t v) { put(next(), v); }
  void count(const char*, std::int64_t v) { v < 0 ? null() : put(next(), v); }
  void flag(const char*, bool v) { next() += v ? 't' : 'f'; }
  void money(const char*, const std::optional<Money>& v) { v ? void(next() += v->to_text()) : null(); }
  template <class Enum>
  void choice(const char*, Enum v) {
    put(next(), static_cast<std::int64_t>(v));
  }
  void text(const char*, const std::string& v) {
    next();
    for (const char c : storable(v, scratch)) {
      if (c == '\\')
        out += "\\\\";
      else if (c == '\t')
        out += "\\t";
      else if (c == '\n')
        out += "\\n";
      else if (c == '\r')
        out += "\\r";
      else
        out += c;
    }
  }

 private:
  std::string& next() {
    if (!first) out += '\t';
    first = false;
    return out;
  }
  void null() { next() += "\\N"; }
  static void put(std::string& to, std::int64_t v) {
    char digits[24];
    to.append(digits, std::to_chars(digits, digits + sizeof digits, v).ptr);
  }
};

std::string copy_text(std::span<const Event> batch) {
  std::string lines;
  lines.reserve(batch.size() * 400);
  for (const Event& event : batch) {
    CopyLine line{lines};
    visit_columns(line, event);
    lines += '\n';
  }
  return lines;
}

// The columns of a COPY are those of the list, so that a newer schema with more columns takes our rows too.
void copy_into(pqxx::transaction_base& transaction, const std::string& table, const std::string& lines) {
// libpqxx 6 has no other way to send ready-made lines: its stream_to formats and escapes field by field, with an allocation each.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  const std::string columns[] = {column_names()};
  pqxx::tablewriter writer{transaction, table, std::begin(columns), std::end(columns)};
#pragma GCC diagnostic pop
  writer.write_raw_line(lines);
  writer.complete();
}

// Locks of this schema, so that several gateways may share a database. Who appends holds the first one shared until the commit: whoever gets it
// alone knows that every number of a row given out by then is visible or will never be. The second belongs to the one who rolls up.
constexpr const char* kAppending = "SELECT pg_advisory_xact_lock_shared(7812356, hashtext(current_schema()))";
constexpr const char* kNoneAppends = "SELECT pg_advisory_xact_lock(7812356, hashtext(current_schema()))";
constexpr const char* kMayRoll = "SELECT 1 WHERE pg_try_advisory_xact_lock(7812357, hashtext(current_schema()))";
constexpr const char* kAwaitRoll = "SELECT pg_advisory_xact_lock(7812357, hashtext(current_schema()))";

class PostgresEvents final : public SqlEvents {
 public:
  explicit PostgresEvents(std::shared_ptr<PostgresDatabase> database) : SqlEvents{database}, postgres_{std::move(database)} {}

  Result<void> append(std::span<const Event> batch) override {
    if (batch.empty()) return {};
    const std::string lines = copy_text(batch);
    if (staged_batches_ > 0) {
      --staged_batches_;
      return append_staged(lines);
    }
    const auto done = postgres_->on_connection([&](pqxx::connection_base& connection) {
      pqxx::work transaction{connection};
      transaction.exec(kAppending);
      copy_into(transaction, "events", lines);
      transaction.commit();
    });
    if (done || done.error().code != Code::conflict) return done;
    staged_batches_ = kBatchesAfterReplay;
    return append_staged(lines);
  }

  Result<std::size_t> roll_up() override {
    bool needed = false;
    std::size_t rolled = 0;
    const auto looked = postgres_->read([&](Session& session) { needed = rolling_needed(session, session.newest_seq(), unix_us()); });
    if (!looked) return looked.error();
    if (!needed) return rolled;
    const auto up_to = settled_seq();
    if (!up_to) return up_to.error();
    const auto done = postgres_->write([&](Session& session) {
      bool mine = false;
      session.run(Query{kMayRoll}, [&](const Row&) { mine = true; });
      rolled = mine ? roll(session, *up_to, unix_us(), kRolledAtOnce) : 0;
    });
    if (!done) return done.error();
    return rolled;
  }

  Result<void> keep_house(std::span<const Retention> retention, std::int64_t now_us) override {
    const auto done = postgres_->write([&](Session& session) { make_partitions(session, now_us); });
    if (!done) return done.error();
    if (const auto dropped = drop_partitions(*postgres_, retention, now_us); !dropped) return dropped.error();
    return SqlEvents::keep_house(retention, now_us);
  }

 protected:
  Result<void> start_rebuild() override {
    const auto up_to = settled_seq();
    if (!up_to) return up_to.error();
    return postgres_->write([&](Session& session) {
      session.run(Query{kAwaitRoll});
      begin_rebuild(session, *up_to);
    });
  }

 private:
  Result<void> append_staged(const std::string& lines) {
    return postgres_->on_connection([&](pqxx::connection_base& connection) {
      pqxx::work transaction{connection};
      transaction.exec(kAppending);
      transaction.exec("CREATE TEMP TABLE batch (LIKE events) ON COMMIT DROP");
      copy_into(transaction, "batch", lines);
      transaction.exec("INSERT INTO events (" + column_names() + ") SELECT " + column_names() + " FROM batch ON CONFLICT (id) DO NOTHING");
      transaction.commit();
    });
  }

  // All numbers up to this one are visible from now on, or were given up.
  Result<std::int64_t> settled_seq() {
    std::int64_t last = 0;
    const auto done = postgres_->write([&](Session& session) {
      session.run(Query{kNoneAppends});
      last = session.newest_seq();
    });
    if (!done) return done.error();
    return last;
  }

  std::shared_ptr<PostgresDatabase> postgres_;
  std::atomic<int> staged_batches_{0};
};

}  // namespace

std::unique_ptr<EventStore> make_events(std::shared_ptr<PostgresDatabase> database) { return std::make_unique<PostgresEvents>(std::move(database)); }

}  // namespace lectr::store::postgres
