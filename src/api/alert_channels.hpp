// What stands in the way of a channel's deliveries here and now, and what its owner should know. Pure but for looking whether references lead somewhere.
#pragma once

#include "api/context.hpp"
#include "lectr/config/control.hpp"

namespace lectr::api {

// References that an org may not name: the document is refused.
config::Problems forbidden_references(const Context& context, const config::Control& control);
// Why nothing can be delivered; empty: it can, as far as can be seen from here. The field is the channel's own ("url").
std::optional<config::Problem> channel_problem(const Context& context, const config::Channel& channel);
// For the editor: those, and deliveries that are unsigned or readable on their way. `signed_names`: channels with a secret that Lectr made.
config::Problems channel_warnings(const Context& context, const config::Control& control, const std::map<std::string, std::int64_t>& signed_names);

}  // namespace lectr::api
