// What endpoints work with, who calls, and the endpoint table.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/http.hpp"
#include "api/throttle.hpp"
#include "lectr/api/server.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::api {

// One per server; endpoints run on pool threads and may block on the stores.
struct Context {
  store::Stores& stores;
  std::function<Status()> status;
  std::function<void()> control_changed;
  std::string proxy_url;
  LoginThrottle throttle;
  std::function<std::int64_t()> now_us;

  store::EventStore& events() const { return *stores.events; }
  store::ControlStore& control() const { return *stores.control; }
};

enum class Via : std::uint8_t { nobody, session, token };
struct Caller {
  OrgId org = 0;
  store::Role role = store::Role::viewer;
  std::string name;
  Via via = Via::nobody;
  std::optional<store::Digest> session;
  std::optional<std::int64_t> expires_at_us;
};

// Who sends this: API token first, then session cookie. A store that can't say is a problem of ours (503), never a 401.
Parsed<Caller> authenticate(Context& context, const Request& request);

enum class Access : std::uint8_t { anyone, viewer, editor };
// Where an endpoint runs. `hashing` is the two threads that may spend 64 MiB and 100 ms on a password each.
enum class Lane : std::uint8_t { store, hashing };
using Handler = Reply (*)(Context&, const Caller&, const Request&);
struct Endpoint {
  Verb verb;
  std::string_view path; /* under /api/v1; a last part "{id}" takes any text */
  Access access;
  Lane lane;
  Handler handle;
};

std::span<const Endpoint> endpoints() noexcept;
std::string_view last_segment(std::string_view path) noexcept;  // the text that "{id}" took

// The endpoint for a path and verb; a problem is 404, or 405 when another verb has it.
Parsed<const Endpoint*> find_endpoint(Verb verb, std::string_view path) noexcept;
// Checks, then calls: cross-site requests, authentication, role, the endpoint. Blocks; catches everything.
Reply serve_api(Context& context, const Endpoint& endpoint, const Request& request) noexcept;

}  // namespace lectr::api
