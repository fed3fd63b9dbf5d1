#include "control_states.hpp"

#include <algorithm>

#include "lectr/config/rules.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::app {

bool ControlStates::follow(const std::map<OrgId, std::int64_t>& versions, const Read& read, const config::Registry& registry) {
  std::map<OrgId, store::ControlStateRow> fresh;
  const bool other_registry = registry_ != &registry;
  for (const auto& [org, version] : versions) {
    const auto known = states_.find(org);
    if (known != states_.end() && known->second.seen == version && !other_registry) continue;
    auto row = read(org);
    if (!row) return false;
    fresh.emplace(org, std::move(*row));
  }
  std::erase_if(states_, [&](const auto& entry) { return !versions.contains(entry.first); });
  registry_ = &registry;
  for (const auto& [org, row] : fresh) {
    State& state = states_[org];
    state.seen = row.version;
    auto parsed = config::parse_control(row.document, registry);
    if (!parsed) {
      log::error("version " + std::to_string(row.version) + " of the control state of org " + std::to_string(org) +
                 " can't be used here: " + parsed.error().front().to_text() + "; version " + std::to_string(state.version) + " stays in force");
      continue;
    }
    state.version = row.version;
    state.control = std::make_shared<const config::Control>(std::move(*parsed));
    state.rules = state.control->rules.empty() ? nullptr : config::compile_rules(*state.control, registry);
  }
  return true;
}

std::map<OrgId, store::ControlStateRow> ControlStates::documents() const {
  std::map<OrgId, store::ControlStateRow> out;
  for (const auto& [org, state] : states_)
    if (state.control)
      out.emplace(org, store::ControlStateRow{.org = org, .version = state.version, .document = config::write_control(*state.control)});
  return out;
}

void ControlStates::put_into(config::Org& org, const std::set<std::string>& switched) const {
  const auto state = states_.find(org.id);
  if (state == states_.end()) return;
  org.control_version = state->second.version;
  org.control = state->second.control;
  org.rules = state->second.rules;
  org.downgrades = org.control && std::any_of(org.control->budgets.begin(), org.control->budgets.end(),
                                              [](const config::Budget& b) { return b.enabled && !b.shadow && b.at_cap == config::AtCap::downgrade; });
  if (org.rules && !switched.empty()) org.rules = config::compile_rules(*org.control, *registry_, switched);
}

}  // namespace lectr::app
