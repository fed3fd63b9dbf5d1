// Queries and rows over libpqxx. Private to this dialect.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <unordered_map>

#include "store/session.hpp"

namespace lectr::store::postgres {

// The statements that a connection has prepared, by their text. What goes in is marked in the code (Query::kept), so there are few.
using Prepared = std::unordered_map<std::string, std::string>;

class PgSession final : public Session {
 public:
  PgSession(pqxx::transaction_base& transaction, Prepared& prepared) : transaction_{transaction}, prepared_{prepared} {}
  void run(const Query& query, const std::function<void(const Row&)>& each = {}) override;
  std::int64_t newest_seq() override;
  bool partitioned() const noexcept override { return true; }

 private:
  pqxx::result execute(const Query& query);

  pqxx::transaction_base& transaction_;
  Prepared& prepared_;
};

// What went wrong, as an Error; `broken`: the connection can't be used any more. Called in a catch block.
Error current_error(bool& broken);

}  // namespace lectr::store::postgres
