// What a document would change, and what two versions differ in. Nothing here changes anything.
#include <algorithm>

#include "api/alert_channels.hpp"
#include "api/control_documents.hpp"
#include "api/control_edit.hpp"
#include "api/endpoints.hpp"
#include "api/params.hpp"

namespace lectr::api {
namespace {

// Destinations whose provider the org has no credential for: they work only for requests that bring one.
config::Problems warnings_of(const config::Control& control) {
  config::Problems out;
  const auto& own = control.own.providers;
  const auto look = [&](const std::string& provider, const std::string& field) {
    if (provider.empty() || std::any_of(own.begin(), own.end(), [&](const auto& p) { return p.name == provider && !p.credential.empty(); })) return;
    out.push_back({{},
                   field,
                   "the org has no credential for " + provider + ": requests must bring X-Lectr-Provider-Key-" + provider + ", or pass as they are"});
  };
  for (std::size_t i = 0; i < control.rules.size(); ++i) {
    const std::string rule = "rules[" + std::to_string(i) + "].";
    for (std::size_t k = 0; k < control.rules[i].split.size(); ++k)
      look(control.rules[i].split[k].provider, rule + "split[" + std::to_string(k) + "].provider");
    for (std::size_t k = 0; k < control.rules[i].fallback.size(); ++k)
      look(control.rules[i].fallback[k].provider, rule + "fallback[" + std::to_string(k) + "].provider");
  }
  return out;
}

// Keys that limits mean and the org has not: such a limit waits for one of that name, which a document may well be applied before.
void warn_of_keys(const config::Control& control, const std::vector<store::KeyRow>& keys, std::int64_t now_us, config::Problems& out) {
  const auto in_force = [&](const store::KeyRow& key) { return !key.revoked_at_us && (!key.expires_at_us || *key.expires_at_us > now_us); };
  for (std::size_t i = 0; i < control.limits.size(); ++i) {
    const std::string& meant = control.limits[i].key;
    const auto id = config::key_id_of(meant);
    const auto fits = [&](const store::KeyRow& key) { return in_force(key) && (id ? key.id == *id : key.name == meant); };
    if (meant.empty() || meant == "*" || std::any_of(keys.begin(), keys.end(), fits)) continue;
    out.push_back({{},
                   "limits[" + std::to_string(i) + "].key",
                   id ? "the org has no key of this id in force; a key's name would hold on every gateway"
                      : "the org has no key of this name in force: the limit counts from when there is one"});
  }
}

// A body's document, looked at as a change would be. `control` only where there is no problem.
struct Looked {
  std::optional<config::Control> control;
  config::Problems problems, warnings;
};
Parsed<Looked> look_at_document(const Call& call) {
  static constexpr std::string_view kMembers[] = {"document"};
  const auto body = parse_object(call.request, kMembers, kMaxDocumentBytes);
  if (!body) return body.error();
  if (!body->object.contains("document")) return Problem{400, "invalid_field", "is needed", "document"};
  const auto before = control_state_of(call);
  if (!before) return problem_of(before.error());
  const auto made = call.own.alert_secrets_made();
  if (!made) return problem_of(made.error());
  const auto keys = call.own.keys();
  if (!keys) return problem_of(keys.error());
  auto control = config::parse_control(dump(body->object["document"]), *call.context.snapshot()->registry);
  Looked out;
  if (!control) {
    out.problems = control.error();
    return out;
  }
  out.problems = forbidden_in(call, *control, *before);
  out.warnings = warnings_of(*control);
  warn_of_keys(*control, *keys, call.now_us(), out.warnings);
  for (auto& warning : channel_warnings(call.context, *control, *made)) out.warnings.push_back(std::move(warning));
  if (out.problems.empty()) out.control = std::move(*control);
  return out;
}

// Version 0 is the empty state.
Result<store::ControlStateRow> version_or_empty(const Call& call, std::int64_t version) {
  return version == 0 ? Result<store::ControlStateRow>{no_control_state()} : control_state_of(call, version);
}

}  // namespace

store::ControlStateRow no_control_state() { return {.document = "{}"}; }

Result<store::ControlStateRow> control_state_of(const Call& call, std::optional<std::int64_t> version) {
  auto state = call.own.control_state(version);
  if (!state && !version && state.error().code == Code::not_found) return no_control_state();
  return state;
}

Json document_of(const store::ControlStateRow& state) {
  Json document = Json::parse(state.document, nullptr, false);
  return document.is_discarded() ? Json(nullptr) : document;
}

std::vector<config::Change> difference(const store::ControlStateRow& before, const store::ControlStateRow& after) {
  return config::changes_between(document_of(before), document_of(after));
}

Json problem_list(const config::Problems& problems) {
  Json out = Json::array();
  for (const auto& problem : problems) out.push_back({{"field", problem.field}, {"reason", problem.reason}});
  return out;
}

Reply post_control_check(const Call& call) {
  const auto looked = look_at_document(call);
  if (!looked) return Reply::problem(looked.error());
  return Reply::json(200, dump({{"problems", problem_list(looked->problems)}, {"warnings", problem_list(looked->warnings)}}));
}

Reply post_control_plan(const Call& call) {
  const auto looked = look_at_document(call);
  if (!looked) return Reply::problem(looked.error());
  const auto now = control_state_of(call);
  if (!now) return Reply::problem(now.error());
  Json changes = Json::array(), document = nullptr;
  if (looked->control) {
    document = Json::parse(config::write_control(*looked->control));
    changes = to_json(config::changes_between(document_of(*now), document));
  }
  return Reply::json(200, dump({{"base_version", now->version},
                                {"changes", std::move(changes)},
                                {"problems", problem_list(looked->problems)},
                                {"warnings", problem_list(looked->warnings)},
                                {"document", std::move(document)}}));
}

Reply get_control_diff(const Call& call) {
  std::optional<std::int64_t> from, to;
  if (auto problem = take_number(call.query(), "from", 0, INT64_MAX, from)) return Reply::problem(*problem);
  if (auto problem = take_number(call.query(), "to", 0, INT64_MAX, to)) return Reply::problem(*problem);
  if (!from || !to) return Reply::problem(bad_parameter(from ? "to" : "from", "a version is needed; 0 is the empty state before the first"));
  const auto before = version_or_empty(call, *from), after = version_or_empty(call, *to);
  if (!before || !after) return Reply::problem(before ? after.error() : before.error());
  return Reply::json(200, dump({{"from", *from},
                                {"to", *to},
                                {"changes", to_json(difference(*before, *after))},
                                {"before", document_of(*before)},
                                {"after", document_of(*after)}}));
}

}  // namespace lectr::api
