// The endpoints, a file per family. Each parses, asks the store, answers.
#pragma once

#include "api/context.hpp"

namespace lectr::api {

// login.cpp
Reply post_login(Context&, const Caller&, const Request&);   // {user,password} -> 200 and a cookie | 401 | 429
Reply post_logout(Context&, const Caller&, const Request&);  // 204
Reply get_me(Context&, const Caller&, const Request&);
// requests.cpp
Reply get_requests(Context&, const Caller&, const Request&);  // newest first
Reply get_request(Context&, const Caller&, const Request&);
Reply get_overview(Context&, const Caller&, const Request&);
Reply get_status(Context&, const Caller&, const Request&);
// keys.cpp
Reply get_keys(Context&, const Caller&, const Request&);
Reply post_key(Context&, const Caller&, const Request&);    // {name, expires_at?} -> 201 with the secret, this once
Reply delete_key(Context&, const Caller&, const Request&);  // 204

}  // namespace lectr::api
