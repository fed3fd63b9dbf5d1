#include "control_states.hpp"

#include <algorithm>

#include "lectr/config/rules.hpp"
#include "lectr/config/stored_control.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::app {
namespace {

std::vector<config::ModelGlob> own_models(const config::Control& control, const config::Registry& registry) {
  std::vector<config::ModelGlob> out;
  for (const config::OwnModel& model : control.own.models)
    out.push_back({model.name, static_cast<std::uint16_t>(std::count_if(model.name.begin(), model.name.end(), [](char c) { return c != '*'; })),
                   registry.by_name.at(model.provider)});
  // An exact name is more specific than a pattern with as many characters.
  const auto rank = [](const config::ModelGlob& m) { return 2 * m.literals + (m.text.find('*') == std::string::npos ? 1 : 0); };
  std::stable_sort(out.begin(), out.end(), [&](const auto& a, const auto& b) { return rank(a) > rank(b); });
  return out;
}

}  // namespace

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
    auto parsed = config::parse_stored_control(row.document, registry);
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
  if (org.control) org.own_models = own_models(*org.control, *registry_);
  org.downgrades = org.control && std::any_of(org.control->budgets.begin(), org.control->budgets.end(),
                                              [](const config::Budget& b) { return b.enabled && !b.shadow && b.at_cap == config::AtCap::downgrade; });
  if (org.rules && !switched.empty()) org.rules = config::compile_rules(*org.control, *registry_, switched);
}

}  // namespace lectr::app
