// Query strings to store filters, and back to cursors. Pure; the org always comes from the login.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/http.hpp"
#include "lectr/store/event_store.hpp"

namespace lectr::api {

// Opaque to clients: 24 bytes (time, id) in base64url.
std::string encode_cursor(const store::RequestCursor& cursor);
std::optional<store::RequestCursor> decode_cursor(std::string_view text) noexcept;

struct RequestQuery {
  store::RequestFilter filter;
  std::optional<store::RequestCursor> before;
  std::size_t limit = 50;
};
Parsed<RequestQuery> parse_request_query(const Query& query, OrgId org);

struct Span {
  std::int64_t from_us = 0, to_us = 0;
};  // [from, to)
// `window` (1h, 24h, 7d) ends at `now_us`; or `from` and `to`, at most 92 days apart. Neither: 24h.
Parsed<Span> parse_overview_query(const Query& query, std::int64_t now_us);

// Refuses every parameter that is not in `known`, naming it.
std::optional<Problem> unknown_parameter(const Query& query, std::span<const std::string_view> known);

}  // namespace lectr::api
