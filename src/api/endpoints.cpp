#include "api/endpoints.hpp"

#include <algorithm>
#include <exception>

#include "api/csrf.hpp"
#include "api/query.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::api {
namespace {

constexpr std::span<const std::string_view> kNone;
constexpr std::string_view kSums[] = {"from", "to", "window", "provider", "model", "feature", "task", "key", "status_class"};
constexpr std::string_view kOverview[] = {"from", "to", "window", "provider", "model", "feature", "task", "key", "status_class", "compare"};
constexpr std::string_view kSeries[] = {"from", "to",           "window", "provider", "model", "feature", "task",
                                        "key",  "status_class", "metric", "by",       "step",  "top"};
constexpr std::string_view kCosts[] = {"from", "to", "window", "provider", "model", "feature", "task", "key", "status_class", "by", "compare"};
constexpr std::string_view kSpan[] = {"from", "to", "window"};
constexpr std::string_view kRows[] = {
    "from",   "to",        "window",   "provider",       "model",        "feature",        "task",           "key",         "status_class", "errors",
    "status", "streaming", "verdict",  "error_category", "error_source", "error_code",     "token_source",   "cost_source", "endpoint",     "method",
    "rule",   "note",      "min_cost", "min_tokens",     "min_attempts", "min_latency_ms", "max_latency_ms", "sort",        "limit",        "cursor"};
constexpr std::span kRowsWithoutPages{kRows, std::size(kRows) - 2};
constexpr std::string_view kVersions[] = {"limit", "before"};
constexpr std::string_view kDiff[] = {"from", "to"};
constexpr std::string_view kAnomalies[] = {"from", "to", "window", "status", "metric", "feature", "limit", "before"};
constexpr std::string_view kAlerts[] = {"state", "channel", "limit", "before"};
constexpr std::string_view kTrends[] = {"by"};
constexpr std::string_view kPrice[] = {"provider", "model"};

using enum Verb;
using enum Access;
constexpr Endpoint kEndpoints[] = {
    {post, "/login", anyone, Lane::hashing, &post_login, kNone},
    {post, "/logout", viewer, Lane::store, &post_logout, kNone},
    {get, "/me", viewer, Lane::store, &get_me, kNone},
    {post, "/me/password", viewer, Lane::hashing, &post_my_password, kNone},

    {get, "/overview", viewer, Lane::store, &get_overview, kOverview},
    {get, "/overview.csv", viewer, Lane::store, &get_overview_csv, kOverview},
    {get, "/timeseries", viewer, Lane::store, &get_timeseries, kSeries},
    {get, "/timeseries.csv", viewer, Lane::store, &get_timeseries_csv, kSeries},
    {get, "/costs", viewer, Lane::store, &get_costs, kCosts},
    {get, "/costs.csv", viewer, Lane::store, &get_costs_csv, kCosts},
    {get, "/dimensions", viewer, Lane::store, &get_dimensions, kSums},
    {get, "/providers", viewer, Lane::store, &get_providers, kSpan},
    {get, "/providers.csv", viewer, Lane::store, &get_providers_csv, kSpan},
    {get, "/requests", viewer, Lane::store, &get_requests, kRows},
    {get, "/requests.csv", viewer, Lane::store, &get_requests_csv, kRowsWithoutPages},
    {get, "/requests/{id}", viewer, Lane::store, &get_request, kNone},
    {get, "/status", viewer, Lane::store, &get_status, kNone},
    {get, "/live", viewer, Lane::store, &get_live, kNone},

    {get, "/anomalies", viewer, Lane::store, &get_anomalies, kAnomalies},
    {get, "/anomalies/{id}", viewer, Lane::store, &get_anomaly, kNone},
    {post, "/anomalies/{id}/dismiss", editor, Lane::store, &post_anomaly_dismiss, kNone},
    {post, "/anomalies/{id}/reopen", editor, Lane::store, &post_anomaly_reopen, kNone},

    {get, "/org", viewer, Lane::store, &get_org, kNone},
    {patch, "/org", admin, Lane::store, &patch_org, kNone},
    {get, "/orgs", viewer, Lane::store, &get_orgs, kNone},

    {get, "/keys", viewer, Lane::store, &get_keys, kNone},
    {get, "/keys.csv", viewer, Lane::store, &get_keys_csv, kNone},
    {post, "/keys", editor, Lane::store, &post_key, kNone},
    {post, "/keys/{id}/rotate", editor, Lane::store, &post_key_rotate, kNone},
    {patch, "/keys/{id}", editor, Lane::store, &patch_key, kNone},
    {del, "/keys/{id}", editor, Lane::store, &delete_key, kNone},

    {get, "/members", viewer, Lane::store, &get_members, kNone},
    {get, "/members.csv", viewer, Lane::store, &get_members_csv, kNone},
    {post, "/members", admin, Lane::hashing, &post_member, kNone},
    {patch, "/members/{id}", admin, Lane::hashing, &patch_member, kNone},
    {del, "/members/{id}", admin, Lane::store, &delete_member, kNone},

    {get, "/tokens", viewer, Lane::store, &get_tokens, kNone},
    {get, "/tokens.csv", viewer, Lane::store, &get_tokens_csv, kNone},
    {post, "/tokens", admin, Lane::store, &post_token, kNone},
    {del, "/tokens/{id}", admin, Lane::store, &delete_token, kNone},

    {get, "/control", viewer, Lane::store, &get_control, kNone},
    {put, "/control", editor, Lane::store, &put_control, kNone},
    {post, "/control/check", viewer, Lane::store, &post_control_check, kNone},
    {get, "/control/schema", anyone, Lane::store, &get_control_schema, kNone},
    {post, "/control/plan", viewer, Lane::store, &post_control_plan, kNone},
    {get, "/control/diff", viewer, Lane::store, &get_control_diff, kDiff},
    {get, "/control/events", viewer, Lane::store, &get_control_events, kVersions},
    {get, "/control/versions", viewer, Lane::store, &get_control_versions, kVersions},
    {get, "/control/versions/{version}", viewer, Lane::store, &get_control_version, kNone},
    {post, "/control/dry_run", viewer, Lane::store, &post_dry_run, kNone},
    {post, "/control/replay", viewer, Lane::store, &post_replay, kNone},
    {get, "/fallback", viewer, Lane::store, &get_fallback, kNone},
    {get, "/routing", viewer, Lane::store, &get_routing, kSpan},
    {get, "/latency_targets", viewer, Lane::store, &get_latency_targets, kNone},
    {get, "/limits", viewer, Lane::store, &get_limits, kNone},
    {get, "/recommendations", viewer, Lane::store, &get_recommendations, kNone},
    {get, "/recommendations/{id}", viewer, Lane::store, &get_recommendation, kNone},
    {post, "/recommendations/{id}/dismiss", editor, Lane::store, &post_recommendation_dismiss, kNone},
    {post, "/recommendations/{id}/reopen", editor, Lane::store, &post_recommendation_reopen, kNone},
    {post, "/recommendations/{id}/draft", viewer, Lane::store, &post_recommendation_draft, kNone},
    {get, "/trends", viewer, Lane::store, &get_trends, kTrends},
    {get, "/instances", viewer, Lane::store, &get_instances, kNone},

    {get, "/alerts", viewer, Lane::store, &get_alerts, kAlerts},
    {get, "/alerts/channels", viewer, Lane::store, &get_alert_channels, kNone},
    {post, "/alerts/channels/{name}/secret", admin, Lane::store, &post_alert_secret, kNone},
    {post, "/alerts/test", editor, Lane::store, &post_alert_test, kNone},
    {post, "/alerts/{id}/retry", editor, Lane::store, &post_alert_retry, kNone},

    {get, "/settings", viewer, Lane::store, &get_settings, kNone},
    {put, "/settings/credentials/{provider}", admin, Lane::store, &put_credential, kNone},
    {del, "/settings/credentials/{provider}", admin, Lane::store, &delete_credential, kNone},
    {put, "/settings/base_urls/{provider}", admin, Lane::store, &put_base_url, kNone},
    {del, "/settings/base_urls/{provider}", admin, Lane::store, &delete_base_url, kNone},
    {put, "/settings/prices", admin, Lane::store, &put_price, kNone},
    {del, "/settings/prices", admin, Lane::store, &delete_price, kPrice},

    {get, "/openapi.json", anyone, Lane::store, &get_openapi, kNone},
};
constexpr std::string_view kRoot = "/api/v1";

std::string_view take_part(std::string_view& path) noexcept {
  const auto part = path.substr(0, path.find('/'));
  path.remove_prefix(part.size() == path.size() ? part.size() : part.size() + 1);
  return part;
}

// Both without the leading slash. A part in braces takes any text that is not empty.
bool matches(std::string_view pattern, std::string_view path) noexcept {
  if (path.ends_with('/')) return false;
  while (!pattern.empty() && !path.empty()) {
    const auto wanted = take_part(pattern), part = take_part(path);
    if (wanted.starts_with('{') ? part.empty() : wanted != part) return false;
  }
  return pattern.empty() && path.empty();
}

bool may(const Caller& caller, Access access) noexcept {
  switch (access) {
    case anyone: return true;
    case viewer: return caller.via != Via::nobody;
    case editor: return caller.via != Via::nobody && caller.role >= store::Role::editor;
    case admin: return caller.via != Via::nobody && caller.role == store::Role::admin;
  }
  return false;
}

Reply handle(Context& context, const Caller& caller, const Endpoint& endpoint, const Request& request) {
  if (auto problem = unknown_parameter(request.query, endpoint.parameters)) return Reply::problem(*problem);
  return endpoint.handle(Call{context, caller, request, OwnStores{context.stores, caller.org}});
}

Reply serve_checked(Context& context, const Endpoint& endpoint, const Request& request) {
  Caller caller;
  if (endpoint.access != anyone) {
    auto known = authenticate(context, request);
    if (!known) return Reply::problem(known.error());
    caller = std::move(*known);
  }
  if (!same_origin(request, caller.via == Via::session ? Proof::needed : Proof::unless_foreign))
    return Reply::problem(Problem{403, "cross_site", "send X-Lectr-Csrf: 1, or come from this origin", {}});
  if (!may(caller, endpoint.access))
    return Reply::problem(Problem{403, "forbidden", endpoint.access == admin ? "an admin may do this" : "an editor or admin may do this", {}});
  return handle(context, caller, endpoint, request);
}

int hex_value(char c) noexcept {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::span<const Endpoint> endpoints() noexcept { return kEndpoints; }

std::string path_part(std::string_view path, std::size_t at) {
  path.remove_prefix(std::min(path.size(), kRoot.size() + 1));
  for (std::size_t i = 0; i < at; ++i) take_part(path);
  const auto part = take_part(path);
  std::string out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] != '%') {
      out += part[i];
      continue;
    }
    const int high = i + 2 < part.size() ? hex_value(part[i + 1]) : -1, low = high < 0 ? -1 : hex_value(part[i + 2]);
    if (low < 0) return {};
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}

