// Limits and budgets as the control state has them, with what is used of them now.
#include <algorithm>

#include "api/answers.hpp"
#include "api/endpoints.hpp"
#include "lectr/base/time_text.hpp"
#include "lectr/config/control.hpp"

namespace lectr::api {
namespace {

constexpr const char* kKinds[] = {"requests", "tokens", "streams"};
constexpr const char* kPeriods[] = {"day", "week", "month"};
constexpr std::int64_t kTooEarly = 20;  // a twentieth of the window must be over before its end can be told from it

Json limit_json(const config::Limit& limit, const LimitsNow& now) {
  Json scopes = Json::array();
  const auto used = std::find_if(now.limits.begin(), now.limits.end(), [&](const auto& one) { return one.name == limit.name; });
  if (used != now.limits.end())
    for (const LimitsNow::Scope& s : used->scopes)
      scopes.push_back(
          {{"scope", s.scope}, {"used", s.used}, {"rest", s.rest}, {"refused_1h", s.refused_1h}, {"would_refuse_1h", s.would_refuse_1h}});
  return {{"name", limit.name},       {"kind", kKinds[static_cast<int>(limit.kind)]},
          {"limit", limit.limit},     {"shadow", limit.shadow},
          {"enabled", limit.enabled}, {"scopes", std::move(scopes)}};
}

Json money_or_null(const std::optional<NanoMoney>& money) { return money ? Json(money->to_text()) : Json(nullptr); }

// Where spending that goes on as it did since the window began would lead.
void project(Json& out, const LimitsNow::Budget& b, const std::optional<NanoMoney>& cap, std::int64_t now_us) {
  const std::int64_t gone_us = now_us - b.from_us, whole_us = b.to_us - b.from_us;
  if (gone_us * kTooEarly < whole_us || b.spent.nano <= 0) return;
  const double rate = static_cast<double>(b.spent.nano) / static_cast<double>(gone_us);
  out["projected"] = NanoMoney{static_cast<std::int64_t>(rate * static_cast<double>(whole_us))}.to_text();
  if (!cap || b.spent.nano >= cap->nano) return;
  const std::int64_t hits_us = now_us + static_cast<std::int64_t>(static_cast<double>(cap->nano - b.spent.nano) / rate);
  if (hits_us < b.to_us) out["hits_cap_at"] = to_rfc3339(hits_us);
}

const char* state_of(const config::Budget& budget, NanoMoney spent) {
  if (budget.cap && spent >= *budget.cap) return "at_cap";
  const std::int64_t of = budget.cap ? budget.cap->nano : budget.soft_cap ? budget.soft_cap->nano : 0;
  const bool soft = !budget.alert_percent.empty() && of > 0 && spent.nano >= of / 100 * budget.alert_percent.front();
  return soft ? "soft" : "ok";
}

Json budget_json(const config::Budget& budget, const LimitsNow& now, std::int64_t now_us) {
  LimitsNow::Budget none;
  const auto used = std::find_if(now.budgets.begin(), now.budgets.end(), [&](const auto& one) { return one.name == budget.name; });
  const LimitsNow::Budget& b = used == now.budgets.end() ? none : *used;
  Json out{{"name", budget.name},
           {"period", kPeriods[static_cast<int>(budget.period)]},
           {"shadow", budget.shadow},
           {"enabled", budget.enabled},
           {"from", to_rfc3339(b.from_us)},
           {"to", to_rfc3339(b.to_us)},
           {"spent", b.spent.to_text()},
           {"held", b.held.to_text()},
           {"cap", money_or_null(budget.cap)},
           {"soft_cap", money_or_null(budget.soft_cap)},
           {"alert_percent", budget.alert_percent},
           {"state", state_of(budget, b.spent)},
           {"projected", nullptr},
           {"projected_low", nullptr},
           {"projected_high", nullptr},
           {"hits_cap_at", nullptr},
           {"blocked", budget.shadow ? b.would_block_1h : b.blocked_1h},
           {"downgraded", budget.shadow ? b.would_downgrade_1h : b.downgraded_1h},
           {"unknown_requests", b.unpriced},
           {"unknown_request_cost", budget.unknown_request_cost.value_or(NanoMoney{}).to_text()}};
  if (used != now.budgets.end()) project(out, b, budget.cap, now_us);
  return out;
}

const char* mode_of(const Status& status) {
  if (!status.redis.configured) return "local";
  return std::string_view{status.redis.state} == "away" ? "degraded" : "shared";
}

}  // namespace

Reply get_limits(const Call& call) {
  const auto snapshot = call.context.snapshot();
  const auto org = snapshot->orgs.find(call.caller.org);
  Json limits = Json::array(), budgets = Json::array();
  if (org != snapshot->orgs.end() && org->second.control) {
    const auto now = call.context.limits ? call.context.limits(call.caller.org) : std::optional<LimitsNow>{};
    if (!now) return Reply::problem(Error{Code::unavailable, Fault::us, Again::same_target, "the limits can't be told now"});
    for (const config::Limit& one : org->second.control->limits) limits.push_back(limit_json(one, *now));
    for (const config::Budget& one : org->second.control->budgets) budgets.push_back(budget_json(one, *now, call.now_us()));
  }
  return Reply::json(200, dump({{"mode", mode_of(call.context.status())}, {"limits", std::move(limits)}, {"budgets", std::move(budgets)}}));
}

Reply get_latency_targets(const Call& call) {
  const auto snapshot = call.context.snapshot();
  const auto org = snapshot->orgs.find(call.caller.org);
  const auto now = call.context.latencies ? call.context.latencies(call.caller.org) : std::vector<LatencyNow>{};
  const auto ms = [](std::int64_t us) { return us < 0 ? Json(nullptr) : Json(static_cast<double>(us) / 1000); };
  const auto target = [](std::int64_t value) { return value > 0 ? Json(value) : Json(nullptr); };
  Json rows = Json::array();
  if (org != snapshot->orgs.end() && org->second.control)
    for (const config::LatencyTarget& one : org->second.control->latency_targets) {
      const auto at = std::find_if(now.begin(), now.end(), [&](const LatencyNow& n) { return n.name == one.name; });
      const LatencyNow seen = at == now.end() ? LatencyNow{} : *at;
      rows.push_back({{"name", one.name},
                      {"feature", one.feature.empty() ? Json(nullptr) : Json(one.feature)},
                      {"p95_target_ms", target(one.p95_ms)},
                      {"ttfb_p95_target_ms", target(one.ttfb_p95_ms)},
                      {"window_min", one.window_min},
                      {"switch_rule", one.switch_rule.empty() ? Json(nullptr) : Json(one.switch_rule)},
                      {"state", seen.state},
                      {"since", seen.since_us > 0 ? Json(to_rfc3339(seen.since_us)) : Json(nullptr)},
                      {"requests", seen.requests},
                      {"p95_ms", ms(seen.p95_us)},
                      {"ttfb_p95_ms", ms(seen.ttfb_p95_us)}});
    }
  return Reply::json(200, dump({{"rows", std::move(rows)}}));
}

}  // namespace lectr::api
