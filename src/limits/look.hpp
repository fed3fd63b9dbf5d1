// What a look has seen so far. Its own, but for what `scope`, `table` and `fund` point to: these are the org's, under its lock.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lectr/limits/limiter.hpp"
#include "limits/scopes.hpp"

namespace lectr::limits {

struct Look::Seen {
  struct Row {
    std::size_t limit = 0;
    std::shared_ptr<const Scope> scope;  // for its label
    std::int64_t used = 0, rest = 0, refused_1h = 0, would_1h = 0;
  };
  struct OfLimit {
    const config::Limit* limit = nullptr;
    std::shared_ptr<Table> table;
    std::vector<Row> least;  // a heap, the most rest first
  };
  struct OfBudget {
    const config::Budget* budget = nullptr;
    std::shared_ptr<Fund> fund;
    BudgetState state;  // without its name
  };
  void keep();  // of the step's rows those with the least rest

  const config::Org* org = nullptr;
  std::shared_ptr<const config::Control> control;  // that `limit` and `budget` are of
  std::int64_t version = -1;
  std::vector<OfLimit> limits;
  std::vector<OfBudget> budgets;
  std::size_t at_budget = 0, at_limit = 0, left = SIZE_MAX;  // left: of this limit's scopes
  std::vector<Row> rows;                                     // of the last step
  bool gave_way = false;                                     // instead of the last step
};

}  // namespace lectr::limits
