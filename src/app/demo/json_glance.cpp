#include "app/demo/json_glance.hpp"

#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>

namespace lectr::demo {
namespace {

// A cursor over JSON text that can skip whole values. Wrong JSON ends it early; nobody relies on a diagnosis here.
struct Cursor {
  const char* at;
  const char* end;

  void skip_space() noexcept {
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) ++at;
  }
  bool take(char c) noexcept {
    skip_space();
    if (at >= end || *at != c) return false;
    ++at;
    return true;
  }
  // At the opening quote; leaves the cursor after the closing one. Empty result without a closing quote.
  std::string_view string() noexcept {
    const char* start = at++;
    while (at < end) {
      const auto* quote = static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(end - at)));
      if (quote == nullptr) break;
      const char* before = quote;
      while (before > start + 1 && before[-1] == '\\') --before;
      at = quote + 1;
      if ((quote - before) % 2 == 0) return {start, static_cast<std::size_t>(at - start)};
    }
    at = end;
    return {};
  }
  std::string_view value() noexcept {
    skip_space();
    const char* start = at;
    if (at >= end) return {};
    if (*at == '"') return string();
    int depth = 0;
    while (at < end) {
      const char c = *at;
      if (c == '"') {
        string();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') {
        if (depth == 0) break;
        if (--depth == 0) {
          ++at;
          break;
        }
      }
      if (depth == 0 && (c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t')) break;
      ++at;
    }
    return {start, static_cast<std::size_t>(at - start)};
  }
};

std::string_view unquoted(std::string_view raw) noexcept {
  return raw.size() >= 2 && raw.front() == '"' ? raw.substr(1, raw.size() - 2) : std::string_view{};
}

}  // namespace

std::string_view glance(std::string_view object, std::string_view name) noexcept {
  Cursor c{object.data(), object.data() + object.size()};
  std::string_view found;
  if (!c.take('{')) return {};
  do {
    c.skip_space();
    if (c.at >= c.end || *c.at != '"') break;
    const std::string_view key = unquoted(c.string());
    if (!c.take(':')) break;
    const std::string_view value = c.value();
    if (key == name) found = value;
  } while (c.take(','));
  return found;
}

std::string glance_text(std::string_view object, std::string_view name, std::string_view otherwise) {
  const std::string_view raw = glance(object, name);
  if (raw.size() < 2 || raw.front() != '"') return std::string{otherwise};
  if (raw.find('\\') == raw.npos) return std::string{unquoted(raw)};
  const auto parsed = nlohmann::json::parse(raw, nullptr, false);
  return parsed.is_string() ? parsed.get<std::string>() : std::string{otherwise};
}

bool glance_true(std::string_view object, std::string_view name) noexcept { return glance(object, name) == "true"; }

std::optional<long> glance_int(std::string_view object, std::string_view name) noexcept {
  const std::string_view raw = glance(object, name);
  long value = 0;
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (raw.empty() || error != std::errc{} || end != raw.data() + raw.size()) return std::nullopt;
  return value;
}

std::size_t count_inputs(std::string_view raw_value) noexcept {
  Cursor c{raw_value.data(), raw_value.data() + raw_value.size()};
  if (!c.take('[')) return 1;
  c.skip_space();
  if (c.at >= c.end || *c.at == ']') return 0;
  if (*c.at != '"' && *c.at != '[' && *c.at != '{') return 1;
  std::size_t count = 0;
  do {
    if (c.value().empty()) break;
    ++count;
  } while (c.take(','));
  return count;
}

}  // namespace lectr::demo
