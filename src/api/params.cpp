#include "api/params.hpp"

#include <limits>

#include "lectr/base/time_text.hpp"

namespace lectr::api {
namespace {

constexpr std::size_t kMaxText = 400;

}  // namespace

Problem bad_parameter(std::string_view name, std::string message) { return {400, "invalid_parameter", std::move(message), std::string{name}}; }

std::optional<Problem> take_time(const Query& query, std::string_view name, std::optional<std::int64_t>& out) {
  const std::string* text = query.find(name);
  if (!text) return {};
  out = parse_rfc3339(*text);
  if (!out) return bad_parameter(name, "not a time (write 2026-11-19T14:29:31Z)");
  return {};
}

std::optional<Problem> take_text(const Query& query, std::string_view name, std::optional<std::string>& out) {
  const std::string* text = query.find(name);
  if (!text) return {};
  if (text->size() > kMaxText) return bad_parameter(name, "longer than 400 bytes");
  // No row has one: texts are cleaned before they are stored, and Postgres takes no such byte.
  if (text->find('\0') != text->npos) return bad_parameter(name, "holds a zero byte");
  out = *text;
  return {};
}

std::optional<Problem> take_flag(const Query& query, std::string_view name, std::optional<bool>& out) {
  const std::string* text = query.find(name);
  if (!text) return {};
  if (*text != "true" && *text != "false") return bad_parameter(name, "not true or false");
  out = *text == "true";
  return {};
}

std::optional<Problem> take_number(const Query& query, std::string_view name, std::int64_t least, std::int64_t most,
                                   std::optional<std::int64_t>& out) {
  const std::string* text = query.find(name);
  if (!text) return {};
  const auto value = whole<std::int64_t>(*text);
  if (value && *value >= least && *value <= most) {
    out = value;
    return {};
  }
  if (most == std::numeric_limits<std::int64_t>::max()) return bad_parameter(name, "not a whole number from " + std::to_string(least));
  return bad_parameter(name, "not between " + std::to_string(least) + " and " + std::to_string(most));
}

Parsed<std::int64_t> path_id(std::string_view text) {
  const auto id = whole<std::int64_t>(text);
  if (!id) return bad_parameter("id", "not an id");
  return parsed(*id);
}

}  // namespace lectr::api
