// A control state to JSON: members in the order of the structs, defaults left out, so that a document reads and compares well.
#include <nlohmann/json.hpp>

#include "config/own_settings.hpp"

namespace lectr::config {
namespace {

using Json = nlohmann::ordered_json;

template <class Value>
void put(Json& out, const char* name, const Value& value, const Value& usual) {
  if (value != usual) out[name] = value;
}
void put(Json& out, const char* name, const std::optional<NanoMoney>& amount) {
  if (amount) out[name] = amount->to_text();
}

Json to_json(const Match& match) {
  Json out = Json::object();
  const Match usual;
  put(out, "feature", match.feature, usual.feature);
  put(out, "task", match.task, usual.task);
  put(out, "provider", match.provider, usual.provider);
  put(out, "model", match.model, usual.model);
  return out;
}

Json to_json(const std::vector<Destination>& list) {
  Json out = Json::array();
  for (const Destination& to : list) {
    Json one = Json::object();
    const Destination usual;
    put(one, "provider", to.provider, usual.provider);
    put(one, "model", to.model, usual.model);
    put(one, "weight", to.weight, usual.weight);
    out.push_back(std::move(one));
  }
  return out;
}

// What rules, limits and budgets begin with.
template <class Declared>
Json begin(const Declared& declared) {
  Json out = {{"name", declared.name}};
  put(out, "enabled", declared.enabled, true);
  put(out, "shadow", declared.shadow, false);
  return out;
}

Json to_json(const Rule& rule) {
  Json out = begin(rule);
  const Rule usual;
  if (rule.when != usual.when) out["when"] = to_json(rule.when);
  if (!rule.split.empty()) out["split"] = to_json(rule.split);
  put(out, "sticky", rule.sticky, usual.sticky);
  if (!rule.fallback.empty()) out["fallback"] = to_json(rule.fallback);
  put(out, "first_byte_timeout_ms", rule.first_byte_timeout_ms, usual.first_byte_timeout_ms);
  put(out, "total_timeout_ms", rule.total_timeout_ms, usual.total_timeout_ms);
  return out;
}

Json to_json(const Limit& limit) {
  static constexpr const char* kKinds[] = {"requests", "tokens", "streams"};
  Json out = begin(limit);
  const Limit usual;
  out["kind"] = kKinds[static_cast<int>(limit.kind)];
  out["limit"] = limit.limit;
  put(out, "key", limit.key, usual.key);
  put(out, "feature", limit.feature, usual.feature);
  put(out, "model", limit.model, usual.model);
  return out;
}

Json to_json(const Budget& budget) {
  static constexpr const char* kPeriods[] = {"day", "week", "month"};
  Json out = begin(budget);
  const Budget usual;
  put(out, "feature", budget.feature, usual.feature);
  out["period"] = kPeriods[static_cast<int>(budget.period)];
  put(out, "cap", budget.cap);
  put(out, "alert_percent", budget.alert_percent, usual.alert_percent);
  put(out, "soft_cap", budget.soft_cap);
  if (budget.at_cap == AtCap::downgrade) out["at_cap"] = "downgrade";
  put(out, "downgrade", budget.downgrade, usual.downgrade);
  put(out, "downgrade_ceiling_percent", budget.downgrade_ceiling_percent, usual.downgrade_ceiling_percent);
  put(out, "unknown_request_cost", budget.unknown_request_cost);
  return out;
}

Json to_json(const LatencyTarget& target) {
  Json out = {{"name", target.name}};
  const LatencyTarget usual;
  put(out, "feature", target.feature, usual.feature);
  put(out, "p95_ms", target.p95_ms, usual.p95_ms);
  put(out, "ttfb_p95_ms", target.ttfb_p95_ms, usual.ttfb_p95_ms);
  put(out, "window_min", target.window_min, usual.window_min);
  put(out, "switch_rule", target.switch_rule, usual.switch_rule);
  return out;
}

Json to_json(const Channel& channel) {
  Json out = {{"name", channel.name}};
  const Channel usual;
  put(out, "enabled", channel.enabled, usual.enabled);
  out["type"] = to_text(channel.type);
  put(out, "to", channel.to, usual.to);
  put(out, "url", channel.url, usual.url);
  put(out, "secret", channel.secret, usual.secret);
  for (const AlertKind kind : channel.kinds) out["kinds"].push_back(to_text(kind));
  if (channel.min_severity != usual.min_severity) out["min_severity"] = to_text(channel.min_severity);
  return out;
}

template <class Item>
void put_list(Json& out, const char* name, const std::vector<Item>& items) {
  if (items.empty()) return;
  Json& list = out[name] = Json::array();
  for (const Item& item : items) list.push_back(to_json(item));
}

}  // namespace

std::string write_control(const Control& control) {
  Json out = Json::object();
  put(out, "time_zone", control.time_zone, Control{}.time_zone);
  write_own_settings(out, control.own);
  put_list(out, "rules", control.rules);
  put_list(out, "limits", control.limits);
  put_list(out, "budgets", control.budgets);
  put_list(out, "latency_targets", control.latency_targets);
  put_list(out, "alerts", control.alerts);
  return out.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lectr::config
