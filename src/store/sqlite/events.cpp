// Events in SQLite: one transaction per batch, one statement prepared once.
#include "store/events.hpp"
#include "store/columns.hpp"
#include "store/overview.hpp"
#include "store/row_text.hpp"
#include "store/sqlite/database.hpp"

namespace lectr::store::sqlite {
namespace {

struct Binder {
  Statement& statement;
  int at = 0;
  std::string scratch{};

  void id(const char*, const Uuid& v) { statement.bind_bytes(++at, v.bytes.data(), v.bytes.size()); }
  void number(const char*, std::int64_t v) { statement.bind(++at, v); }
  void count(const char*, std::int64_t v) { v < 0 ? statement.bind_null(++at) : statement.bind(++at, v); }
  void text(const char*, const std::string& v) {
    const std::string_view clean = storable(v, scratch);
    statement.bind_text(++at, clean, clean.data() == v.data());
  }
  void flag(const char*, bool v) { statement.bind(++at, v); }
  void money(const char*, const std::optional<Money>& v) { v ? statement.bind(++at, v->femto) : statement.bind_null(++at); }
  template <class Enum>
  void choice(const char*, Enum v) {
    statement.bind(++at, static_cast<std::int64_t>(v));
  }
};

class SqliteEvents final : public SqlEvents {
 public:
  explicit SqliteEvents(std::shared_ptr<SqliteDatabase> database) : SqlEvents{database}, sqlite_{std::move(database)} {}

  Result<void> append(std::span<const Event> batch) override {
    return sqlite_->write_relaxed([&](Connection& connection) {
      // Prepared within the writer's turn and kept, so no lock of its own is needed.
      if (insert_.handle() == nullptr)
        insert_ = connection.prepare("INSERT INTO events (" + column_names() + ") VALUES (" + column_placeholders() + ") ON CONFLICT (id) DO NOTHING",
                                     true);
      for (const Event& event : batch) {
        Binder binder{insert_};
        visit_columns(binder, event);
        insert_.step();
        insert_.reset();
      }
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
  Statement insert_;  // of the writer connection; declared after its owner, so finalized before it is closed
};

}  // namespace

std::unique_ptr<EventStore> make_events(std::shared_ptr<SqliteDatabase> database) { return std::make_unique<SqliteEvents>(std::move(database)); }

}  // namespace lectr::store::sqlite
