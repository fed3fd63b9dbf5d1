#include "store/postgres/session.hpp"

#include <array>
#include <atomic>
#include <charconv>
#include <vector>

#include "lectr/base/clock.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::store::postgres {
namespace {

constexpr char kHex[] = "0123456789abcdef";

template <class Octets>
std::string bytea(const Octets& octets) {
  std::string out = "\\x";
  out.reserve(2 + 2 * octets.size());
  for (const auto octet : octets) {
    const auto b = static_cast<std::uint8_t>(octet);
    out += kHex[b >> 4], out += kHex[b & 15];
  }
  return out;
}

constexpr std::array<std::uint8_t, 256> kHexValues = [] {
  std::array<std::uint8_t, 256> values{};
  for (std::uint8_t i = 0; i < 16; ++i) values[static_cast<std::uint8_t>(kHex[i])] = i;
  return values;
}();
unsigned hex_value(char c) { return kHexValues[static_cast<std::uint8_t>(c)]; }

// One row of a result. Where its values lie is asked once: each pqxx::field holds the whole result anew.
class ResultRow final : public Row {
 public:
  void look_at(const pqxx::row& row) {
    cells_.clear();
    for (const auto& field : row) cells_.push_back({field.is_null() ? nullptr : field.c_str(), field.size()});
  }
  bool null(int c) const override { return cell(c).text == nullptr; }
  std::int64_t number(int c) const override {
    std::int64_t v = 0;
    const std::string_view s = text(c);
    std::from_chars(s.data(), s.data() + s.size(), v);
    return v;
  }
  std::string_view text(int c) const override { return null(c) ? std::string_view{} : std::string_view{cell(c).text, cell(c).size}; }
  bool flag(int c) const override { return text(c) == "t"; }
  Uuid id(int c) const override { return Uuid::parse(text(c)).value_or(Uuid{}); }
  Digest digest(int c) const override {
    Digest out{};
    const std::string_view s = text(c);
    if (s.size() != 2 + 2 * out.size()) return out;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(hex_value(s[2 + 2 * i]) << 4 | hex_value(s[3 + 2 * i]));
    return out;
  }
  std::string bytes(int c) const override {
    const std::string_view s = text(c);
    std::string out(s.size() < 2 ? 0 : s.size() / 2 - 1, '\0');
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(hex_value(s[2 + 2 * i]) << 4 | hex_value(s[3 + 2 * i]));
    return out;
  }
  std::optional<Money> money(int c) const override { return null(c) ? std::nullopt : Money::parse(text(c)); }

 private:
  struct Cell {
    const char* text = nullptr;
    std::size_t size = 0;
  };
  const Cell& cell(int c) const { return cells_.at(static_cast<std::size_t>(c)); }
  std::vector<Cell> cells_;
};

struct AsText {
  std::optional<std::string> operator()(std::monostate) const { return {}; }
  std::optional<std::string> operator()(std::int64_t v) const { return std::to_string(v); }
  std::optional<std::string> operator()(const std::string& v) const { return v; }
  std::optional<std::string> operator()(const Uuid& v) const { return v.to_text(); }
  std::optional<std::string> operator()(const Digest& v) const { return bytea(v); }
  std::optional<std::string> operator()(const Money& v) const { return v.to_text(); }
  std::optional<std::string> operator()(const Bytes& v) const { return bytea(v.data); }
};

Error error_of_state(const std::string& state) {
  if (state == "23505") return failures::kDuplicate;
  if (state == "23503") return failures::kMissingParent;
  log::warn("store: postgres SQLSTATE " + (state.empty() ? std::string{"unknown"} : state));
  const std::string_view kind = std::string_view{state}.substr(0, 2);
  // 22 data exception, 23 integrity constraint, 54 program limit: this row, whenever it is tried. All else may pass.
  return kind == "22" || kind == "23" || kind == "54" ? failures::kRefusedRow : failures::kUnavailable;
}

}  // namespace

pqxx::result PgSession::execute(const Query& query) {
  std::vector<std::optional<std::string>> texts;
  std::vector<const char*> values;
  for (const Query::Value& value : query.values()) texts.push_back(std::visit(AsText{}, value));
  for (const auto& text : texts) values.push_back(text ? text->c_str() : nullptr);
  const auto params = pqxx::prepare::make_dynamic_params(values.begin(), values.end());
  if (!query.is_kept()) return transaction_.exec_params(query.sql(), params);
  const auto [at, fresh] = prepared_.try_emplace(query.sql(), "kept_" + std::to_string(prepared_.size()));
  if (fresh) transaction_.conn().prepare(at->second, query.sql());
  return transaction_.exec_prepared(at->second, params);
}

void PgSession::run(const Query& query, const std::function<void(const Row&)>& each) {
  const pqxx::result result = execute(query);
  if (!each) return;
  ResultRow at;
  for (const pqxx::row& row : result) {
    at.look_at(row);
    each(at);
  }
}

std::int64_t PgSession::newest_seq() {
  std::int64_t newest = 0;
  run(Query{"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM events_seq"}.kept(), [&](const Row& row) { newest = row.number(0); });
  return newest;
}

namespace {

// While the store is away every question fails, dozens a second with a dashboard open: one line in ten seconds says it.
void warn_seldom(std::string_view line) {
  constexpr std::int64_t kQuietUs = 10'000'000;
  static std::atomic<std::int64_t> next_us{0};
  const std::int64_t now_us = mono_us();
  std::int64_t due_us = next_us.load();
  if (now_us >= due_us && next_us.compare_exchange_strong(due_us, now_us + kQuietUs)) log::warn(line);
}

}  // namespace

// The texts of these exceptions stay unread: they hold statements and values.
Error current_error(bool& broken) {
  broken = false;
  try {
    throw;
  } catch (const Failure& failure) { return failure.error; } catch (const pqxx::sql_error& error) {
    broken = error.sqlstate().empty() || error.sqlstate().starts_with("57P") || error.sqlstate().starts_with("08");
    return error_of_state(error.sqlstate());
  } catch (const pqxx::broken_connection&) { warn_seldom("store: postgres connection failed"); } catch (const pqxx::in_doubt_error&) {
    log::warn("store: postgres connection failed during a commit");
  } catch (const std::exception&) { log::warn("store: postgres client failed"); }
  broken = true;
  return failures::kUnavailable;
}

}  // namespace lectr::store::postgres
