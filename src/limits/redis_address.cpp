#include <charconv>

#include "limits/redis_link.hpp"

namespace lectr::limits {
namespace {

bool read_number(std::string_view text, int least, int most, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && out >= least && out <= most;
}

// A password may hold what would end it in an address.
std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3) {
      out.push_back(static_cast<char>(value));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

}  // namespace

std::optional<RedisAddress> parse_redis_address(std::string_view url) {
  RedisAddress out;
  if (url.starts_with("unix://")) {
    out.path = url.substr(7);
    return out.path.empty() ? std::nullopt : std::optional{std::move(out)};
  }
  if (!url.starts_with("redis://")) return std::nullopt;
  url.remove_prefix(8);
  if (const auto at = url.rfind('@'); at != url.npos) {
    const std::string_view who = url.substr(0, at);
    const auto colon = who.find(':');
    if (colon != 0) return std::nullopt;  // users of Redis 6: not supported
    out.password = Secret{decoded(who.substr(1))};
    url.remove_prefix(at + 1);
  }
  if (const auto slash = url.find('/'); slash != url.npos) {
    if (const auto db = url.substr(slash + 1); !db.empty() && !read_number(db, 0, 1'000'000, out.db)) return std::nullopt;
    url = url.substr(0, slash);
  }
  const auto bracket = url.find(']');
  if (const auto colon = url.rfind(':'); colon != url.npos && (bracket == url.npos || colon > bracket)) {
    if (!read_number(url.substr(colon + 1), 1, 65535, out.port)) return std::nullopt;
    url = url.substr(0, colon);
  }
  if (url.starts_with('[') && url.ends_with(']')) url = url.substr(1, url.size() - 2);
  out.host = url;
  return out.host.empty() ? std::nullopt : std::optional{std::move(out)};
}

}  // namespace lectr::limits
