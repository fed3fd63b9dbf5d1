// How far an org's limits and budgets are used here and now; the daemon tells, the API shows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lectr/base/money.hpp"

namespace lectr::api {

struct LimitsNow {
  struct Scope {
    std::string scope;  // "key 7", "feature chat"; empty: the whole org
    std::int64_t used = 0, rest = 0, refused_1h = 0, would_refuse_1h = 0;
  };
  struct Limit {
    std::string name;
    std::vector<Scope> scopes;
  };
  struct Budget {
    std::string name;
    std::int64_t from_us = 0, to_us = 0;  // unix
    NanoMoney spent, held;
    std::int64_t blocked_1h = 0, would_block_1h = 0, downgraded_1h = 0, would_downgrade_1h = 0;
    std::int64_t unpriced = 0;  // requests of the window
  };
  std::vector<Limit> limits;    // that are enabled and were used
  std::vector<Budget> budgets;  // that are enabled
};

}  // namespace lectr::api