Parsed<const Endpoint*> find_endpoint(Verb verb, std::string_view path) noexcept {
  bool other_verb = false;
  if (path.starts_with(kRoot) && path.size() > kRoot.size() && path[kRoot.size()] == '/') {
    path.remove_prefix(kRoot.size() + 1);
    for (const Endpoint& endpoint : kEndpoints) {
      if (!matches(endpoint.path.substr(1), path)) continue;
      if (endpoint.verb == verb) return &endpoint;
      other_verb = true;
    }
  }
  if (other_verb) return Problem{405, "method_not_allowed", "this path has other methods", {}};
  return Problem{404, "not_found", "there is no such endpoint", {}};
}

template <class Serve>
Reply caught(const Endpoint& endpoint, Serve&& serve) noexcept {
  try {
    return serve();
  } catch (const std::exception&) {
    // The text of the exception may hold what a client sent: the endpoint is named, nothing more.
    log::error("api: exception in endpoint " + std::string{endpoint.path});
    return Reply::problem(Problem{500, "internal_error", "the request failed inside Lectr", {}});
  }
}

Reply serve_api(Context& context, const Endpoint& endpoint, const Request& request) noexcept {
  return caught(endpoint, [&] { return serve_checked(context, endpoint, request); });
}

Reply serve_caller(Context& context, const Caller& caller, const Endpoint& endpoint, const Request& request) noexcept {
  return caught(endpoint, [&] { return handle(context, caller, endpoint, request); });
}

}  // namespace lectr::api
