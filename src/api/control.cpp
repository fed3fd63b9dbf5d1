// The control state: rules, limits, budgets and targets as one document. Every change is a version; who comes second with an old one is told.
#include "lectr/config/control.hpp"

#include <algorithm>

#include "api/alert_channels.hpp"
#include "api/answers.hpp"
#include "api/control_documents.hpp"
#include "api/control_edit.hpp"
#include "api/endpoints.hpp"
#include "api/params.hpp"
#include "api/recommendations.hpp"
#include "lectr/base/time_text.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::api {
namespace {

constexpr std::size_t kMaxNote = 500;
constexpr std::string_view kFromFile = "file";  // versions that lectr apply made
constexpr std::int64_t kMostVersions = 100, kLagUs = 2'000'000;
constexpr std::int64_t kSeenUs = 60'000'000;  // two heartbeats of who is alone on its store; who ends in good order is gone at once

Json head_of(const store::ControlStateRow& state) {
  return {{"version", state.version},
          {"changed_at", state.version == 0 ? Json(nullptr) : Json(to_rfc3339(state.created_at_us))},
          {"changed_by", text_or_null(state.actor)},
          {"via", text_or_null(state.via)},
          {"note", state.note}};
}
Json to_json(const store::ControlStateRow& state) {
  Json out = head_of(state);
  out["document"] = Json::parse(state.document, nullptr, false);
  return out;
}

Reply refused(const config::Problems& problems) {
  const auto& first = problems.front();
  return Reply::json(400, dump({{"error", {{"code", "invalid_document"}, {"message", first.reason}, {"field", text_or_null(first.field)}}},
                                {"problems", problem_list(problems)}}));
}

Reply moved(const Call& call) {
  std::string who = "the control state has another version by now";
  if (const auto state = control_state_of(call); state && state->version > 0)
    who = "version " + std::to_string(state->version) + " by " + state->actor + " is in force by now; nothing was changed";
  return Reply::problem(Problem{409, "version_moved", std::move(who), "base_version"});
}

struct Change {
  std::int64_t base_version = 0;
  std::string note, document, via;
  std::string recommendation;  // that one of the document's rules applies; empty: none
};
Parsed<Change> parse_change(const Request& request) {
  static constexpr std::string_view kMembers[] = {"base_version", "document", "note", "recommendation", "via"};
  const auto body = parse_object(request, kMembers, kMaxDocumentBytes);
  if (!body) return body.error();
  const Json& object = body->object;
  Change change;
  const auto base = object.find("base_version");
  if (base == object.end() || !base->is_number_integer() || base->get<std::int64_t>() < 0)
    return Problem{400, "invalid_field", "the version that the document was made from is needed", "base_version"};
  change.base_version = base->get<std::int64_t>();
  if (object.contains("note") && object["note"] != "") {
    auto note = need_text(object, "note", kMaxNote);
    if (!note) return note.error();
    change.note = std::move(*note);
  }
  if (object.contains("recommendation")) {
    auto id = need_text(object, "recommendation", 32);
    if (!id) return id.error();
    change.recommendation = std::move(*id);
  }
  if (object.contains("via")) {
    if (object["via"] != "cli" && object["via"] != kFromFile) return Problem{400, "invalid_field", "can only be cli or file", "via"};
    change.via = object["via"].get<std::string>();
  }
  if (!object.contains("document")) return Problem{400, "invalid_field", "is needed", "document"};
  change.document = dump(object["document"]);
  return change;
}

// Whether somebody has changed by hand what a document said; null: no, or no document was ever applied.
Answer drift_of(const Call& call, const store::ControlStateRow& head) {
  if (head.version == 0 || head.via == kFromFile) return Body{nullptr};
  const auto versions = call.own.control_states({}, kMostVersions);
  if (!versions) return problem_of(versions.error());
  const auto applied = std::find_if(versions->begin(), versions->end(), [](const auto& one) { return one.via == kFromFile; });
  if (applied == versions->end() || applied->document == head.document) return Body{nullptr};
  return Body{{{"version", applied->version},
               {"applied_at", to_rfc3339(applied->created_at_us)},
               {"applied_by", applied->actor},
               {"edits", head.version - applied->version}}};
}

// Rules and limits are an editor's; where credentials go, what is kept and who may change all this is an admin's.
std::optional<Problem> may_not(const Call& call, const config::Control& control, const store::ControlStateRow& before) {
  if (auto problem = no_hand_edits(call)) return problem;
  if (call.caller.role == store::Role::admin || control.own == config::read_own_settings(before.document)) return {};
  return Problem{403, "forbidden", "an admin may change providers, models, prices, retention and the like; an editor the rest", "document"};
}

}  // namespace

Reply get_control(const Call& call) {
  const auto state = control_state_of(call);
  if (!state) return Reply::problem(state.error());
  const auto drift = drift_of(call, *state);
  if (!drift) return Reply::problem(drift.error());
  Json out = to_json(*state);
  out["drift"] = drift->object;
  return Reply::json(200, dump(out));
}

