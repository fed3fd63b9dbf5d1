// Hits of rules by hour, kept up by roll(). Within the caller's transaction.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "store/session.hpp"

namespace lectr::store {

class RuleHitCounts {
 public:
  void add(const Event& event);  // of which rule, why, org and time are set
  void write(Session& session) const;

 private:
  struct Key {
    OrgId org = 0;
    std::int64_t hour_us = 0;
    std::string rule;
    bool shadow = false;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  std::map<Key, std::int64_t> counts_;
};

std::vector<RuleHits> read_rule_hits(Session& session, OrgId org, std::int64_t from_us, std::int64_t to_us);

}  // namespace lectr::store
