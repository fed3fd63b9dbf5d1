#include "api/http.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace lectr::api {
namespace {

constexpr std::size_t kMaxParameters = 32;

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return {};
      const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return {};
      out += static_cast<char>(high << 4 | low);
      i += 2;
    }
  }
  return out;
}

unsigned status_of(Code code) noexcept {
  switch (code) {
    case Code::invalid_request: return 400;
    case Code::forbidden: return 403;
    case Code::not_found: return 404;
    case Code::conflict: return 409;
    case Code::unavailable: return 503;
    default: return 500;
  }
}

}  // namespace

Parsed<Query> Query::parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = decode(pair.substr(0, equals));
    auto value = equals == pair.npos ? std::string{} : decode(pair.substr(equals + 1));
    if (!name || !value) return Problem{400, "invalid_parameter", "the query string is not percent-encoded correctly", {}};
    if (query.find(*name)) return Problem{400, "invalid_parameter", "given more than once", *name};
    if (query.pairs_.size() == kMaxParameters) return Problem{400, "invalid_parameter", "more than 32 parameters", {}};
    query.pairs_.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

const std::string* Query::find(std::string_view name) const noexcept {
  const auto at = std::find_if(pairs_.begin(), pairs_.end(), [name](const auto& pair) { return pair.first == name; });
  return at == pairs_.end() ? nullptr : &at->second;
}

Reply Reply::json(unsigned status, std::string body) { return {.status = status, .body = std::move(body), .headers = {}, .chunks = {}, .live = {}}; }

Reply Reply::empty() { return {.status = 204, .body = {}, .content_type = {}, .headers = {}, .chunks = {}, .live = {}}; }

Reply Reply::problem(const Problem& problem) {
  nlohmann::ordered_json error{{"code", problem.code}, {"message", problem.message}, {"field", nullptr}};
  if (!problem.field.empty()) error["field"] = problem.field;
  // `replace`: a field name is the client's own text and need not be UTF-8.
  Reply reply = json(problem.status, nlohmann::ordered_json{{"error", error}}.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  if (problem.retry_after_s > 0) reply.headers.emplace_back("Retry-After", std::to_string(problem.retry_after_s));
  return reply;
}

Problem problem_of(const Error& error) {
  const unsigned status = status_of(error.code);
  // What has no status of its own is our fault, and one word for people's programs: docs/api.md lists them all.
  return {status, code_name(status == 500 ? Code::internal : error.code), error.what, {}, status == 503 ? 2 : 0};
}

}  // namespace lectr::api
