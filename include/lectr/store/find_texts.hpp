// Looks for texts in everything that a Postgres store holds, for audits. SQLite's are files: read them. Blocks, and reads whole tables, but of rows of
// exchanges only those that ended since `since_us`.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lectr/base/result.hpp"

namespace lectr::store {

struct FoundText {
  std::size_t text = 0;  // which of them
  std::string table;
};
struct TextSearch {
  std::size_t tables = 0;
  std::vector<FoundText> found;
};
// Nothing is searched where `url` names no Postgres.
Result<TextSearch> find_texts(const std::string& url, std::span<const std::string> texts, std::int64_t since_us);

}  // namespace lectr::store
