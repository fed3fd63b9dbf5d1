// Looks after the orgs' latency targets: P95 of each one's window as the store's sums have it, which count what all instances did, so that all of them
// come to the same verdict. look() by one thread; the rest by any.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "lectr/api/server.hpp"
#include "lectr/config/snapshot.hpp"
#include "lectr/policy/latency_target.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::app {

using SwitchedRules = std::map<OrgId, std::set<std::string>>;

class LatencyWatch {
 public:
  // True: a rule is to be switched to its fallbacks, or back. What changed is logged and written down, once for all instances.
  bool look(const config::Snapshot& snapshot, store::Stores& stores, std::int64_t unix_us);
  SwitchedRules switched() const;
  std::vector<api::LatencyNow> states(OrgId org) const;

 private:
  struct Watched {
    policy::LatencyVerdict verdict;
    policy::LatencyReading reading;
    std::string switch_rule;
  };
  using Name = std::pair<OrgId, std::string>;
  bool look_at(OrgId org, const config::LatencyTarget& target, store::Stores& stores, std::int64_t unix_us);

  mutable std::mutex mutex_;
  std::map<Name, Watched> targets_;
};

}  // namespace lectr::app
