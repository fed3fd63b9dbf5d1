#include "lectr/store/find_texts.hpp"

#include <pqxx/pqxx>

#include "store/postgres/database.hpp"

namespace lectr::store {
namespace {

constexpr const char* kTables =
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname";

std::string hex_of(const std::string& text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) out.append({kHex[static_cast<unsigned char>(c) >> 4U], kHex[c & 15]});
  return out;
}

bool holds(pqxx::work& transaction, const std::string& table, const std::string& text, std::int64_t since_us) {
  const std::string name = transaction.quote_name(table);
  // Bytes are written as hexadecimal digits in a row's text.
  const std::string query = "SELECT EXISTS (SELECT FROM " + name + " AS t WHERE " +
                            (table == "events" ? "completed_at_us >= " + std::to_string(since_us) + " AND " : std::string{}) + "(position(" +
                            transaction.quote(text) + " in t::text) > 0 OR position(" + transaction.quote(hex_of(text)) + " in t::text) > 0))";
  return transaction.exec1(query)[0].as<bool>();
}

}  // namespace

Result<TextSearch> find_texts(const std::string& url, std::span<const std::string> texts, std::int64_t since_us) {
  TextSearch out;
  if (!url.starts_with("postgres://") && !url.starts_with("postgresql://")) return out;
  postgres::PostgresDatabase database{url};
  const auto done = database.on_connection([&](pqxx::connection_base& connection) {
    pqxx::work transaction{connection};
    transaction.exec("SET LOCAL statement_timeout = 0");
    for (const auto& row : transaction.exec(kTables)) {
      ++out.tables;
      const auto table = row[0].as<std::string>();
      for (std::size_t i = 0; i < texts.size(); ++i)
        if (holds(transaction, table, texts[i], since_us)) out.found.push_back({i, table});
    }
  });
  if (!done) return done.error();
  return out;
}

}  // namespace lectr::store
