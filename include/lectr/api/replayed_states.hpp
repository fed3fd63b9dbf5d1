// What stored requests would have met under the control state in force, and under a draft of it: as the composition root tells the API.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "lectr/base/event.hpp"
#include "lectr/base/sketch.hpp"

namespace lectr::api {

struct ReplayedState {
  __extension__ typedef __int128 Femto;
  using Target = std::pair<std::string, std::string>;  // provider, model

  std::int64_t passed = 0, rerouted = 0, downgraded = 0;  // rerouted: to another provider or model than was asked for
  std::int64_t limited = 0, blocked = 0;                  // refused by a limit, by a budget
  std::int64_t expected = 0;                              // that pass, and were refused then: their cost is what others of the feature and model cost
  std::int64_t cost_unknown = 0;                          // no price, or no tokens known
  Femto cost = 0, cost_low = 0, cost_high = 0;            // 1e-15 USD, of what passes
  Sketch latency_kept;                                    // of rows that go where they went
  std::map<Target, std::int64_t> moved;                   // the others, by where they go
  std::map<std::string, std::int64_t> by_rule, by_limit, by_budget;  // matched; refused; refused or downgraded. Without those in shadow

  // What is in shadow did nothing. What it would have done, each as if it alone were in force; a request that several stop is one.
  struct Shadow {
    std::int64_t stopped = 0, downgraded = 0;  // downgraded: and stopped by none
    std::map<std::string, std::int64_t> by_rule, by_limit, by_budget;
  } shadow;
};

struct ReplayedStates {
  std::int64_t requests = 0, skipped = 0;  // skipped: refused before a provider was chosen
  std::int64_t refused_then = 0;           // by a limit or budget: what they would have used nobody knows
  std::int64_t differ = 0;                 // decided in another way by the draft
  ReplayedState before, after;
};

class StatesReplay {
 public:
  virtual ~StatesReplay() = default;
  virtual void add(const Event& row) = 0;  // in order of their ends
  virtual ReplayedStates finish() = 0;
};

}  // namespace lectr::api
