// The endpoints, a file per family. Each parses, asks the store, answers.
#pragma once

#include "api/context.hpp"

namespace lectr::api {

// login.cpp
Reply post_login(const Call&);   // {user,password} -> 200 and a cookie | 401 | 429
Reply post_logout(const Call&);  // 204
Reply get_me(const Call&);
Reply post_my_password(const Call&);  // {old,new} -> 204 | 401 | 403 for a token | 429
// overview.cpp, timeseries.cpp, costs.cpp, providers.cpp: sums
Reply get_overview(const Call&);
Reply get_timeseries(const Call&);
Reply get_costs(const Call&);
Reply get_dimensions(const Call&);
Reply get_providers(const Call&);
// requests.cpp
Reply get_requests(const Call&);
Reply get_request(const Call&);
Reply get_status(const Call&);
// exports.cpp: the same as CSV
Reply get_requests_csv(const Call&);
Reply get_timeseries_csv(const Call&);
Reply get_costs_csv(const Call&);
Reply get_overview_csv(const Call&);
Reply get_providers_csv(const Call&);
Reply get_keys_csv(const Call&);
Reply get_members_csv(const Call&);
Reply get_tokens_csv(const Call&);
// anomalies.cpp
Reply get_anomalies(const Call&);
Reply get_anomaly(const Call&);
Reply post_anomaly_dismiss(const Call&);  // {reason, note?}
Reply post_anomaly_reopen(const Call&);
// live_endpoint.cpp
Reply get_live(const Call&);
// keys.cpp
Reply get_keys(const Call&);
Reply post_key(const Call&);         // {name, expires_at?} -> 201 with the secret, this once
Reply post_key_rotate(const Call&);  // {overlap_s?} -> 201 likewise
Reply patch_key(const Call&);
Reply delete_key(const Call&);  // 204
// members.cpp
Reply get_members(const Call&);
Reply post_member(const Call&);
Reply patch_member(const Call&);
Reply delete_member(const Call&);
// tokens.cpp
Reply get_tokens(const Call&);
Reply post_token(const Call&);
Reply delete_token(const Call&);
// org.cpp
Reply get_org(const Call&);
Reply patch_org(const Call&);
Reply get_orgs(const Call&);
// control.cpp: rules, limits, budgets and targets as one document of versions
Reply get_control(const Call&);
Reply put_control(const Call&);  // 409: someone else changed it
Reply get_control_versions(const Call&);
Reply get_control_version(const Call&);
Reply get_instances(const Call&);
Reply get_control_events(const Call&);
// control_plan.cpp
Reply post_control_check(const Call&);
Reply post_control_plan(const Call&);  // a wrong document is a 200 with its problems
Reply get_control_diff(const Call&);
Reply get_latency_targets(const Call&);  // limits.cpp
Reply get_limits(const Call&);           // limits.cpp: what is used of limits and budgets now
// routing.cpp
Reply get_fallback(const Call&);  // breakers of this instance, and what fell over lately
Reply get_routing(const Call&);   // hits of the rules
Reply post_dry_run(const Call&);  // one request through a draft's rules, or those in force
Reply post_replay(const Call&);   // stored rows through them
// alerts.cpp: what was sent to whom; channels are part of the control state
Reply get_alerts(const Call&);
Reply get_alert_channels(const Call&);
Reply post_alert_test(const Call&);    // {channel} -> 200 whether it was sent | 404
Reply post_alert_retry(const Call&);   // 204 | 409: it is not dead
Reply post_alert_secret(const Call&);  // 201 with the secret, this once
// recommendations.cpp: cheaper models, and what became of them
Reply get_recommendations(const Call&);
Reply get_recommendation(const Call&);
Reply post_recommendation_dismiss(const Call&);
Reply post_recommendation_reopen(const Call&);
Reply post_recommendation_draft(const Call&);
Reply get_trends(const Call&);  // trends.cpp: the month's end, who moved, what to tidy up
// settings.cpp
Reply get_settings(const Call&);
Reply put_credential(const Call&);
Reply delete_credential(const Call&);
Reply put_base_url(const Call&);
Reply delete_base_url(const Call&);
Reply put_price(const Call&);
Reply delete_price(const Call&);
// openapi.cpp
Reply get_control_schema(const Call& call);
Reply get_openapi(const Call&);

}  // namespace lectr::api
