#include "api/answers.hpp"
#include "api/control_edit.hpp"
#include "api/endpoints.hpp"
#include "api/org_json.hpp"

namespace lectr::api {
namespace {

constexpr std::size_t kMaxName = 100;
constexpr std::int64_t kMaxDays = 3650;

Json row_of(const store::OrgRow& org) {
  return {{"id", org.id},
          {"name", org.name},
          {"enabled", org.enabled},
          {"exact_stream_usage", org.exact_stream_usage},
          {"retention", retention_of(org)},
          {"created_at", time_or_null(org.created_at_us)}};
}

struct OrgPatch {
  std::optional<std::string> name;
  std::optional<bool> exact_stream_usage;
  std::optional<int> row_days, rollup_days;
};

// Days are whole numbers up to ten years; 0: for ever.
Parsed<std::optional<int>> take_days(const Json& retention, const char* name) {
  const auto given = retention.find(name);
  if (given == retention.end()) return std::optional<int>{};
  const std::string field = std::string{"retention."} + name;
  if (!given->is_number_integer()) return Problem{400, "invalid_field", "a whole number of days is needed", field};
  const auto days = given->get<std::int64_t>();
  if (days < 0 || days > kMaxDays) return Problem{400, "invalid_field", "not between 0 and 3650", field};
  return std::optional{static_cast<int>(days)};
}

std::optional<Problem> take_retention(const Json& retention, OrgPatch& out) {
  if (!retention.is_object()) return Problem{400, "invalid_field", "an object is needed", "retention"};
  for (const auto& [name, value] : retention.items())
    if (name != "row_days" && name != "rollup_days")
      return Problem{400, "unknown_field", "this endpoint has no such field", "retention." + name.substr(0, 80)};
  const auto rows = take_days(retention, "row_days"), rollups = take_days(retention, "rollup_days");
  if (!rows) return rows.error();
  if (!rollups) return rollups.error();
  out.row_days = *rows;
  out.rollup_days = *rollups;
  return {};
}

Parsed<OrgPatch> parse_change(const Request& request) {
  static constexpr std::string_view kMembers[] = {"name", "exact_stream_usage", "retention"};
  const auto body = parse_object(request, kMembers);
  if (!body) return body.error();
  const Json& object = body->object;
  OrgPatch change;
  if (object.contains("name")) {
    auto name = need_text(object, "name", kMaxName);
    if (!name) return name.error();
    change.name = std::move(*name);
  }
  if (const auto exact = object.find("exact_stream_usage"); exact != object.end()) {
    if (!exact->is_boolean()) return Problem{400, "invalid_field", "true or false is needed", "exact_stream_usage"};
    change.exact_stream_usage = exact->get<bool>();
  }
  if (const auto retention = object.find("retention"); retention != object.end())
    if (auto problem = take_retention(*retention, change)) return *problem;
  return change;
}

Result<void> change_settings(const Call& call, const OrgPatch& change) {
  if (!change.exact_stream_usage && !change.row_days && !change.rollup_days) return {};
  return call.own.edit_settings(author_of(call, "what is kept and counted"), [&](config::OwnSettings& own) -> Result<void> {
    own.exact_stream_usage = change.exact_stream_usage.value_or(own.exact_stream_usage);
    own.retention.row_days = change.row_days.value_or(own.retention.row_days);
    own.retention.rollup_days = change.rollup_days.value_or(own.retention.rollup_days);
    return {};
  });
}

}  // namespace

Json retention_of(const store::OrgRow& org) { return {{"row_days", org.row_days}, {"rollup_days", org.rollup_days}}; }

Reply get_org(const Call& call) {
  const auto org = call.own.org();
  return org ? Reply::json(200, dump(row_of(*org))) : Reply::problem(org.error());
}

Reply get_orgs(const Call& call) {
  const auto org = call.own.org();
  return org ? Reply::json(200, dump({{"rows", Json::array({row_of(*org)})}})) : Reply::problem(org.error());
}

Reply patch_org(const Call& call) {
  const auto change = parse_change(call.request);
  if (!change) return Reply::problem(change.error());
  if (auto problem = no_hand_edits(call)) return Reply::problem(*problem);
  const auto renamed = change->name ? call.own.change_org({.name = change->name}) : Result<void>{};
  if (!renamed && renamed.error().code == Code::conflict) return Reply::problem(Problem{409, "conflict", "the name is taken", "name"});
  if (!renamed) return Reply::problem(renamed.error());
  if (const auto done = change_settings(call, *change); !done) return Reply::problem(done.error());
  call.context.changed();
  return get_org(call);
}

}  // namespace lectr::api
