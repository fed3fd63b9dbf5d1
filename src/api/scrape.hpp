// GET /metrics: the operator's, so no login of an org opens it. By a token where one is set; else for callers on this machine alone.
#pragma once

#include "api/context.hpp"

namespace lectr::api {

// Whether a request came from a process on this machine and through nobody: a proxy beside us would make all of its callers local.
bool is_local(const Request& request) noexcept;

// On its own thread: neither a store that hangs nor many passwords hold it up.
Reply serve_metrics(const Context& context, const Request& request);

}  // namespace lectr::api
