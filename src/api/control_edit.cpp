#include "api/control_edit.hpp"

#include <algorithm>

#include "api/alert_channels.hpp"
#include "api/answers.hpp"
#include "lectr/config/control.hpp"

namespace lectr::api {

store::Author author_of(const Call& call, std::string note) {
  return {call.caller.name, call.caller.via == Via::session ? "dashboard" : "api", std::move(note)};
}

std::optional<Problem> no_hand_edits(const Call& call) {
  if (call.caller.via != Via::session) return {};
  const auto state = call.own.control_state();
  if (!state) return state.error().code == Code::not_found ? std::nullopt : std::optional{problem_of(state.error())};
  if (!config::read_own_settings(state->document).document_only) return {};
  return Problem{409, "document_only", "this org's control state is changed by its document alone (lectr apply); the dashboard only shows it", {}};
}

config::Problems forbidden_in(const Call& call, const config::Control& control, const store::ControlStateRow& before) {
  config::Problems out = forbidden_references(call.context, control);
  if (!call.context.credential_allowed) return out;
  const auto there = config::read_own_settings(before.document).providers;
  for (std::size_t i = 0; i < control.own.providers.size(); ++i) {
    const config::OwnProvider& p = control.own.providers[i];
    if (p.credential.empty() || call.context.credential_allowed(p.credential)) continue;
    if (std::any_of(there.begin(), there.end(), [&](const auto& t) { return t.name == p.name && t.credential == p.credential; })) continue;
    out.push_back({{}, "providers[" + std::to_string(i) + "].credential", std::string{kForbiddenCredential}});
  }
  return out;
}

}  // namespace lectr::api
