#include "api/endpoints.hpp"

#include <exception>

#include "api/csrf.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::api {
namespace {

constexpr Endpoint kEndpoints[] = {
    {Verb::post, "/login", Access::anyone, Lane::hashing, &post_login},
    {Verb::post, "/logout", Access::viewer, Lane::store, &post_logout},
    {Verb::get, "/me", Access::viewer, Lane::store, &get_me},
    {Verb::get, "/requests", Access::viewer, Lane::store, &get_requests},
    {Verb::get, "/requests/{id}", Access::viewer, Lane::store, &get_request},
    {Verb::get, "/overview", Access::viewer, Lane::store, &get_overview},
    {Verb::get, "/status", Access::viewer, Lane::store, &get_status},
    {Verb::get, "/keys", Access::viewer, Lane::store, &get_keys},
    {Verb::post, "/keys", Access::editor, Lane::store, &post_key},
    {Verb::del, "/keys/{id}", Access::editor, Lane::store, &delete_key},
};
constexpr std::string_view kRoot = "/api/v1";

bool matches(std::string_view pattern, std::string_view path) noexcept {
  if (!pattern.ends_with("/{id}")) return pattern == path;
  const auto prefix = pattern.substr(0, pattern.size() - 4);
  return path.size() > prefix.size() && path.starts_with(prefix) && path.find('/', prefix.size()) == path.npos;
}

bool may(const Caller& caller, Access access) noexcept {
  return access == Access::anyone || (caller.via != Via::nobody && (access == Access::viewer || caller.role >= store::Role::editor));
}

Reply serve_checked(Context& context, const Endpoint& endpoint, const Request& request) {
  Caller caller;
  if (endpoint.access != Access::anyone) {
    auto known = authenticate(context, request);
    if (!known) return Reply::problem(known.error());
    caller = std::move(*known);
  }
  if (!same_origin(request, caller.via == Via::session ? Proof::needed : Proof::unless_foreign))
    return Reply::problem(Problem{403, "cross_site", "send X-Lectr-Csrf: 1, or come from this origin", {}});
  if (!may(caller, endpoint.access)) return Reply::problem(Problem{403, "forbidden", "an editor or admin may do this", {}});
  return endpoint.handle(context, caller, request);
}

}  // namespace

std::span<const Endpoint> endpoints() noexcept { return kEndpoints; }

std::string_view last_segment(std::string_view path) noexcept { return path.substr(path.rfind('/') + 1); }

Parsed<const Endpoint*> find_endpoint(Verb verb, std::string_view path) noexcept {
  bool other_verb = false;
  if (path.starts_with(kRoot)) {
    path.remove_prefix(kRoot.size());
    for (const Endpoint& endpoint : kEndpoints) {
      if (!matches(endpoint.path, path)) continue;
      if (endpoint.verb == verb) return &endpoint;
      other_verb = true;
    }
  }
  if (other_verb) return Problem{405, "method_not_allowed", "this path has other methods", {}};
  return Problem{404, "not_found", "there is no such endpoint", {}};
}

Reply serve_api(Context& context, const Endpoint& endpoint, const Request& request) noexcept try {
  return serve_checked(context, endpoint, request);
} catch (const std::exception&) {
  // The text of the exception may hold what a client sent: the endpoint is named, nothing more.
  log::error("api: exception in endpoint " + std::string{endpoint.path});
  return Reply::problem(Problem{500, "internal_error", "the request failed inside Lectr", {}});
}

}  // namespace lectr::api
