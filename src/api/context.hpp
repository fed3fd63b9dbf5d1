// What endpoints work with, who calls, and the endpoint table.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/http.hpp"
#include "api/own_stores.hpp"
#include "api/throttle.hpp"
#include "lectr/api/server.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::api {

class LiveHub;

// One per server; endpoints run on pool threads and may block on the stores.
struct Context {
  store::Stores& stores;  // endpoints take Call::own; only who logs in and who calls is asked beyond an org
  std::function<Status()> status;
  std::function<void()> control_changed;
  std::string proxy_url;
  LoginThrottle throttle;
  std::function<std::int64_t()> now_us;
  std::function<std::vector<ProviderInfo>()> providers = {};
  std::function<bool(const std::string&)> credential_found = {}, credential_allowed = {};
  std::function<std::shared_ptr<const config::Snapshot>()> snapshot = {};
  std::string instance_id = {};
  std::function<std::optional<LimitsNow>(OrgId)> limits = {};
  std::function<std::vector<BreakerNow>(OrgId)> breakers = {};
  std::function<std::vector<LatencyNow>(OrgId)> latencies = {};
  std::function<std::unique_ptr<StatesReplay>(OrgId, const config::Control&, const std::vector<store::KeyRow>&, std::int64_t)> replay_states = {};
  std::function<bool(const std::string&)> alert_reference_allowed = {};
  bool alerts_can_mail = false;
  std::function<std::string(const store::ControlEventRow&)> alert_title = {};
  std::function<Result<AlertTested>(OrgId, const std::string&, const std::string&)> test_alert = {};
  std::atomic<int> alert_tests{0};  // under way
  std::function<std::string()> metrics = {};
  std::function<bool(std::string_view)> metrics_token_fits = {};  // not set: there is no token
  LiveHub* live = nullptr;                                        // null: no live updates
  std::atomic<int> exports{0};                                    // under way

  store::ControlStore& control() const { return *stores.control; }
  void changed() const {
    if (control_changed) control_changed();
  }
};

enum class Via : std::uint8_t { nobody, session, token };
struct Caller {
  OrgId org = 0;
  store::Role role = store::Role::viewer;
  std::string name;
  Via via = Via::nobody;
  std::optional<store::Digest> session;
  std::optional<std::int64_t> expires_at_us;
  std::int64_t user = 0;  // 0: a token, or nobody
};

// Who sends this: API token first, then session cookie. A store that can't say is a problem of ours (503), never a 401.
Parsed<Caller> authenticate(Context& context, const Request& request);

// One request that was let in.
struct Call {
  Context& context;
  const Caller& caller;
  const Request& request;
  OwnStores own;

  const Query& query() const noexcept { return request.query; }
  std::int64_t now_us() const { return context.now_us(); }
};

enum class Access : std::uint8_t { anyone, viewer, editor, admin };
// Where an endpoint runs. `hashing` is the two threads that may spend 64 MiB and 100 ms on a password each.
enum class Lane : std::uint8_t { store, hashing };
using Handler = Reply (*)(const Call&);
struct Endpoint {
  Verb verb;
  std::string_view path; /* under /api/v1; a part in braces takes any text */
  Access access;
  Lane lane;
  Handler handle;
  std::span<const std::string_view> parameters; /* of the query; any other is refused */
};

std::span<const Endpoint> endpoints() noexcept;
// Part `at` of a path, from 0 after /api/v1, percent-decoded: what "{id}" took. Empty: there is none, or it is not encoded correctly.
std::string path_part(std::string_view path, std::size_t at);

// The endpoint for a path and verb; a problem is 404, or 405 when another verb has it.
Parsed<const Endpoint*> find_endpoint(Verb verb, std::string_view path) noexcept;
// Checks, then calls: cross-site requests, authentication, role, parameters, the endpoint. Blocks; catches everything.
Reply serve_api(Context& context, const Endpoint& endpoint, const Request& request) noexcept;
// Of a caller who is known already: the parameters and the endpoint alone.
Reply serve_caller(Context& context, const Caller& caller, const Endpoint& endpoint, const Request& request) noexcept;

}  // namespace lectr::api
