#include "api/endpoints.hpp"
#include "api/json.hpp"

namespace lectr::api {

Reply get_requests(Context& context, const Caller& caller, const Request& request) {
  const auto query = parse_request_query(request.query, caller.org);
  if (!query) return Reply::problem(query.error());
  const auto page = context.events().requests(query->filter, query->before, query->limit);
  return page ? Reply::json(200, dump(to_json(*page))) : Reply::problem(page.error());
}

Reply get_request(Context& context, const Caller& caller, const Request& request) {
  if (auto problem = unknown_parameter(request.query, {})) return Reply::problem(*problem);
  const auto id = Uuid::parse(last_segment(request.path));
  if (!id) return Reply::problem(Problem{400, "invalid_parameter", "not a request id", "id"});
  const auto event = context.events().request(caller.org, *id);
  return event ? Reply::json(200, dump(to_json(*event))) : Reply::problem(event.error());
}

Reply get_overview(Context& context, const Caller& caller, const Request& request) {
  const auto span = parse_overview_query(request.query, context.now_us());
  if (!span) return Reply::problem(span.error());
  const auto overview = context.events().overview(caller.org, span->from_us, span->to_us);
  return overview ? Reply::json(200, dump(to_json(*overview, *span))) : Reply::problem(overview.error());
}

Reply get_status(Context& context, const Caller&, const Request& request) {
  if (auto problem = unknown_parameter(request.query, {})) return Reply::problem(*problem);
  return Reply::json(200, dump(to_json(context.status())));
}

}  // namespace lectr::api
