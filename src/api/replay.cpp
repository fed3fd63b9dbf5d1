// What a draft would have meant for the requests that have been.
#include "api/replay.hpp"

#include <chrono>

#include "api/answers.hpp"
#include "lectr/base/model_name.hpp"
#include "lectr/base/time_text.hpp"
#include "lectr/policy/replay.hpp"

namespace lectr::api {
namespace {

constexpr std::size_t kPage = 2'000;
constexpr double kMostReplayed = 1'000'000;
constexpr auto kReplayTime = std::chrono::seconds{20};

using Moved = std::map<ReplayedState::Target, std::int64_t>;

// Rows that go elsewhere, as long as that target took there in the same time; nothing known of a target: counted.
struct LatencyAfter {
  Sketch all;
  std::int64_t unknown = 0, elsewhere = 0;
  Json p95() const {
    return unknown * 2 > elsewhere    ? Json(nullptr)
           : all.quantile_us(950) < 0 ? Json(nullptr)
                                      : Json(static_cast<double>(all.quantile_us(950)) / 1000);
  }
};
Parsed<LatencyAfter> latency_after(const Call& call, const Sketch& kept, const Moved& moved, const Span& span) {
  LatencyAfter out{kept};
  for (const auto& [target, requests] : moved) {
    out.elsewhere += requests;
    store::RollupFilter filter;
    filter.from_us = span.from_us, filter.to_us = span.to_us, filter.provider = target.first;
    const auto sums = call.own.aggregate(filter, store::Dimension::model);
    if (!sums) return problem_of(sums.error());
    Sketch there;
    for (const auto& group : sums->groups)
      if (same_model(target.second, group.name)) there.merge(group.total.latency);
    if (there.count() < 20) {  // as on the charts: too few to judge
      out.unknown += requests;
      continue;
    }
    for (const auto& bucket : there.buckets())
      if (const std::int64_t share = bucket.count * requests / there.count(); share > 0) out.all.add(Sketch::value_of(bucket.index), share);
  }
  return out;
}

std::string dollars_of(policy::Replay::Femto value) { return store::dollars(value); }
Json ms_of(std::int64_t us) { return us < 0 ? Json(nullptr) : Json(static_cast<double>(us) / 1000); }

Json counts_of(const std::map<std::string, std::int64_t>& counts) {
  Json out = Json::array();
  for (const auto& [name, requests] : counts) out.push_back({{"name", name}, {"requests", requests}});
  return out;
}

Answer state_json(const Call& call, const ReplayedState& state, const Span& span) {
  const auto latency = latency_after(call, state.latency_kept, state.moved, span);
  if (!latency) return latency.error();
  return Body{{{"passed", state.passed},
               {"rerouted", state.rerouted},
               {"downgraded", state.downgraded},
               {"limited", state.limited},
               {"blocked", state.blocked},
               {"cost", dollars_of(state.cost)},
               {"cost_low", dollars_of(state.cost_low)},
               {"cost_high", dollars_of(state.cost_high)},
               {"cost_unknown", state.cost_unknown},
               {"cost_expected", state.expected},
               {"latency_p95_ms", latency->p95()},
               {"latency_unknown", latency->unknown},
               {"rules", counts_of(state.by_rule)},
               {"limits", counts_of(state.by_limit)},
               {"budgets", counts_of(state.by_budget)},
               {"shadow",
                {{"stopped", state.shadow.stopped},
                 {"downgraded", state.shadow.downgraded},
                 {"rules", counts_of(state.shadow.by_rule)},
                 {"limits", counts_of(state.shadow.by_limit)},
                 {"budgets", counts_of(state.shadow.by_budget)}}}}};
}

Answer states_json(const Call& call, const ReplayedStates& states, const Span& span) {
  const auto before = state_json(call, states.before, span), after = state_json(call, states.after, span);
  if (!before) return before.error();
  if (!after) return after.error();
  return Body{{{"requests", states.requests},
               {"skipped", states.skipped},
               {"refused_then", states.refused_then},
               {"differ", states.differ},
               {"before", before->object},
               {"after", after->object}}};
}

// What was read: the newest rows of the window, as many as one answer looks at, and whether that was all.
struct Walked {
  Span span;
  bool complete = true;
};

// The part of the window's end that holds no more rows than are looked at.
Parsed<Span> fitting(const Call& call, Span span) {
  for (int tries = 0; tries < 6; ++tries) {
    store::RollupFilter filter;
    filter.from_us = span.from_us, filter.to_us = span.to_us;
    const auto sums = call.own.aggregate(filter, store::Dimension::none, 0, store::Percentiles::none);
    if (!sums) return problem_of(sums.error());
    const double rows = static_cast<double>(sums->total.requests);
    if (rows <= kMostReplayed) break;
    span.from_us = span.to_us - static_cast<std::int64_t>(static_cast<double>(span.length_us()) * 0.95 * kMostReplayed / rows);
  }
  return span;
}

Parsed<Walked> walk(const Call& call, const Span& span, const std::function<void(const Event&)>& visit) {
  Walked out{span};
  std::optional<store::RequestCursor> after;
  const auto until = std::chrono::steady_clock::now() + kReplayTime;
  for (;;) {
    const auto rows = call.own.walk(span.from_us, span.to_us, after, kPage);
    if (!rows) return problem_of(rows.error());
    for (const Event& row : *rows) visit(row);
    if (rows->size() < kPage) return out;
    after = store::RequestCursor{rows->back().completed_at_us, rows->back().id};
    if (std::chrono::steady_clock::now() < until) continue;
    out.span.to_us = rows->back().completed_at_us;
    out.complete = false;
    return out;
  }
}

Json notes_of(const LatencyAfter& latency, const Walked& walked, const std::optional<ReplayedStates>& states) {
  Json notes = Json::array({"token counts are taken as they were: another model may write more or less"});
  if (!walked.complete) notes.push_back("only a part of the window: there were more requests than one answer reads");
  if (latency.unknown > 0)
    notes.push_back(std::to_string(latency.unknown) + " rerouted requests go where too few went before to tell how long it takes");
  if (!states) return notes;
  if (states->refused_then > 0)
    notes.push_back(std::to_string(states->refused_then) +
                    " requests were refused by a limit or budget then: what they would have used is taken from others of their feature and model");
  if (states->skipped > 0) notes.push_back(std::to_string(states->skipped) + " requests were refused before a provider was chosen, and are left out");
  notes.push_back("what waits, retries and failovers would have done is not known: every target is taken to be well, and no client to come again");
  return notes;
}

}  // namespace

Parsed<Span> replay_span(const Json& body, std::int64_t now_us, const char* otherwise) {
  const auto window = body.find("window");
  if (window != body.end() && !window->is_string()) return Problem{400, "invalid_field", "a text like 24h is needed", "window"};
  const auto query = Query::parse("window=" + (window == body.end() ? std::string{otherwise} : window->get<std::string>().substr(0, 8)));
  if (!query) return query.error();
  return parse_span(*query, now_us);
}

Answer replay_of(const Call& call, const config::CompiledRules& rules, const Span& asked, const config::Control* draft) {
  const auto snapshot = call.context.snapshot();
  const auto at = snapshot->orgs.find(call.caller.org);
  const config::Org* const org = at == snapshot->orgs.end() ? nullptr : &at->second;
  const policy::OrgTargets view{*snapshot->registry, org};
  policy::Replay replay{rules, *snapshot->registry, *snapshot->prices, org ? org->own_prices.get() : nullptr, view};
  const auto span = fitting(call, asked);
  if (!span) return span.error();
  std::unique_ptr<StatesReplay> states;
  if (draft && call.context.replay_states) {
    const auto keys = call.own.keys();
    if (!keys) return problem_of(keys.error());
    states = call.context.replay_states(call.caller.org, *draft, *keys, span->from_us);
  }
  auto walked = walk(call, *span, [&](const Event& row) {
    replay.add(row);
    if (states) states->add(row);
  });
  if (!walked) return walked.error();
  walked->complete = walked->complete && span->from_us == asked.from_us;
  const auto latency = latency_after(call, replay.latency_kept, replay.moved, *span);
  if (!latency) return latency.error();
  const std::optional<ReplayedStates> both = states ? std::optional{states->finish()} : std::nullopt;
  Json listed = Json::array();
  for (const auto& rule : replay.rules())
    listed.push_back({{"name", rule.name}, {"shadow", rule.shadow}, {"requests", rule.requests}, {"rerouted", rule.rerouted}});
  Json out = {{"from", to_rfc3339(walked->span.from_us)},
              {"to", to_rfc3339(walked->span.to_us)},
              {"complete", walked->complete},
              {"requests", replay.requests},
              {"matched", replay.matched},
              {"rerouted", replay.rerouted},
              {"rules", std::move(listed)},
              {"cost_before", dollars_of(replay.cost_before)},
              {"cost_after", dollars_of(replay.cost_after)},
              {"cost_low", dollars_of(replay.cost_low)},
              {"cost_high", dollars_of(replay.cost_high)},
              {"cost_unknown", replay.cost_unknown},
              {"latency_p95_before_ms", ms_of(replay.latency_before.quantile_us(950))},
              {"latency_p95_after_ms", latency->p95()},
              {"latency_unknown", latency->unknown},
              {"notes", notes_of(*latency, *walked, both)}};
  if (!both) return Body{std::move(out)};
  const auto compared = states_json(call, *both, walked->span);
  if (!compared) return compared.error();
  out["states"] = compared->object;
  return Body{std::move(out)};
}

}  // namespace lectr::api
