// Query strings of the request log to store filters. Pure; the org is for OwnStores to say.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "api/http.hpp"
#include "lectr/store/event_store.hpp"

namespace lectr::api {

struct RequestQuery {
  store::RequestFilter filter;
  std::optional<store::RequestCursor> before;
  std::size_t limit = 50;
  store::RequestSort sort = store::RequestSort::time;
};
Parsed<RequestQuery> parse_request_query(const Query& query, std::int64_t now_us);

// Refuses every parameter that is not in `known`, naming it.
std::optional<Problem> unknown_parameter(const Query& query, std::span<const std::string_view> known);

}  // namespace lectr::api
