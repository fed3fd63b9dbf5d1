// What rules do and would do: hits, failovers, dry run; what they would have done: replay.cpp.
#include <algorithm>
#include <chrono>

#include "api/answers.hpp"
#include "api/endpoints.hpp"
#include "api/params.hpp"
#include "api/replay.hpp"
#include "lectr/base/time_text.hpp"
#include "lectr/config/control.hpp"
#include "lectr/config/rules.hpp"
#include "lectr/policy/detect.hpp"
#include "lectr/policy/replay.hpp"
#include "lectr/policy/why.hpp"

namespace lectr::api {
namespace {

constexpr std::size_t kMaxDocumentBytes = 1u << 20, kLastFailovers = 50;

// The rules asked about: a draft's, or those in force.
struct Asked {
  std::shared_ptr<const config::Snapshot> snapshot;
  const config::Org* org = nullptr;
  std::shared_ptr<const config::CompiledRules> rules;
  Json body;
  config::Control draft = {};
};
Parsed<Asked> parse_asked(const Call& call, std::span<const std::string_view> members) {
  auto body = parse_object(call.request, members, kMaxDocumentBytes);
  if (!body) return body.error();
  Asked asked{call.context.snapshot(), nullptr, nullptr, std::move(body->object)};
  if (const auto org = asked.snapshot->orgs.find(call.caller.org); org != asked.snapshot->orgs.end()) asked.org = &org->second;
  if (asked.org) asked.rules = asked.org->rules;
  if (asked.org && asked.org->control) asked.draft = *asked.org->control;
  if (asked.body.contains("document")) {
    auto control = config::parse_control(dump(asked.body["document"]), *asked.snapshot->registry);
    if (!control) return Problem{400, "invalid_document", control.error().front().reason, "document." + control.error().front().field};
    asked.rules = config::compile_rules(*control, *asked.snapshot->registry);
    asked.draft = std::move(*control);
  }
  if (!asked.rules) asked.rules = config::compile_rules({}, *asked.snapshot->registry);
  return asked;
}

struct Sample {
  std::string feature, task, provider, model, endpoint = "/v1/chat/completions";
};
Parsed<Sample> parse_sample(const Json& body) {
  Sample sample;
  const auto given = body.find("request");
  if (given == body.end() || !given->is_object()) return Problem{400, "invalid_field", "an object is needed", "request"};
  const std::pair<const char*, std::string*> members[] = {
      {"feature", &sample.feature}, {"task", &sample.task}, {"provider", &sample.provider}, {"model", &sample.model}, {"endpoint", &sample.endpoint}};
  for (const auto& [name, value] : given->items()) {
    const auto at = std::find_if(std::begin(members), std::end(members), [&](const auto& member) { return name == member.first; });
    if (at == std::end(members)) return Problem{400, "unknown_field", "there is no such field", "request." + name.substr(0, 80)};
    if (!value.is_string() || value.get_ref<const std::string&>().size() > 400)
      return Problem{400, "invalid_field", "a text of at most 400 bytes is needed", "request." + name};
    if (!value.get_ref<const std::string&>().empty()) *at->second = value.get<std::string>();
  }
  return sample;
}

Json target_row(const Asked& asked, const policy::RouteQuery& query, const policy::TargetView& view, const config::CompiledTarget& target,
                std::uint64_t total, bool fallback) {
  const policy::Unfit unfit = policy::fitness(*asked.snapshot->registry, query, view, target);
  const auto at = target.provider.value_or(query.provider);
  return {{"provider", asked.snapshot->registry->providers[at].name},
          {"model", target.model.empty() ? std::string{query.model} : target.model},
          {"share", fallback || total == 0 ? 1.0 : static_cast<double>(target.weight) / static_cast<double>(total)},
          {"fallback", fallback},
          {"usable", unfit == policy::Unfit::no},
          {"reason", std::string{to_text(unfit)}}};
}

Json dry_run_of(const Asked& asked, const policy::RouteQuery& query) {
  const policy::OrgTargets view{*asked.snapshot->registry, asked.org};
  const auto& registry = *asked.snapshot->registry;
  const policy::RoutePlan plan = policy::route(*asked.rules, registry, query, view, 0);
  Json targets = Json::array();
  if (plan.rule) {
    for (const auto& target : plan.rule->split) targets.push_back(target_row(asked, query, view, target, plan.rule->total_weight, false));
    if (plan.rule->split.empty()) targets.push_back(target_row(asked, query, view, {}, 1, false));
    for (const auto& target : plan.rule->fallback) targets.push_back(target_row(asked, query, view, target, 1, true));
  } else {
    targets.push_back(target_row(asked, query, view, {}, 1, false));
  }
  Json shadow = Json::array();
  if (plan.shadow) shadow.push_back(plan.shadow->name);
  return {{"rule", plan.rule ? Json(plan.rule->name) : Json(nullptr)},
          {"works", plan.rule_works},
          {"shadow", std::move(shadow)},
          {"provider", registry.providers[query.provider].name},
          {"targets", std::move(targets)}};
}

// The name as `why` holds it: encoded, and cut.
std::string name_in_why(const std::string& rule) {
  std::string why;
  policy::why_section(why, 's', rule);
  return why.size() > 2 ? why.substr(2) : std::string{};
}

}  // namespace

Reply get_routing(const Call& call) {
  const auto span = parse_span(call.query(), call.now_us());
  if (!span) return Reply::problem(span.error());
  store::RollupFilter filter;
  filter.from_us = span->from_us, filter.to_us = span->to_us;
  const auto sums = call.own.aggregate(filter, store::Dimension::none, 0, store::Percentiles::none);
  if (!sums) return Reply::problem(sums.error());
  const auto hits = call.own.rule_hits(span->from_us, span->to_us);
  if (!hits) return Reply::problem(hits.error());
  const auto of = [&](const std::string& name, bool shadow) {
    const auto at = std::find_if(hits->begin(), hits->end(), [&](const auto& hit) { return hit.rule == name && hit.shadow == shadow; });
    return at == hits->end() ? std::int64_t{0} : at->requests;
  };
  std::int64_t routed = 0;
  for (const auto& hit : *hits) routed += hit.shadow ? 0 : hit.requests;
  const auto snapshot = call.context.snapshot();
  const auto org = snapshot->orgs.find(call.caller.org);
  Json rules = Json::array();
  if (org != snapshot->orgs.end() && org->second.control)
    for (const auto& rule : org->second.control->rules) {
      const std::int64_t requests = of(rule.name, false);
      rules.push_back({{"name", rule.name},
                       {"requests", requests},
                       {"share", sums->total.requests == 0 ? 0.0 : static_cast<double>(requests) / static_cast<double>(sums->total.requests)},
                       {"shadow_requests", of(name_in_why(rule.name), true)}});
    }
  return Reply::json(200, dump({{"from", to_rfc3339(span->from_us)},
                                {"to", to_rfc3339(span->to_us)},
                                {"requests", sums->total.requests},
                                {"routed", routed},
                                {"rules", std::move(rules)}}));
}

Reply get_fallback(const Call& call) {
  Json targets = Json::array(), failovers = Json::array();
  const auto time = [](std::int64_t us) { return us > 0 ? Json(to_rfc3339(us)) : Json(nullptr); };
  for (const BreakerNow& b : call.context.breakers ? call.context.breakers(call.caller.org) : std::vector<BreakerNow>{})
    targets.push_back({{"provider", b.provider},
                       {"model", b.model},
                       {"credential", b.credential},
                       {"state", b.state},
                       {"since", time(b.since_us)},
                       {"reason", b.reason},
                       {"next_probe_at", time(b.next_probe_us)},
                       {"requests", b.requests},
                       {"failures", b.failures}});
  store::RequestFilter filter;
  filter.to_us = call.now_us();
  filter.from_us = *filter.to_us - kDayUs;
  filter.min_attempts = 2;
  const auto page = call.own.requests(filter, {}, kLastFailovers);
  if (!page) return Reply::problem(page.error());
  for (const Event& row : page->rows) {
    const auto why = policy::read_why(row.why);
    if (!why || why->targets.size() < 2) continue;  // a connection that had grown stale was replaced: the same target
    const auto name = [&](const policy::WhyTarget& t) { return t.provider + '/' + (t.model.empty() ? row.model_requested : t.model); };
    failovers.push_back({{"at", to_rfc3339(row.completed_at_us)},
                         {"id", row.id.to_text()},
                         {"rule", text_or_null(row.rule)},
                         {"from", name(why->targets.front())},
                         {"to", name(why->targets.back())},
                         {"reason", why->targets.front().outcome}});
  }
  return Reply::json(200, dump({{"targets", std::move(targets)}, {"failovers", std::move(failovers)}}));
}

Reply post_dry_run(const Call& call) {
  static constexpr std::string_view kMembers[] = {"document", "request"};
  const auto asked = parse_asked(call, kMembers);
  if (!asked) return Reply::problem(asked.error());
  const auto sample = parse_sample(asked->body);
  if (!sample) return Reply::problem(sample.error());
  const wire::Endpoint endpoint = wire::classify("POST", sample->endpoint);
  policy::DetectQuery detect;
  detect.override_name = sample->provider;
  detect.endpoint = &endpoint;
  detect.model = sample->model;
  if (asked->org) detect.own_bases = asked->org->own_bases, detect.own_models = asked->org->own_models;
  const auto found = policy::detect(*asked->snapshot->registry, detect);
  if (!found) return Reply::problem(Problem{400, "invalid_field", found.error().what, "request.provider"});
  policy::RouteQuery query;
  query.feature = sample->feature.empty() ? std::string_view{"untagged"} : sample->feature;
  query.task = sample->task;
  query.provider = found->provider;
  query.model = sample->model;
  query.endpoint = &endpoint;
  return Reply::json(200, dump(dry_run_of(*asked, query)));
}

Reply post_replay(const Call& call) {
  static constexpr std::string_view kMembers[] = {"document", "window"};
  const auto asked = parse_asked(call, kMembers);
  if (!asked) return Reply::problem(asked.error());
  const auto span = replay_span(asked->body, call.now_us(), "24h");
  return span ? to_reply(replay_of(call, *asked->rules, *span, &asked->draft)) : Reply::problem(span.error());
}

}  // namespace lectr::api
