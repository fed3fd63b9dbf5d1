#include "store/sqlite/insert.hpp"

#include <algorithm>

#include "store/columns.hpp"
#include "store/row_text.hpp"

namespace lectr::store::sqlite {
namespace {

std::size_t count_columns() { return static_cast<std::size_t>(std::count(column_names().begin(), column_names().end(), ',')) + 1; }

// OR FAIL: the default, to undo the statement, would copy every page it touches, and the caller rolls back the whole batch anyway. All columns
// in the table's own order, the number that SQLite gives the row among them: only then is a row stored from where its values were bound,
// otherwise each value is copied once more.
std::string insert_sql(std::size_t rows) {
  std::string row = "(NULL";
  for (std::size_t n = 0; n < count_columns(); ++n) row += ",?";
  row += ')';
  std::string sql = "INSERT OR FAIL INTO events (seq, " + column_names() + ") VALUES " + row;
  for (std::size_t n = 1; n < rows; ++n) sql += ',' + row;
  return sql + " ON CONFLICT (id) DO NOTHING";
}

}  // namespace

struct Insert::Binder {
  Insert& insert;
  std::size_t next = 0;  // placeholders count from 0 here, from 1 in SQLite

  void id(const char*, const Uuid& v) { insert.statement_.bind_bytes(static_cast<int>(++next), v.bytes.data(), v.bytes.size(), true); }
  void number(const char*, std::int64_t v) {
    Bound& b = insert.bound_[next++];
    if (b.kind == Bound::Kind::number && b.number == v) return;
    insert.statement_.bind(static_cast<int>(next), v);
    b = {Bound::Kind::number, v, {}};
  }
  void null() {
    Bound& b = insert.bound_[next++];
    if (b.kind == Bound::Kind::null) return;
    insert.statement_.bind_null(static_cast<int>(next));
    b = {Bound::Kind::null, 0, {}};
  }
  void count(const char* name, std::int64_t v) { v < 0 ? null() : number(name, v); }
  void text(const char*, const std::string& v) {
    Bound& b = insert.bound_[next++];
    if (b.kind == Bound::Kind::text && b.text == v) return;
    const std::string_view clean = storable(v, insert.scratch_);
    insert.statement_.bind_text(static_cast<int>(next), clean, clean.data() == v.data());
    b = {Bound::Kind::text, 0, v};
  }
  void flag(const char* name, bool v) { number(name, v); }
  void money(const char* name, const std::optional<Money>& v) { v ? number(name, v->femto) : null(); }
  template <class Enum>
  void choice(const char* name, Enum v) {
    number(name, static_cast<std::int64_t>(v));
  }
};

Insert::Insert(Connection& connection, std::size_t rows)
    : rows_{rows}, bound_(rows * count_columns()), statement_{connection.prepare(insert_sql(rows), true)} {}

void Insert::begin_batch() noexcept {
  for (Bound& b : bound_)
    if (b.kind == Bound::Kind::text) b = {};
}

void Insert::run(std::span<const Event> events) {
  Binder binder{*this};
  for (const Event& event : events) visit_columns(binder, event);
  statement_.step();
  statement_.reset();
}

}  // namespace lectr::store::sqlite
