// Who may change the control state, and how a change is signed.
#pragma once

#include "api/context.hpp"
#include "lectr/config/control.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::api {

inline constexpr std::string_view kForbiddenCredential =
    "name a variable that ends in _API_KEY, or a file in /run/secrets or in the state folder's secrets; whoever runs the gateway can set others with "
    "lectr org credential";

store::Author author_of(const Call& call, std::string note);
// Why the dashboard may not change it: the org has said that the document is the only way. Blocks on the store.
std::optional<Problem> no_hand_edits(const Call& call);

// References that an org may not name. What `before` has already stays: whoever runs the gateway may set others.
config::Problems forbidden_in(const Call& call, const config::Control& control, const store::ControlStateRow& before);

}  // namespace lectr::api
