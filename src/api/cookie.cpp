#include "api/cookie.hpp"

#include "lectr/base/text.hpp"

namespace lectr::api {
namespace {

constexpr std::string_view kName = "lectr_session";

std::string cookie(std::string_view value, std::int64_t seconds, bool tls) {
  std::string out{kName};
  out.append("=").append(value).append("; Path=/; HttpOnly; SameSite=Strict; Max-Age=").append(std::to_string(seconds));
  if (tls) out += "; Secure";
  return out;
}

}  // namespace

std::string_view session_cookie(std::string_view header) noexcept {
  while (!header.empty()) {
    const auto pair = header.substr(0, header.find(';'));
    header.remove_prefix(pair.size() == header.size() ? header.size() : pair.size() + 1);
    const auto equals = pair.find('=');
    if (equals != pair.npos && trim(pair.substr(0, equals)) == kName) return trim(pair.substr(equals + 1));
  }
  return {};
}

std::string set_session_cookie(std::string_view secret, bool tls) { return cookie(secret, kSessionSeconds, tls); }
std::string end_session_cookie(bool tls) { return cookie("", 0, tls); }

}  // namespace lectr::api
