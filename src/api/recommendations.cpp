// GET /recommendations and what can be done with one: dismiss, reopen, draft.
#include "api/recommendations.hpp"

#include <algorithm>

#include "api/endpoints.hpp"
#include "api/replay.hpp"
#include "lectr/base/model_name.hpp"
#include "lectr/base/text.hpp"
#include "lectr/base/time_text.hpp"

namespace lectr::api {
namespace {

using insight::Recommendation;
using store::RecommendationRow;
using State = store::RecommendationState;

constexpr std::int64_t kFewToJudge = 20;  // as on the charts
constexpr std::size_t kMaxReason = 500;
constexpr std::int64_t kAdviceDays = kAdviceUs / kDayUs;

const char* to_text(State state) { return state == State::dismissed ? "dismissed" : state == State::applied ? "applied" : "open"; }

// 95th percentiles of the models of one provider at a time; each provider is asked for once.
class Latencies {
 public:
  Latencies(const Call& call, const Span& span) : call_{call}, span_{span} {}
  std::optional<std::int64_t> operator()(std::string_view provider, std::string_view model) {
    const auto [at, fresh] = by_provider_.try_emplace(std::string{provider});
    if (fresh) read(at->first, at->second);
    Sketch there;
    for (const auto& [name, sketch] : at->second)
      if (same_model(model, name)) there.merge(sketch);
    return there.count() < kFewToJudge ? std::nullopt : std::optional{there.quantile_us(950)};
  }

