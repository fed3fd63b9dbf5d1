#include "lectr/api/local.hpp"

#include <algorithm>

#include "api/context.hpp"
#include "lectr/base/clock.hpp"

namespace lectr::api {
namespace {

// What answers from the store alone.
constexpr std::string_view kServed[] = {"/control", "/instances"};

std::optional<Verb> verb_of(std::string_view method) noexcept {
  constexpr std::pair<std::string_view, Verb> kVerbs[] = {
      {"GET", Verb::get}, {"POST", Verb::post}, {"PUT", Verb::put}, {"PATCH", Verb::patch}, {"DELETE", Verb::del}};
  for (const auto& [name, verb] : kVerbs)
    if (name == method) return verb;
  return {};
}

LocalAnswer told(Reply reply) { return {reply.status, std::move(reply.body)}; }

}  // namespace

LocalAnswer answer_locally(const LocalOptions& options, std::string_view method, std::string_view target, std::string body) {
  const auto verb = verb_of(method);
  const auto question = std::min(target.find('?'), target.size());
  const std::string path{target.substr(0, question)};
  const auto query = Query::parse(question < target.size() ? target.substr(question + 1) : std::string_view{});
  if (!query) return told(Reply::problem(query.error()));
  const auto endpoint = find_endpoint(verb.value_or(Verb::get), path);
  if (!endpoint) return told(Reply::problem(endpoint.error()));
  const bool served = std::any_of(std::begin(kServed), std::end(kServed), [&](auto root) { return (*endpoint)->path.starts_with(root); });
  if (!verb || !served) return told(Reply::problem(Problem{404, "needs_gateway", "only a running gateway answers this", {}}));

  Context context{.stores = *options.stores,
                  .status = {},
                  .control_changed = {},
                  .proxy_url = {},
                  .throttle = LoginThrottle{},
                  .now_us = [] { return unix_us(); },
                  .credential_allowed = options.credential_allowed,
                  .snapshot = options.snapshot,
                  .replay_states = options.replay_states,
                  .alert_reference_allowed = options.alert_reference_allowed,
                  .alerts_can_mail = options.alerts_can_mail};
  const Caller caller{.org = options.caller.org, .role = store::Role::admin, .name = options.caller.name, .via = Via::token};
  Request request;
  request.verb = *verb;
  request.path = path;
  request.query = *query;
  request.body = std::move(body);
  request.content_type = "application/json";
  return told(serve_caller(context, caller, **endpoint, request));
}

}  // namespace lectr::api
