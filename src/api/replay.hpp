// What rules would have meant for the caller's stored requests, for those who have rules: a draft, a recommendation.
#pragma once

#include "api/context.hpp"
#include "api/json.hpp"
#include "api/window.hpp"
#include "lectr/config/control.hpp"
#include "lectr/config/rules.hpp"

namespace lectr::api {

// The answer of POST /control/replay. Bounded in rows and time: an answer that is not complete says so. Blocks on the store. `draft`: the whole control
// state that the rules are of, to be held against the one in force; null: rules alone.
Answer replay_of(const Call& call, const config::CompiledRules& rules, const Span& span, const config::Control* draft = nullptr);
// The body's `window`, ending now; `otherwise` where there is none.
Parsed<Span> replay_span(const Json& body, std::int64_t now_us, const char* otherwise);

}  // namespace lectr::api