 private:
  void read(const std::string& provider, std::map<std::string, Sketch>& into) {
    store::RollupFilter filter;
    filter.from_us = span_.from_us, filter.to_us = span_.to_us, filter.provider = provider;
    const auto sums = call_.own.aggregate(filter, store::Dimension::model, 0, store::Percentiles::totals_only);
    if (!sums) return;  // not known then: the saving is worth showing all the same
    for (const auto& group : sums->groups) into[lower(group.name)].merge(group.total.latency);
  }
  const Call& call_;
  const Span span_;
  std::map<std::string, std::map<std::string, Sketch>> by_provider_;
};

struct Now {
  Span span;
  std::vector<insight::Usage> usage;
  std::vector<Recommendation> found;
  std::vector<RecommendationRow> decided;
};
Parsed<Now> look(const Call& call) {
  Now now;
  now.span = {call.now_us() - kAdviceUs, call.now_us()};
  auto usage = usage_between(call, now.span.from_us, now.span.to_us);
  if (!usage) return usage.error();
  now.usage = std::move(*usage);
  auto decided = call.own.recommendations();
  if (!decided) return problem_of(decided.error());
  now.decided = std::move(*decided);
  Latencies latencies{call, now.span};
  const auto price = [&](const insight::Usage& u, std::string_view provider, std::string_view model) {
    return reprice(call, u, provider, model, now.span.to_us);
  };
  now.found = insight::recommend(now.usage, config::builtin_advice(), price, std::ref(latencies));
  return now;
}

const RecommendationRow* decision_of(const Now& now, std::string_view id) {
  const auto at = std::find_if(now.decided.begin(), now.decided.end(), [id](const auto& row) { return row.id == id; });
  return at == now.decided.end() ? nullptr : &*at;
}
const Recommendation* found_of(const Now& now, std::string_view id) {
  const auto at = std::find_if(now.found.begin(), now.found.end(), [id](const auto& one) { return one.id == id; });
  return at == now.found.end() ? nullptr : &*at;
}

RecommendationRow row_of(const Recommendation& r) {
  RecommendationRow row;
  row.id = r.id, row.feature = r.feature, row.task = r.task, row.provider = r.provider, row.model = r.model;
  row.to_provider = r.to_provider, row.to_model = r.to_model;
  return row;
}

bool rule_in_force(const Call& call, const std::string& name) {
  const auto snapshot = call.context.snapshot();
  const auto org = snapshot->orgs.find(call.caller.org);
  if (org == snapshot->orgs.end() || !org->second.control) return false;
  const auto& rules = org->second.control->rules;
  return std::any_of(rules.begin(), rules.end(), [&](const auto& rule) { return rule.name == name && rule.enabled && !rule.shadow; });
}

Json milliseconds(const std::optional<std::int64_t>& us) { return us ? Json(static_cast<double>(*us) / 1000) : Json(nullptr); }

// What both have; a row that nothing is found for any more has no numbers.
Json to_json(const Call& call, const RecommendationRow& about, const Recommendation* found, const RecommendationRow* decided) {
  const State state = decided ? decided->state : State::open;
  Json out = {{"id", about.id},
              {"state", to_text(state)},
              {"feature", about.feature},
              {"task", text_or_null(about.task)},
              {"provider", about.provider},
              {"model", about.model},
              {"to_provider", about.to_provider},
              {"to_model", about.to_model}};
  const auto money = [&](insight::Femto value) { return found ? Json(store::dollars(value)) : Json(nullptr); };
  out["note"] = found ? Json(found->note) : Json(nullptr);
  out["requests"] = found ? Json(found->requests) : Json(nullptr);
  out["cost"] = money(found ? found->cost : 0);
  out["saving"] = money(found ? found->saving : 0);
  out["saving_low"] = money(found ? found->saving_low : 0);
  out["saving_high"] = money(found ? found->saving_high : 0);
  out["saving_share"] = found && found->cost > 0 ? Json(static_cast<double>(found->saving) / static_cast<double>(found->cost)) : Json(nullptr);
  out["confidence"] = found ? Json(std::string{insight::to_text(found->confidence)}) : Json(nullptr);
  out["confidence_reason"] = found ? Json(found->reason) : Json(nullptr);
  out["guessed_task"] = found ? text_or_null(found->guessed_task) : Json(nullptr);
  out["latency_p95_ms"] = found ? milliseconds(found->latency_us) : Json(nullptr);
  out["latency_p95_there_ms"] = found ? milliseconds(found->latency_there_us) : Json(nullptr);
  const bool acted = decided && state != State::open;
  out["decided_at"] = acted ? Json(to_rfc3339(decided->at_us)) : Json(nullptr);
  out["decided_by"] = acted ? Json(decided->who) : Json(nullptr);
  out["reason"] = acted ? text_or_null(decided->reason) : Json(nullptr);
  out["rule"] = acted ? text_or_null(decided->rule) : Json(nullptr);
  out["rule_in_force"] = state == State::applied ? Json(rule_in_force(call, decided->rule)) : Json(nullptr);
  return out;
}

// Of several candidates for one feature, task and model only one can be taken: the dearest counts.
insight::Femto open_saving(const Now& now) {
  std::map<std::tuple<std::string, std::string, std::string, std::string>, insight::Femto> best;
  for (const Recommendation& r : now.found) {
    const auto* decided = decision_of(now, r.id);
    if (decided && decided->state != State::open) continue;
    auto& most = best[{r.feature, r.task, r.provider, r.model}];
    most = std::max(most, r.saving);
  }
  insight::Femto sum = 0;
  for (const auto& [place, saving] : best) sum += saving;
  return sum;
}

constexpr const char* kNoSuch = "there is no such recommendation: it may have been about traffic that is gone";

// The one that the path names, open or decided.
struct One {
  Now now;
  const Recommendation* found = nullptr;
  const RecommendationRow* decided = nullptr;
  RecommendationRow about;
};
Parsed<One> find_one(const Call& call, const std::string& id) {
  auto now = look(call);
  if (!now) return now.error();
  One one{std::move(*now)};
  one.found = found_of(one.now, id), one.decided = decision_of(one.now, id);
  if (!one.found && !one.decided) return Problem{404, "not_found", kNoSuch, {}};
  one.about = one.found ? row_of(*one.found) : *one.decided;
  return one;
}

std::string id_in_path(const Call& call) { return path_part(call.request.path, 1); }

Reply decide(const Call& call, State state, std::string reason) {
  const auto one = find_one(call, id_in_path(call));
  if (!one) return Reply::problem(one.error());
  if (state == State::dismissed && one->decided && one->decided->state == State::applied && rule_in_force(call, one->decided->rule))
    return Reply::problem(Problem{409, "conflict", "it is applied: take its rule out of the control state first", {}});
  RecommendationRow row = one->about;
  row.state = state, row.at_us = call.now_us(), row.who = call.caller.name, row.reason = std::move(reason);
  row.rule.clear(), row.requests_before = row.errors_before = row.days_before = 0, row.cost_before = "0";
  if (const auto done = call.own.put_recommendation(row); !done) return Reply::problem(done.error());
  return Reply::json(200, dump(to_json(call, row, one->found, &row)));
}

// Unique among the org's rules, as the id is in it; names have at most kMaxControlName bytes.
std::string rule_name(const RecommendationRow& r) {
  std::string plain;
  for (const char c : cut_utf8(r.feature, 40)) plain += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return "cheaper " + plain + " " + r.id.substr(0, 8);
}

config::Rule rule_of(const RecommendationRow& r) {
  config::Rule rule;
  rule.name = rule_name(r);
  rule.when = {r.feature, r.task, r.provider, r.model};
  rule.split = {{r.to_provider, r.to_model, 1}};
  rule.fallback = {{r.provider, r.model, 1}};  // what it fails on goes where it went before
  return rule;
}

}  // namespace

Reply get_recommendations(const Call& call) {
  const auto now = look(call);
  if (!now) return Reply::problem(now.error());
  Json rows = Json::array();
  for (const Recommendation& r : now->found) rows.push_back(to_json(call, row_of(r), &r, decision_of(*now, r.id)));
  for (const RecommendationRow& row : now->decided)
    if (row.state != State::open && !found_of(*now, row.id)) rows.push_back(to_json(call, row, nullptr, &row));
  const auto& advice = config::builtin_advice();
  return Reply::json(200, dump({{"from", to_rfc3339(now->span.from_us)},
                                {"to", to_rfc3339(now->span.to_us)},
                                {"open_saving", store::dollars(open_saving(*now))},
                                {"models_as_of", advice.downgrades_version},
                                {"rows", std::move(rows)}}));
}

Reply get_recommendation(const Call& call) {
  const auto one = find_one(call, id_in_path(call));
  if (!one) return Reply::problem(one.error());
  Json out = to_json(call, one->about, one->found, one->decided);
  out["effect"] = nullptr;
  if (one->decided && one->decided->state == State::applied) {
    auto effect = effect_of(call, *one->decided);
    if (!effect) return Reply::problem(effect.error());
    out["effect"] = std::move(effect->object);
  }
  return Reply::json(200, dump(out));
}

Reply post_recommendation_dismiss(const Call& call) {
  static constexpr std::string_view kMembers[] = {"reason"};
  const auto body = parse_object(call.request, kMembers);
  if (!body) return Reply::problem(body.error());
  auto reason = need_text(body->object, "reason", kMaxReason);
  return reason ? decide(call, State::dismissed, std::move(*reason)) : Reply::problem(reason.error());
}

Reply post_recommendation_reopen(const Call& call) { return decide(call, State::open, {}); }

Reply post_recommendation_draft(const Call& call) {
  static constexpr std::string_view kMembers[] = {"window"};
  const auto body = parse_object(call.request, kMembers);
  if (!body) return Reply::problem(body.error());
  const auto span = replay_span(body->object, call.now_us(), "7d");
  if (!span) return Reply::problem(span.error());
  const auto one = find_one(call, id_in_path(call));
  if (!one) return Reply::problem(one.error());
  const auto state = call.own.control_state();
  if (!state && state.error().code != Code::not_found) return Reply::problem(state.error());
  const auto snapshot = call.context.snapshot();
  auto control = config::parse_control(state ? state->document : std::string{"{}"}, *snapshot->registry);
  if (!control) return Reply::problem(Problem{409, "conflict", "the control state names something that this instance does not know", {}});
  const config::Rule rule = rule_of(one->about);
  std::erase_if(control->rules, [&](const auto& there) { return there.name == rule.name; });
  control->rules.insert(control->rules.begin(), rule);  // the first that matches counts, and this one names its requests exactly
  const std::string document = config::write_control(*control);
  if (const auto checked = config::parse_control(document, *snapshot->registry); !checked)
    return Reply::problem(Problem{409, "conflict", "no rule can be made of it: " + checked.error().front().reason, {}});
  auto replay = replay_of(call, *config::compile_rules(*control, *snapshot->registry), *span);
  if (!replay) return Reply::problem(replay.error());
  Json whole = Json::parse(document);
  return Reply::json(200, dump({{"id", one->about.id},
                                {"base_version", state ? state->version : 0},
                                {"rule", whole["rules"][0]},
                                {"document", whole},
                                {"replay", std::move(replay->object)}}));
}

Parsed<RecommendationRow> applied_by(const Call& call, const std::string& id, const config::Control& control) {
  const auto one = find_one(call, id);
  if (!one) return Problem{400, "invalid_field", kNoSuch, "recommendation"};
  RecommendationRow row = one->about;
  const auto& rules = control.rules;
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const auto& there) { return there.name == rule_name(row); });
  if (rule == rules.end()) return Problem{400, "invalid_field", "the document has no rule of this recommendation's name", "recommendation"};
  row.state = State::applied, row.at_us = call.now_us(), row.who = call.caller.name, row.reason.clear(), row.rule = rule->name;
  row.requests_before = row.errors_before = 0, row.days_before = kAdviceDays;
  insight::Femto cost = 0;
  for (const insight::Usage& u : one->now.usage) {
    if (u.feature != row.feature || (!row.task.empty() && u.task != row.task) || lower(u.asked) != row.model) continue;
    row.requests_before += u.requests, row.errors_before += u.errors, cost += u.cost;
  }
  row.cost_before = store::dollars(cost);
  return row;
}

}  // namespace lectr::api
