#include "api/query.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "api/time_text.hpp"

namespace lectr::api {
namespace {

constexpr char kBase64Url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kCursorBytes = 24, kCursorText = 32;
constexpr std::size_t kMaxLimit = 200, kMaxText = 400;
constexpr std::int64_t kHourUs = 3'600'000'000, kMaxSpanUs = 92 * 24 * kHourUs;

template <class Int>
std::optional<Int> whole(std::string_view text) noexcept {
  Int value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

Problem bad(std::string_view field, const char* message) { return {400, "invalid_parameter", message, std::string{field}}; }

// Each takes one parameter into its place; a problem names it.
std::optional<Problem> take_time(const Query& query, std::string_view name, std::optional<std::int64_t>& out) {
  const std::string* text = query.find(name);
  if (!text) return {};
  out = parse_rfc3339(*text);
  if (!out) return bad(name, "not a time (write 2026-11-19T14:29:31Z)");
  return {};
}

std::optional<Problem> take_text(const Query& query, std::string_view name, std::optional<std::string>& out) {
  const std::string* text = query.find(name);
  if (!text) return {};
  if (text->size() > kMaxText) return bad(name, "longer than 400 bytes");
  out = *text;
  return {};
}

std::optional<Problem> take_numbers(const Query& query, RequestQuery& out) {
  if (const auto* text = query.find("key")) {
    out.filter.key = whole<KeyId>(*text);
    if (!out.filter.key) return bad("key", "not a key id");
  }
  if (const auto* text = query.find("status_class")) {
    out.filter.status_class = whole<int>(*text);
    if (!out.filter.status_class || *out.filter.status_class < 2 || *out.filter.status_class > 5) return bad("status_class", "not 2, 3, 4 or 5");
  }
  if (const auto* text = query.find("errors")) {
    if (*text != "true" && *text != "false") return bad("errors", "not true or false");
    out.filter.errors = *text == "true";
  }
  if (const auto* text = query.find("limit")) {
    const auto limit = whole<std::size_t>(*text);
    if (!limit || *limit < 1 || *limit > kMaxLimit) return bad("limit", "not between 1 and 200");
    out.limit = *limit;
  }
  return {};
}

std::optional<std::int64_t> window_us(std::string_view text) noexcept {
  if (text == "1h") return kHourUs;
  if (text == "24h") return 24 * kHourUs;
  if (text == "7d") return 7 * 24 * kHourUs;
  return {};
}

}  // namespace

std::string encode_cursor(const store::RequestCursor& cursor) {
  std::uint8_t bytes[kCursorBytes];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(cursor.completed_at_us) >> (56 - 8 * i));
  std::memcpy(bytes + 8, cursor.id.bytes.data(), 16);
  std::string out;
  for (std::size_t i = 0; i < kCursorBytes; i += 3) {
    const unsigned three = bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2];
    for (int shift = 18; shift >= 0; shift -= 6) out += kBase64Url[three >> shift & 63];
  }
  return out;
}

std::optional<store::RequestCursor> decode_cursor(std::string_view text) noexcept {
  if (text.size() != kCursorText) return {};
  std::uint8_t bytes[kCursorBytes];
  for (std::size_t i = 0; i < kCursorText; i += 4) {
    unsigned three = 0;
    for (std::size_t j = i; j < i + 4; ++j) {
      const char* at = text[j] == '\0' ? nullptr : std::strchr(kBase64Url, text[j]);
      if (!at) return {};
      three = three << 6 | static_cast<unsigned>(at - kBase64Url);
    }
    for (std::size_t j = 0; j < 3; ++j) bytes[i / 4 * 3 + j] = static_cast<std::uint8_t>(three >> (16 - 8 * j));
  }
  store::RequestCursor cursor;
  std::uint64_t at = 0;
  for (int i = 0; i < 8; ++i) at = at << 8 | bytes[i];
  cursor.completed_at_us = static_cast<std::int64_t>(at);
  std::memcpy(cursor.id.bytes.data(), bytes + 8, 16);
  return cursor;
}

Parsed<RequestQuery> parse_request_query(const Query& query, OrgId org) {
  static constexpr std::string_view kKnown[] = {"from", "to",           "provider", "model", "feature", "task",
                                                "key",  "status_class", "errors",   "limit", "cursor"};
  if (auto problem = unknown_parameter(query, kKnown)) return *problem;
  RequestQuery out;
  out.filter.org = org;
  auto problem = take_time(query, "from", out.filter.from_us);
  if (!problem) problem = take_time(query, "to", out.filter.to_us);
  if (!problem) problem = take_text(query, "provider", out.filter.provider);
  if (!problem) problem = take_text(query, "model", out.filter.model);
  if (!problem) problem = take_text(query, "feature", out.filter.feature);
  if (!problem) problem = take_text(query, "task", out.filter.task);
  if (!problem) problem = take_numbers(query, out);
  if (problem) return *problem;
  if (const auto* text = query.find("cursor")) {
    out.before = decode_cursor(*text);
    if (!out.before) return bad("cursor", "not a cursor of this API");
  }
  return out;
}

Parsed<Span> parse_overview_query(const Query& query, std::int64_t now_us) {
  static constexpr std::string_view kKnown[] = {"window", "from", "to"};
  if (auto problem = unknown_parameter(query, kKnown)) return *problem;
  std::optional<std::int64_t> from, to;
  auto problem = take_time(query, "from", from);
  if (!problem) problem = take_time(query, "to", to);
  if (problem) return *problem;
  const auto* window = query.find("window");
  if (window && (from || to)) return bad("window", "either window or from and to");
  if (!from && !to) {
    const auto length = window_us(window ? *window : "24h");
    if (!length) return bad("window", "not 1h, 24h or 7d");
    return Span{now_us - *length, now_us};
  }
  if (!from || !to) return bad(from ? "to" : "from", "from and to come together");
  if (*to <= *from) return bad("to", "not after from");
  if (*to - *from > kMaxSpanUs) return bad("from", "more than 92 days before to");
  return Span{*from, *to};
}

std::optional<Problem> unknown_parameter(const Query& query, std::span<const std::string_view> known) {
  for (const auto& [name, value] : query.all())
    if (std::find(known.begin(), known.end(), name) == known.end())
      return Problem{400, "unknown_parameter", "this endpoint has no such parameter", name};
  return {};
}

}  // namespace lectr::api
