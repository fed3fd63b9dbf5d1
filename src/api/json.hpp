// Rows as JSON. Money is decimal text in US dollars, times are RFC 3339, what is not known is null. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>

#include "api/http.hpp"
#include "lectr/api/server.hpp"
#include "lectr/base/event.hpp"
#include "lectr/store/control_store.hpp"
#include "lectr/store/event_store.hpp"

namespace lectr::api {

using Json = nlohmann::ordered_json;

Json to_json(const Event& event);
Json to_json(const store::KeyRow& key);
Json known(std::int64_t value);  // null below 0
Json text_or_null(std::string_view text);
Json time_or_null(const std::optional<std::int64_t>& at_us);
std::string money_text(std::int64_t femto);  // exact dollars
Json to_json(const Status& status);
std::string_view to_text(store::Role role) noexcept;

// Bytes that are no UTF-8 (a tag from a client) become U+FFFD instead of an error.
std::string dump(const Json& json);

// A request body: one JSON object whose members are all in `known`. Wrapped, because anything converts to Json by itself.
struct Body {
  Json object;
};
inline constexpr std::size_t kMaxObjectBytes = 16 * 1024;
Parsed<Body> parse_object(const Request& request, std::span<const std::string_view> known, std::size_t most_bytes = kMaxObjectBytes);
// An answer that is JSON, or why there is none.
using Answer = Parsed<Body>;
Reply to_reply(const Answer& answer, unsigned status = 200);
// A member that must be text of 1 to `longest` bytes without control characters.
Parsed<std::string> need_text(const Json& object, const char* name, std::size_t longest);
// A member that is a time in the future; none, or null: nothing.
Parsed<std::optional<std::int64_t>> take_expiry(const Json& object, std::int64_t now_us);
Parsed<store::Role> need_role(const Json& object);

}  // namespace lectr::api