Reply put_control(const Call& call) {
  const auto change = parse_change(call.request);
  if (!change) return Reply::problem(change.error());
  if (!change->via.empty() && call.caller.via != Via::token)
    return Reply::problem(Problem{400, "invalid_field", "is for callers with an API token", "via"});
  const auto control = config::parse_control(change->document, *call.context.snapshot()->registry);
  if (!control) return refused(control.error());
  const auto before = control_state_of(call);
  if (!before) return Reply::problem(before.error());
  if (before->version != change->base_version) return moved(call);
  if (const auto forbidden = forbidden_in(call, *control, *before); !forbidden.empty()) return refused(forbidden);
  if (auto problem = may_not(call, *control, *before)) return Reply::problem(*problem);
  const auto author = author_of(call, change->note);
  store::ControlStateRow fresh{.created_at_us = call.now_us(),
                               .actor = author.name,
                               .via = change->via.empty() ? author.via : change->via,
                               .note = author.note,
                               .document = config::write_control(*control)};
  std::optional<store::RecommendationRow> applied;
  if (!change->recommendation.empty()) {
    auto row = applied_by(call, change->recommendation, *control);
    if (!row) return Reply::problem(row.error());
    applied = std::move(*row);
  }
  if (fresh.document == before->document) return Reply::json(200, dump(to_json(*before)));  // nothing to change: no version
  const auto version = call.own.put_control_state(fresh, change->base_version);
  if (!version) return version.error().code == Code::conflict ? moved(call) : Reply::problem(version.error());
  call.context.changed();
  // The rule is in force, whatever comes of this: without the row nobody reads what it saves, which a second PUT mends.
  if (applied && !call.own.put_recommendation(*applied)) log::warn("api: an applied recommendation could not be noted");
  fresh.version = *version;
  return Reply::json(200, dump(to_json(fresh)));
}

Reply get_control_versions(const Call& call) {
  std::optional<std::int64_t> limit, before;
  if (auto problem = take_number(call.query(), "limit", 1, kMostVersions, limit)) return Reply::problem(*problem);
  if (auto problem = take_number(call.query(), "before", 1, INT64_MAX, before)) return Reply::problem(*problem);
  const auto wanted = static_cast<std::size_t>(limit.value_or(50));
  const auto states = call.own.control_states(before, wanted + 1);  // one more: what the last one is compared with
  if (!states) return Reply::problem(states.error());
  Json rows = Json::array();
  for (std::size_t i = 0; i < std::min(wanted, states->size()); ++i) {
    const auto& state = (*states)[i];
    Json row = head_of(state);
    row["summary"] = config::describe(difference(i + 1 < states->size() ? (*states)[i + 1] : no_control_state(), state));
    rows.push_back(std::move(row));
  }
  const Json next = states->size() > wanted ? Json((*states)[wanted - 1].version) : Json(nullptr);
  return Reply::json(200, dump({{"rows", std::move(rows)}, {"next", next}}));
}

Reply get_control_version(const Call& call) {
  const auto version = path_id(path_part(call.request.path, 2));
  if (!version) return Reply::problem(version.error());
  const auto state = control_state_of(call, *version);
  return state ? Reply::json(200, dump(to_json(*state))) : Reply::problem(state.error());
}

Reply get_control_events(const Call& call) {
  std::optional<std::int64_t> limit, before;
  if (auto problem = take_number(call.query(), "limit", 1, kMostVersions, limit)) return Reply::problem(*problem);
  if (auto problem = take_number(call.query(), "before", 1, INT64_MAX, before)) return Reply::problem(*problem);
  const auto wanted = static_cast<std::size_t>(limit.value_or(50));
  const auto events = call.own.control_events({.before = before}, wanted + 1);
  if (!events) return Reply::problem(events.error());
  Json rows = Json::array();
  for (std::size_t i = 0; i < std::min(wanted, events->size()); ++i) {
    const auto& event = (*events)[i];
    Json detail = Json::parse(event.detail, nullptr, false);
    rows.push_back({{"id", event.id},
                    {"kind", event.kind},
                    {"name", event.name},
                    {"at", to_rfc3339(event.at_us)},
                    {"detail", detail.is_object() ? std::move(detail) : Json::object()}});
  }
  const Json next = events->size() > wanted ? Json((*events)[wanted - 1].id) : Json(nullptr);
  return Reply::json(200, dump({{"rows", std::move(rows)}, {"next", next}}));
}

Reply get_instances(const Call& call) {
  const std::int64_t now_us = call.now_us();
  const auto state = control_state_of(call);
  if (!state) return Reply::problem(state.error());
  const auto instances = call.own.instances(now_us - kSeenUs);
  if (!instances) return Reply::problem(instances.error());
  Json rows = Json::array();
  for (const store::InstanceRow& one : *instances) {
    const std::int64_t version = one.versions.empty() ? 0 : one.versions.begin()->second;
    rows.push_back({{"id", one.id},
                    {"version", version},
                    {"started_at", to_rfc3339(one.started_at_us)},
                    {"seen_at", to_rfc3339(one.seen_at_us)},
                    {"lags", version < state->version && now_us - state->created_at_us > kLagUs},
                    {"this", one.id == call.context.instance_id}});
  }
  return Reply::json(200, dump({{"version", state->version}, {"rows", std::move(rows)}}));
}

}  // namespace lectr::api
