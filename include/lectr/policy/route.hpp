// Where a request goes by its org's rules: to which targets, in which order, and why. Pure: health, credentials and dice come in as arguments. One
// function serves the request, the dry run and the replay. No match, and whatever can't work: the request passes as the client sent it.
#pragma once

#include <boost/container/static_vector.hpp>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "lectr/base/ids.hpp"
#include "lectr/config/rules.hpp"
#include "lectr/wire/endpoint.hpp"

namespace lectr::policy {

inline constexpr std::size_t kMaxPlan = config::kMaxFallback + 2;  // one of the split, the fallbacks, and as asked

// Why a target is not in the plan, or a rule does nothing. `note` texts of a row.
enum class Unfit : std::uint8_t { no, no_base, other_path, no_rewrite, no_credential, unhealthy, full };
std::string_view to_text(Unfit) noexcept;

// What a decision needs of the world. The default: all is well and every credential is there.
class TargetView {
 public:
  virtual ~TargetView() = default;
  // no, unhealthy (its breaker is open) or full (its quota at the provider is used up). `model` as the rule names it; empty: as asked.
  virtual Unfit state(config::ProviderIndex, std::string_view /*model*/) const noexcept { return Unfit::no; }
  virtual bool has_credential(config::ProviderIndex) const noexcept { return true; }
  // Whether the rule's fallbacks come first, since a latency target is missed.
  virtual bool switched(const config::CompiledRule& rule) const noexcept { return rule.switched; }
  // The value of the request header that keeps a client where it is; `name` in lower case. Empty: dice.
  virtual std::string_view sticky(std::string_view /*name*/) const noexcept { return {}; }
};

struct RouteQuery {
  std::string_view feature, task;
  config::ProviderIndex provider = 0;  // as detected
  std::string_view model;              // as asked; empty: none
  const wire::Endpoint* endpoint = nullptr;
  bool can_rewrite = true;                           // the model's name can be replaced in this request's bytes
  bool must_stay = false;                            // an upgrade, a body that is not held: only the detected provider can take it
  std::span<const config::ProviderIndex> own_bases;  // providers that the org has a base URL of its own for
};

struct RouteTarget {
  config::ProviderIndex provider = 0;
  std::string_view model;  // empty: as asked
  std::string_view named;  // as the rule names it: the health of a target is kept under its name in the rules
  std::uint32_t share_permille = 1000;
  bool fallback = false;  // tried only when those before it failed
  bool as_asked = false;  // neither provider nor model differ from the request's own
};

// Targets that could not be taken, for `why`.
struct SkippedTarget {
  config::ProviderIndex provider = 0;
  std::string_view model;
  Unfit unfit = Unfit::no;
};

struct RoutePlan {
  boost::container::static_vector<RouteTarget, kMaxPlan> targets;  // never empty after route()
  boost::container::static_vector<SkippedTarget, kMaxPlan + config::kMaxSplit> skipped;
  const config::CompiledRule* rule = nullptr;    // in force; null: no rule matched
  const config::CompiledRule* shadow = nullptr;  // would have routed this request, had it been in force
  bool switched = false;                         // its fallbacks came first
  bool rule_works = true;                        // false: the rule matched, but nothing of it can be done here, so the request passes as asked
  std::chrono::milliseconds first_byte_timeout{0}, total_timeout{0};
};

// What a request's split is thrown with: its id, so that the same row falls into the same part however often it is looked at.
std::uint64_t dice_of(const Uuid& id) noexcept;

// Views in the plan point into `rules` and the query. No allocation.
RoutePlan route(const config::CompiledRules& rules, const config::Registry& registry, const RouteQuery& query, const TargetView& view,
                std::uint64_t dice) noexcept;

// Whether a provider other than the detected one has this path: OpenAI-compatible paths that hold no state cross as far as the provider is known
// to have them, /v1/messages goes where it is spoken, everything else stays. Providers that are not built in are taken to have all.
bool can_serve(const config::Provider& provider, const wire::Endpoint& endpoint) noexcept;

// Whether this target can do anything with the request at all; health is not asked.
Unfit fitness(const config::Registry& registry, const RouteQuery& query, const TargetView& view, const config::CompiledTarget& target) noexcept;

}  // namespace lectr::policy
