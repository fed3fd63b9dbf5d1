// The session cookie. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lectr::api {

inline constexpr std::int64_t kSessionSeconds = 12 * 3600;

std::string_view session_cookie(std::string_view cookie_header) noexcept;  // empty: there is none
std::string set_session_cookie(std::string_view secret, bool tls);
std::string end_session_cookie(bool tls);

}  // namespace lectr::api
