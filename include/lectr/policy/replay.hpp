// What rules would have meant for requests that have been: the rows' metadata goes through the same route() once more. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lectr/base/event.hpp"
#include "lectr/base/sketch.hpp"
#include "lectr/policy/route.hpp"

namespace lectr::policy {

// What the org has: a request may bring more. Providers that take no key need none. Both must outlive it; `org` may be null.
class OrgTargets final : public TargetView {
 public:
  OrgTargets(const config::Registry& registry, const config::Org* org) : registry_{registry}, org_{org} {}
  bool has_credential(config::ProviderIndex at) const noexcept override;

 private:
  const config::Registry& registry_;
  const config::Org* org_;
};

// The model that a row's request was sent on with: the last target's of its `why`, else the one asked for.
std::string sent_model(const Event& row);

struct ReplayedRule {
  std::string name;
  bool shadow = false;
  std::int64_t requests = 0, rerouted = 0;  // of a rule in shadow: what it would have taken and moved
};

class Replay {
 public:
  __extension__ typedef __int128 Femto;
  using Target = std::pair<std::string, std::string>;  // provider, model

  // All must outlive it. `own`: the org's prices, or null.
  Replay(const config::CompiledRules& rules, const config::Registry& registry, const config::PriceTable& prices, const config::PriceTable* own,
         const TargetView& view);

  void add(const Event& row);

  std::int64_t requests = 0, matched = 0, rerouted = 0;
  std::int64_t cost_unknown = 0;  // rerouted rows whose cost there can't be told: no price, or no tokens known
  Femto cost_before = 0;          // of the rows whose cost is known before and after
  Femto cost_after = 0, cost_low = 0, cost_high = 0;
  Sketch latency_before, latency_kept;   // of all rows; of those that stay where they were
  std::map<Target, std::int64_t> moved;  // rerouted rows by where they go
  std::vector<ReplayedRule> rules() const;

 private:
  void settle(const Event& row, const RouteTarget& target);

  const config::CompiledRules& rules_;
  const config::Registry& registry_;
  const config::PriceTable& prices_;
  const config::PriceTable* own_;
  const TargetView& view_;
  std::map<std::string, ReplayedRule> by_rule_;
};

}  // namespace lectr::policy
