// JSON to a control state. Every problem is found before anything is refused, and named by its path.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "config/channels.hpp"
#include "config/control_check.hpp"
#include "config/control_members.hpp"
#include "config/own_settings.hpp"
#include "config/secret_look.hpp"
#include "lectr/base/event.hpp"
#include "lectr/base/text.hpp"
#include "lectr/config/stored_control.hpp"

namespace lectr::config {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxDocument = 8u << 20;

constexpr std::pair<std::string_view, LimitKind> kKinds[] = {
    {"requests", LimitKind::requests}, {"tokens", LimitKind::tokens}, {"streams", LimitKind::streams}};
constexpr std::pair<std::string_view, Period> kPeriods[] = {{"day", Period::day}, {"week", Period::week}, {"month", Period::month}};
constexpr std::pair<std::string_view, AtCap> kAtCaps[] = {{"block", AtCap::block}, {"downgrade", AtCap::downgrade}};

constexpr std::int64_t kMaxTimeoutMs = 3'600'000, kMaxCount = 1'000'000'000'000, kMaxWeight = 1000;

Match match_of(const Json& from, const std::string& path, Problems& problems) {
  Match match;
  Members members{from, path, problems, {"feature", "task", "provider", "model"}};
  members.text("feature", match.feature, kMaxFeature);
  members.text("task", match.task, kMaxTask);
  members.text("provider", match.provider, kMaxProvider);
  members.text("model", match.model, kMaxModel);
  match.provider = lower(std::move(match.provider));
  match.model = lower(std::move(match.model));
  return match;
}

Destination destination_of(const Json& from, const std::string& path, Problems& problems, bool weighted) {
  Destination to;
  Members members{from, path, problems, {"provider", "model", "weight"}};
  members.text("provider", to.provider, kMaxProvider);
  members.text("model", to.model, kMaxModel);
  if (weighted)
    members.number("weight", to.weight, 1, kMaxWeight);
  else if (members.find("weight") != nullptr)
    members.refuse("weight", "a fallback has no weight: they are tried in order");
  to.provider = lower(std::move(to.provider));
  return to;
}

Rule rule_of(const Json& from, const std::string& path, Problems& problems) {
  Rule rule;
  Members members{
      from, path, problems, {"name", "enabled", "shadow", "when", "split", "sticky", "fallback", "first_byte_timeout_ms", "total_timeout_ms"}};
  members.name_of(rule.name);
  members.flag("enabled", rule.enabled);
  members.flag("shadow", rule.shadow);
  if (const Json* when = members.find("when")) rule.when = match_of(*when, members.path_to("when"), problems);
  members.list("split", kMaxSplit, [&](const Json& one, const std::string& at) { rule.split.push_back(destination_of(one, at, problems, true)); });
  members.text("sticky", rule.sticky, kMaxControlName);
  rule.sticky = lower(std::move(rule.sticky));
  members.list("fallback", kMaxFallback,
               [&](const Json& one, const std::string& at) { rule.fallback.push_back(destination_of(one, at, problems, false)); });
  members.number("first_byte_timeout_ms", rule.first_byte_timeout_ms, 0, kMaxTimeoutMs);
  members.number("total_timeout_ms", rule.total_timeout_ms, 0, kMaxTimeoutMs);
  return rule;
}

Limit limit_of(const Json& from, const std::string& path, Problems& problems) {
  Limit limit;
  Members members{from, path, problems, {"name", "enabled", "shadow", "kind", "limit", "key", "feature", "model"}};
  members.name_of(limit.name);
  members.flag("enabled", limit.enabled);
  members.flag("shadow", limit.shadow);
  members.word("kind", limit.kind, kKinds);
  members.number("limit", limit.limit, 1, kMaxCount);
  if (members.find("limit") == nullptr) members.refuse("limit", "is needed");
  members.text("key", limit.key, kMaxKeyName);
  members.text("feature", limit.feature, kMaxFeature);
  members.text("model", limit.model, kMaxModel);
  limit.model = lower(std::move(limit.model));
  return limit;
}

Budget budget_of(const Json& from, const std::string& path, Problems& problems) {
  Budget budget;
  Members members{from,
                  path,
                  problems,
                  {"name", "enabled", "shadow", "feature", "period", "cap", "alert_percent", "soft_cap", "at_cap", "downgrade",
                   "downgrade_ceiling_percent", "unknown_request_cost"}};
  members.name_of(budget.name);
  members.flag("enabled", budget.enabled);
  members.flag("shadow", budget.shadow);
  members.text("feature", budget.feature, kMaxFeature);
  members.word("period", budget.period, kPeriods);
  members.money("cap", budget.cap, false);
  members.numbers("alert_percent", budget.alert_percent, 10, 1, 1000);
  members.money("soft_cap", budget.soft_cap, false);
  members.word("at_cap", budget.at_cap, kAtCaps);
  members.texts_by_text("downgrade", budget.downgrade, 50, kMaxModel);
  members.number("downgrade_ceiling_percent", budget.downgrade_ceiling_percent, 100, 200);
  members.money("unknown_request_cost", budget.unknown_request_cost, true);
  return budget;
}

LatencyTarget latency_target_of(const Json& from, const std::string& path, Problems& problems) {
  LatencyTarget target;
  Members members{from, path, problems, {"name", "feature", "p95_ms", "ttfb_p95_ms", "window_min", "switch_rule"}};
  members.name_of(target.name);
  members.text("feature", target.feature, kMaxFeature);
  members.number("p95_ms", target.p95_ms, 0, kMaxTimeoutMs);
  members.number("ttfb_p95_ms", target.ttfb_p95_ms, 0, kMaxTimeoutMs);
  members.number("window_min", target.window_min, 1, 1440);
  members.text("switch_rule", target.switch_rule, kMaxControlName);
  return target;
}

// A member given twice would be the last one for us and the first one for another reader.
struct Repeated {
  std::vector<std::set<std::string>> open;
  std::string name;
  bool operator()(int, Json::parse_event_t event, Json& parsed) {
    using enum Json::parse_event_t;
    if (event == object_start) open.emplace_back();
    if (event == object_end) open.pop_back();
    if (event == key && name.empty() && !open.back().insert(parsed.get<std::string>()).second) name = parsed.get<std::string>();
    return true;
  }
};

Control control_of(const Json& document, Problems& problems) {
  Control control;
  Members members{document,
                  "",
                  problems,
                  {"time_zone", "document_only", "exact_stream_usage", "anomalies", "retention", "providers", "models", "prices", "rules", "limits",
                   "budgets", "latency_targets", "alerts"}};
  members.text("time_zone", control.time_zone, kMaxControlName);
  members.list("rules", kMaxRules, [&](const Json& one, const std::string& at) { control.rules.push_back(rule_of(one, at, problems)); });
  members.list("limits", kMaxLimits, [&](const Json& one, const std::string& at) { control.limits.push_back(limit_of(one, at, problems)); });
  members.list("budgets", kMaxBudgets, [&](const Json& one, const std::string& at) { control.budgets.push_back(budget_of(one, at, problems)); });
  members.list("latency_targets", kMaxTargets,
               [&](const Json& one, const std::string& at) { control.latency_targets.push_back(latency_target_of(one, at, problems)); });
  members.list("alerts", kMaxChannels, [&](const Json& one, const std::string& at) { control.alerts.push_back(channel_of(one, at, problems)); });
  control.own = own_settings_of(members, problems);
  return control;
}

// "rules[2]" of "rules[2].split[0].provider".
std::string item_of(const std::string& field) {
  return field.substr(0, field.find_first_of('.', field.find(']') == field.npos ? 0 : field.find(']')));
}

enum class Secrets : bool { taken, refused };

boost::system::result<Control, Problems> parse(std::string_view json, const Registry& registry, Secrets secrets) {
  Problems problems;
  if (json.size() > kMaxDocument) return Problems{{{}, "", "the document is longer than 8 MiB"}};
  Repeated repeated;
  const Json document = Json::parse(json, std::ref(repeated), false);
  if (document.is_discarded()) return Problems{{{}, "", "the document is not well-formed JSON"}};
  if (!repeated.name.empty()) problems.push_back({{}, repeated.name.substr(0, kMaxControlName), "is given twice in one object"});
  if (secrets == Secrets::refused) refuse_secrets(document, registry, problems);
  Control control = control_of(document, problems);
  // All at once; but an item that does not read is not also said to mean something wrong.
  std::set<std::string> unread;
  for (const Problem& problem : problems) unread.insert(item_of(problem.field));
  const bool rules_read = std::none_of(unread.begin(), unread.end(), [](const std::string& item) { return item.starts_with("rules"); });
  for (Problem& problem : check_control(control, registry)) {
    const bool about_order = problem.field.starts_with("rules") && problem.field.ends_with("].when");  // what others before it leave
    if (!unread.contains(item_of(problem.field)) && (rules_read || !about_order) && problems.size() < kMaxProblems)
      problems.push_back(std::move(problem));
  }
  if (!problems.empty()) return problems;
  return control;
}

}  // namespace

boost::system::result<Control, Problems> parse_control(std::string_view json, const Registry& registry) {
  return parse(json, registry, Secrets::refused);
}
boost::system::result<Control, Problems> parse_stored_control(std::string_view json, const Registry& registry) {
  return parse(json, registry, Secrets::taken);
}

}  // namespace lectr::config
