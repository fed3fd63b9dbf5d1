#include "api/control_edit.hpp"

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

}  // namespace lectr::api
