// What rules do, would do, and would have done: hits, dry run, replay.
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

constexpr std::size_t kMaxDocumentBytes = 1u << 20, kReplayPage = 2'000;
constexpr std::size_t kLastFailovers = 50;
constexpr std::int64_t kMostReplayed = 500'000;
constexpr auto kReplayTime = std::chrono::seconds{15};

// What the org has: a request may bring more. Providers that take no key need none.
class OrgTargets final : public policy::TargetView {
 public:
  explicit OrgTargets(const config::Snapshot& snapshot, const config::Org* org) : snapshot_{snapshot}, org_{org} {}
  bool has_credential(config::ProviderIndex at) const noexcept override {
    const config::Provider& p = snapshot_.registry->providers[at];
    const bool keyless = p.auth == config::AuthStyle::bearer && p.key_prefixes.empty() && p.key_shapes.empty();
    return keyless || (org_ != nullptr && org_->credentials.contains(p.name));
  }

 private:
  const config::Snapshot& snapshot_;
  const config::Org* org_;
};

// The rules asked about: a draft's, or those in force.
struct Asked {
  std::shared_ptr<const config::Snapshot> snapshot;
  const config::Org* org = nullptr;
  std::shared_ptr<const config::CompiledRules> rules;
  Json body;
};
Parsed<Asked> parse_asked(const Call& call, std::span<const std::string_view> members) {
  auto body = parse_object(call.request, members, kMaxDocumentBytes);
  if (!body) return body.error();
  Asked asked{call.context.snapshot(), nullptr, nullptr, std::move(body->object)};
  if (const auto org = asked.snapshot->orgs.find(call.caller.org); org != asked.snapshot->orgs.end()) asked.org = &org->second;
  if (asked.org) asked.rules = asked.org->rules;
  if (asked.body.contains("document")) {
    const auto control = config::parse_control(dump(asked.body["document"]), *asked.snapshot->registry);
    if (!control) return Problem{400, "invalid_document", control.error().front().reason, "document." + control.error().front().field};
    asked.rules = config::compile_rules(*control, *asked.snapshot->registry);
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
  const OrgTargets view{*asked.snapshot, asked.org};
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

// Where rerouted rows go, as long as that target took there in the same time; nothing known of a target: counted.
struct LatencyAfter {
  Sketch all;
  std::int64_t unknown = 0, from = 0;
};
Parsed<LatencyAfter> latency_after(const Call& call, const policy::Replay& replay, const Span& span) {
  LatencyAfter out{replay.latency_kept};
  for (const auto& [target, requests] : replay.moved) {
    store::RollupFilter filter;
    filter.from_us = span.from_us, filter.to_us = span.to_us, filter.provider = target.first;
    const auto sums = call.own.aggregate(filter, store::Dimension::model);
    if (!sums) return problem_of(sums.error());
    Sketch there;
    for (const auto& group : sums->groups)
      if (group.name == target.second || group.name.starts_with(target.second + "-20")) there.merge(group.total.latency);
    if (there.count() < 20) {  // as on the charts: too few to judge
      out.unknown += requests;
      continue;
    }
    out.from += there.count();
    for (const auto& bucket : there.buckets())
      if (const std::int64_t share = bucket.count * requests / there.count(); share > 0) out.all.add(Sketch::value_of(bucket.index), share);
  }
  return out;
}

std::string dollars_of(policy::Replay::Femto value) { return store::dollars(value); }
Json ms_of(std::int64_t us) { return us < 0 ? Json(nullptr) : Json(static_cast<double>(us) / 1000); }

Json replay_json(const policy::Replay& replay, const LatencyAfter& latency, const Span& span, bool complete, std::int64_t oldest_us) {
  Json rules = Json::array();
  for (const auto& rule : replay.rules())
    rules.push_back({{"name", rule.name}, {"shadow", rule.shadow}, {"requests", rule.requests}, {"rerouted", rule.rerouted}});
  Json notes = Json::array({"token counts are taken as they were: another model may write more or less"});
  if (!complete) notes.push_back("only the newest requests of the window: there were more than one answer reads");
  if (latency.unknown > 0)
    notes.push_back(std::to_string(latency.unknown) + " rerouted requests go where too few went before to tell how long it takes");
  return {{"from", to_rfc3339(complete ? span.from_us : oldest_us)},
          {"to", to_rfc3339(span.to_us)},
          {"complete", complete},
          {"requests", replay.requests},
          {"matched", replay.matched},
          {"rerouted", replay.rerouted},
          {"rules", std::move(rules)},
          {"cost_before", dollars_of(replay.cost_before)},
          {"cost_after", dollars_of(replay.cost_after)},
          {"cost_low", dollars_of(replay.cost_low)},
          {"cost_high", dollars_of(replay.cost_high)},
          {"cost_unknown", replay.cost_unknown},
          {"latency_p95_before_ms", ms_of(replay.latency_before.quantile_us(950))},
          {"latency_p95_after_ms", latency.unknown * 2 > replay.rerouted ? Json(nullptr) : ms_of(latency.all.quantile_us(950))},
          {"latency_unknown", latency.unknown},
          {"notes", std::move(notes)}};
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

Parsed<Span> replay_span(const Json& body, std::int64_t now_us, const char* otherwise) {
  const auto window = body.find("window");
  if (window != body.end() && !window->is_string()) return Problem{400, "invalid_field", "a text like 24h is needed", "window"};
  const auto query = Query::parse("window=" + (window == body.end() ? std::string{otherwise} : window->get<std::string>().substr(0, 8)));
  if (!query) return query.error();
  return parse_span(*query, now_us);
}

Answer replay_of(const Call& call, const config::CompiledRules& rules, const Span& span) {
  const auto snapshot = call.context.snapshot();
  const auto at = snapshot->orgs.find(call.caller.org);
  const config::Org* const org = at == snapshot->orgs.end() ? nullptr : &at->second;
  const OrgTargets view{*snapshot, org};
  policy::Replay replay{rules, *snapshot->registry, *snapshot->prices, org ? org->own_prices.get() : nullptr, view};
  store::RequestFilter filter;
  filter.from_us = span.from_us, filter.to_us = span.to_us;
  std::optional<store::RequestCursor> before;
  const auto until = std::chrono::steady_clock::now() + kReplayTime;
  bool complete = false;
  std::int64_t oldest_us = span.to_us, read = 0;
  while (!complete && read < kMostReplayed && std::chrono::steady_clock::now() < until) {
    const auto page = call.own.requests(filter, before, kReplayPage);
    if (!page) return problem_of(page.error());
    for (const Event& row : page->rows) replay.add(row);
    read += static_cast<std::int64_t>(page->rows.size());
    if (!page->rows.empty()) oldest_us = page->rows.back().completed_at_us;
    before = page->next;
    complete = !before;
  }
  const auto latency = latency_after(call, replay, span);
  if (!latency) return latency.error();
  return Body{replay_json(replay, *latency, span, complete, oldest_us)};
}

Reply post_replay(const Call& call) {
  static constexpr std::string_view kMembers[] = {"document", "window"};
  const auto asked = parse_asked(call, kMembers);
  if (!asked) return Reply::problem(asked.error());
  const auto span = replay_span(asked->body, call.now_us(), "24h");
  return span ? to_reply(replay_of(call, *asked->rules, *span)) : Reply::problem(span.error());
}

}  // namespace lectr::api
