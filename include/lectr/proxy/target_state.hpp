// How a target of an org's rules is doing on this instance, for whoever wants to show it.
#pragma once

#include <cstdint>
#include <string>

#include "lectr/policy/breaker.hpp"

namespace lectr::proxy {

struct TargetState {
  std::string provider, model;  // model empty: as the client asked
  bool credential = false;      // not a target: one of the provider's credentials, whose account is empty or which is refused
  policy::BreakerState state = policy::BreakerState::closed;
  policy::BreakerReason reason = policy::BreakerReason::none;
  std::int64_t since_us = 0, next_probe_us = 0;  // unix time; 0: not known, none
  // Attempts that are over, and those of them that failed, since the start of this process; of a credential since it was first refused.
  std::uint64_t requests = 0, failures = 0;
};

struct BreakerCounts {
  std::uint64_t closed = 0, open = 0, half_open = 0;
};

}  // namespace lectr::proxy
