// The same decision once more, from what a row keeps: how a request was asked, what its targets' states were, and whether route() says again what was
// done. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "lectr/base/event.hpp"
#include "lectr/policy/route.hpp"

namespace lectr::policy {

// A row's request as it was asked, before rules. Views into the row.
struct AskedRoute {
  config::ProviderIndex provider = 0;
  wire::Endpoint endpoint;
  bool can_rewrite = true;

  RouteQuery query(const Event& row) const noexcept;
};
// None: no provider was chosen, or the registry no longer has it.
std::optional<AskedRoute> asked_of(const Event& row, const config::Registry& registry);

struct Explanation {
  RoutePlan plan;  // points into the rules and the row
  bool same = false;
  std::string remark;  // what differs, or what can't be told from the row
};
// `rules`: those of the version that the row names. Breakers, quotas and credentials are taken as the row tells them.
Explanation explain(const Event& row, const AskedRoute& asked, const config::CompiledRules& rules, const config::Registry& registry,
                    std::span<const config::ProviderIndex> own_bases);

}  // namespace lectr::policy
