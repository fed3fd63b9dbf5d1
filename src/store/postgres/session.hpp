// Queries and rows over libpqxx. Private to this dialect.
#pragma once

#include <pqxx/pqxx>

#include "store/session.hpp"

namespace lectr::store::postgres {

class PgSession final : public Session {
 public:
  explicit PgSession(pqxx::transaction_base& transaction) : transaction_{transaction} {}
  void run(const Query& query, const std::function<void(const Row&)>& each = {}) override;
  std::int64_t newest_seq() override;
  bool partitioned() const noexcept override { return true; }

 private:
  pqxx::transaction_base& transaction_;
};

// What went wrong, as an Error; `broken`: the connection can't be used any more. Called in a catch block.
Error current_error(bool& broken);

}  // namespace lectr::store::postgres
