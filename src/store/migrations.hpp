// The schema changes that the binary carries, in order. Files: migrations/<dialect>/NNNN_name.sql.
#pragma once

#include <span>
#include <string_view>

namespace lectr::store {

struct Migration {
  int number;
  std::string_view name, sql;
};

std::span<const Migration> sqlite_migrations() noexcept;
std::span<const Migration> postgres_migrations() noexcept;

}  // namespace lectr::store
