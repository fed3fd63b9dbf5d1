#include "store/sqlite/connection.hpp"

#include <sqlite3.h>

#include <cstring>

#include "lectr/telemetry/log.hpp"

namespace lectr::store::sqlite {
namespace {

constexpr int kBusyMs = 5000, kRetryMs = 5;

// The code alone goes to the log: SQLite's messages can name columns and values.
[[noreturn]] void fail(int extended) {
  if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY) throw Failure{failures::kDuplicate};
  if (extended == SQLITE_CONSTRAINT_FOREIGNKEY) throw Failure{failures::kMissingParent};
  log::warn("store: sqlite code " + std::to_string(extended) + " (" + sqlite3_errstr(extended) + ")");
  const int code = extended & 0xFF;
  if (code == SQLITE_CONSTRAINT || code == SQLITE_MISMATCH || code == SQLITE_TOOBIG) throw Failure{failures::kRefusedRow};
  throw Failure{failures::kUnavailable};
}

void check(int code, sqlite3* db) {
  if (code != SQLITE_OK) fail(db != nullptr ? sqlite3_extended_errcode(db) : code);
}
void check_bind(int code, sqlite3_stmt* statement) { check(code, sqlite3_db_handle(statement)); }

class StatementRow final : public Row {
 public:
  explicit StatementRow(sqlite3_stmt* s) : s_{s} {}
  bool null(int c) const override { return sqlite3_column_type(s_, c) == SQLITE_NULL; }
  std::int64_t number(int c) const override { return sqlite3_column_int64(s_, c); }
  std::string_view text(int c) const override {
    const auto* at = reinterpret_cast<const char*>(sqlite3_column_text(s_, c));
    return at ? std::string_view{at, static_cast<std::size_t>(sqlite3_column_bytes(s_, c))} : std::string_view{};
  }
  bool flag(int c) const override { return number(c) != 0; }
  Uuid id(int c) const override { return {array<16>(c)}; }
  Digest digest(int c) const override { return array<32>(c); }
  std::string bytes(int c) const override {
    const void* at = sqlite3_column_blob(s_, c);
    return at ? std::string{static_cast<const char*>(at), static_cast<std::size_t>(sqlite3_column_bytes(s_, c))} : std::string{};
  }
  std::optional<Money> money(int c) const override { return null(c) ? std::nullopt : std::optional{Money{number(c)}}; }

 private:
  template <std::size_t N>
  std::array<std::uint8_t, N> array(int c) const {
    std::array<std::uint8_t, N> out{};
    const void* at = sqlite3_column_blob(s_, c);
    if (at && sqlite3_column_bytes(s_, c) == static_cast<int>(N)) std::memcpy(out.data(), at, N);
    return out;
  }
  sqlite3_stmt* s_;
};

}  // namespace

Statement::~Statement() { sqlite3_finalize(handle_); }
void Statement::bind(int at, std::int64_t v) { check_bind(sqlite3_bind_int64(handle_, at, v), handle_); }
void Statement::bind_null(int at) { check_bind(sqlite3_bind_null(handle_, at), handle_); }
void Statement::bind_text(int at, std::string_view v, bool stays) {
  const char* text = v.data() != nullptr ? v.data() : "";  // a null pointer would bind NULL
  check_bind(sqlite3_bind_text64(handle_, at, text, v.size(), stays ? SQLITE_STATIC : SQLITE_TRANSIENT, SQLITE_UTF8), handle_);
}
void Statement::bind_bytes(int at, const void* data, std::size_t n, bool stays) {
  check_bind(sqlite3_bind_blob64(handle_, at, data, n, stays ? SQLITE_STATIC : SQLITE_TRANSIENT), handle_);
}
void Statement::reset() noexcept { sqlite3_reset(handle_); }
bool Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const int extended = sqlite3_extended_errcode(sqlite3_db_handle(handle_));
  sqlite3_reset(handle_);
  fail(extended);
}

void Connection::Close::operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }

Connection::Connection(const std::string& path, Mode mode) {
  // Before SQLite's first use: without its statistics no allocation takes a lock that all connections share, and without pages in advance
  // an idle connection holds 160 KiB less.
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) | sqlite3_config(SQLITE_CONFIG_PAGECACHE, nullptr, 0, 0);
  (void)once;
  sqlite3* db = nullptr;
  // NOMUTEX: one thread at a time uses a connection. A reader is opened read-write too, as it may have to recover the log.
  const int code = sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(db);
  check(code, db);
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, kBusyMs);
  // cache_size bounds memory per connection (in KiB, negative); the page cache of the system does the rest.
  exec("PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -2048; PRAGMA temp_store = FILE;");
  if (mode == Mode::write) {
    // The page size holds for a new file only. Twice the default halves the calls per stored row; more would make a single row dear.
    // Free pages can be given back to the system, bit by bit, for files that are made so from the start.
    exec("PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL;");
    write_ahead();
    exec("PRAGMA journal_size_limit = 16777216; PRAGMA wal_autocheckpoint = 1000;");
    return;
  }
  exec("PRAGMA query_only = ON;");
  const auto overdue = [](void* self) { return std::chrono::steady_clock::now() > static_cast<Connection*>(self)->deadline_ ? 1 : 0; };
  start_deadline();
  sqlite3_progress_handler(db, 20'000, overdue, this);
}
Connection::~Connection() = default;

// The switch needs the file for itself for a moment, and SQLite does not wait for that: instances that start at once would refuse each other.
void Connection::write_ahead() {
  int code = SQLITE_BUSY;
  for (int waited_ms = 0; code == SQLITE_BUSY && waited_ms < kBusyMs; waited_ms += kRetryMs) {
    code = sqlite3_exec(handle_.get(), "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr) & 0xFF;
    if (code == SQLITE_BUSY) sqlite3_sleep(kRetryMs);
  }
  check(code, handle_.get());
}

void Connection::exec(const char* sql) { check(sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr), handle_.get()); }
std::int64_t Connection::newest_seq() {
  std::int64_t newest = 0;
  run(Query{"SELECT max(seq) FROM events"}, [&](const Row& row) { newest = row.number(0); });
  return newest;
}
bool Connection::in_transaction() const noexcept { return sqlite3_get_autocommit(handle_.get()) == 0; }

Statement Connection::prepare(std::string_view sql, bool reused) {
  Statement statement;
  const unsigned flags = reused ? SQLITE_PREPARE_PERSISTENT : 0;
  check(sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), flags, &statement.handle_, nullptr), handle_.get());
  return statement;
}

void Connection::run(const Query& query, const std::function<void(const Row&)>& each) {
  struct Binder {
    Statement& statement;
    int at;
    void operator()(std::monostate) const { statement.bind_null(at); }
    void operator()(std::int64_t v) const { statement.bind(at, v); }
    void operator()(const std::string& v) const { statement.bind_text(at, v, true); }
    void operator()(const Uuid& v) const { statement.bind_bytes(at, v.bytes.data(), v.bytes.size()); }
    void operator()(const Bytes& v) const { statement.bind_bytes(at, v.data.data(), v.data.size(), true); }
    void operator()(const Money& v) const { statement.bind(at, v.femto); }
    void operator()(const Digest& v) const { statement.bind_bytes(at, v.data(), v.size()); }
  };
  Statement statement = prepare(query.sql());
  for (int i = 0; i < static_cast<int>(query.values().size()); ++i) std::visit(Binder{statement, i + 1}, query.values()[static_cast<std::size_t>(i)]);
  const StatementRow row{statement.handle()};
  while (statement.step())
    if (each) each(row);
}

}  // namespace lectr::store::sqlite
