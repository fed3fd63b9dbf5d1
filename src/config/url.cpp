#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "lectr/base/text.hpp"
#include "lectr/config/snapshot.hpp"

namespace lectr::config {
namespace {

Error bad(const char* what) { return Error{Code::invalid_request, Fault::us, Again::no, what}; }

bool is_ipv6(const std::string& host) noexcept {
  in6_addr address;
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_name(std::string_view host) noexcept {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
  });
}

// What RFC 3986 §3.3 lets stand in a path; anything else would break out of a request line.
bool is_path(std::string_view path) noexcept {
  constexpr std::string_view extra = "-._~!$&'()*+,;=:@/%";
  return std::all_of(path.begin(), path.end(), [&](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || extra.find(static_cast<char>(c)) != extra.npos;
  });
}

// "host", "host:port", "[v6]" or "[v6]:port".
Result<void> parse_authority(std::string_view text, Url& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == text.npos) return bad("an IPv6 address needs its closing bracket");
    url.host = text.substr(1, close - 1);
    if (!is_ipv6(url.host)) return bad("not an IPv6 address in the brackets");
    text.remove_prefix(close + 1);
    if (!text.empty() && !text.starts_with(':')) return bad("only a port may follow the bracket");
    port = text;
  } else {
    const auto colon = text.find(':');
    url.host = text.substr(0, colon);
    std::transform(url.host.begin(), url.host.end(), url.host.begin(), ascii_lower);
    if (!is_name(url.host)) return bad("not a host name or address");
    port = colon == text.npos ? std::string_view{} : text.substr(colon);
  }
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (error != std::errc{} || end != port.data() + port.size() || url.port == 0) return bad("the port must be 1 to 65535");
  }
  return {};
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  Url url;
  if (istarts_with(text, "https://")) {
    text.remove_prefix(8);
  } else if (istarts_with(text, "http://")) {
    url.tls = false;
    text.remove_prefix(7);
  } else {
    return bad("must begin with http:// or https://");
  }
  const std::uint16_t usual = url.tls ? 443 : 80;
  url.port = usual;
  if (text.find_first_of("?#") != text.npos) return bad("must not have a query or fragment");
  const std::string_view authority = text.substr(0, text.find('/'));
  if (authority.find('@') != authority.npos) return bad("must not hold a user or password");
  if (auto done = parse_authority(authority, url); !done) return done.error();
  std::string_view path = text.substr(authority.size());
  while (path.ends_with('/')) path.remove_suffix(1);
  if (!is_path(path)) return bad("the path holds a character that a URL can't");
  url.path = path;
  const bool v6 = url.host.find(':') != url.host.npos;
  url.authority.append(v6 ? "[" : "").append(url.host).append(v6 ? "]" : "");
  if (url.port != usual) url.authority.append(":").append(std::to_string(url.port));
  return url;
}

}  // namespace lectr::config
