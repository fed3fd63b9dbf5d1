// What the control state, or a look at the traffic, brought about.
#pragma once

#include <cstdint>
#include <string>

#include "lectr/base/ids.hpp"

namespace lectr::store {

struct ControlEventRow {
  std::int64_t id = 0;
  OrgId org = 0;
  std::string kind, name, key; /* anomaly, budget, latency; whose; what makes it one of its own */
  std::int64_t at_us = 0;
  std::string detail; /* a JSON object */
};

}  // namespace lectr::store
