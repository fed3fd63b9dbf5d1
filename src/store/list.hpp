// All rows of one query, read in a transaction of its own.
#pragma once

#include <vector>

#include "store/session.hpp"

namespace lectr::store {

template <class T, class Make>
Result<std::vector<T>> list_rows(Database& database, const Query& query, Make make) {
  std::vector<T> rows;
  const auto done = database.read([&](Session& session) {
    rows.clear();
    session.run(query, [&](const Row& row) { rows.push_back(make(row)); });
  });
  if (!done) return done.error();
  return rows;
}

}  // namespace lectr::store
