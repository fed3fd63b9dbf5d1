// Whether a state-changing request comes from our own page or from a program, not from somebody else's page. Pure.
#pragma once

#include "api/http.hpp"

namespace lectr::api {

// How strict: a session cookie is sent by the browser on its own, so the request must prove where it comes from. Without a cookie (login,
// API tokens) only a request that says it comes from elsewhere is refused.
enum class Proof : std::uint8_t { needed, unless_foreign };

bool same_origin(const Request& request, Proof proof) noexcept;

}  // namespace lectr::api
