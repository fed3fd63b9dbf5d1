#include "lectr/policy/replay.hpp"

#include "lectr/policy/explain.hpp"
#include "lectr/policy/price.hpp"
#include "lectr/policy/why.hpp"

namespace lectr::policy {

bool OrgTargets::has_credential(config::ProviderIndex at) const noexcept {
  const config::Provider& p = registry_.providers[at];
  const bool keyless = p.auth == config::AuthStyle::bearer && p.key_prefixes.empty() && p.key_shapes.empty();
  return keyless || (org_ != nullptr && org_->credentials.contains(p.name));
}

std::string sent_model(const Event& row) {
  if (row.why.find("t:") == row.why.npos) return row.model_requested;
  const auto why = read_why(row.why);
  return why && !why->targets.empty() && !why->targets.back().model.empty() ? why->targets.back().model : row.model_requested;
}

Replay::Replay(const config::CompiledRules& rules, const config::Registry& registry, const config::PriceTable& prices, const config::PriceTable* own,
               const TargetView& view)
    : rules_{rules}, registry_{registry}, prices_{prices}, own_{own}, view_{view} {
  for (const auto& rule : rules.rules) by_rule_[rule.name] = {rule.name, rule.shadow};
}

void Replay::add(const Event& row) {
  const auto asked = asked_of(row, registry_);
  if (!asked) return;  // refused before a provider was chosen, or it is unknown by now
  ++requests;
  latency_before.add(row.latency_us);
  const RoutePlan plan = route(rules_, registry_, asked->query(row), view_, dice_of(row.id));
  const RouteTarget& target = plan.targets.front();
  const bool moves = plan.rule != nullptr && plan.rule_works && !target.as_asked;
  if (plan.rule) {
    ++matched;
    ReplayedRule& rule = by_rule_[plan.rule->name];
    ++rule.requests;
    rule.rerouted += moves ? 1 : 0;
  }
  if (plan.shadow) ++by_rule_[plan.shadow->name].requests;
  if (moves) return settle(row, target);
  latency_kept.add(row.latency_us);
  if (!row.cost) return;
  cost_before += row.cost->femto;
  cost_after += row.cost->femto;
  cost_low += row.cost_low.value_or(*row.cost).femto;
  cost_high += row.cost_high.value_or(*row.cost).femto;
}

void Replay::settle(const Event& row, const RouteTarget& target) {
  ++rerouted;
  const std::string& provider = registry_.providers[target.provider].name;
  const std::string model{target.model.empty() ? std::string_view{row.model_requested} : target.model};
  ++moved[{provider, model}];
  CostQuery query;
  query.provider = provider;
  query.model = model;
  query.usage.input = row.tokens_input;
  query.usage.output = row.tokens_output;
  query.usage.reasoning = row.tokens_reasoning;
  query.at_us = row.completed_at_us;
  const Cost cost = price(prices_, query, own_);
  if (!cost.value || !row.cost) {
    ++cost_unknown;
    return;
  }
  cost_before += row.cost->femto;
  cost_after += cost.value->femto;
  cost_low += cost.low.value_or(*cost.value).femto;
  cost_high += cost.high.value_or(*cost.value).femto;
}

std::vector<ReplayedRule> Replay::rules() const {
  std::vector<ReplayedRule> out;
  for (const auto& rule : rules_.rules) out.push_back(by_rule_.at(rule.name));
  return out;
}

}  // namespace lectr::policy
