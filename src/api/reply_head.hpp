// The head of an answer, with the headers that every answer carries.
#pragma once

#include <array>
#include <boost/beast/http.hpp>

#include "api/http.hpp"

namespace lectr::api {

// On every answer. Nothing inline, nothing from elsewhere, no frame around it.
inline constexpr std::array<std::pair<const char*, const char*>, 6> kSecurityHeaders{{
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
     "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
}};

template <class Body>
boost::beast::http::response<Body> head_of(const Reply& reply, unsigned version, bool keep_alive) {
  boost::beast::http::response<Body> message{static_cast<boost::beast::http::status>(reply.status), version};
  bool cache_said = false;
  for (const auto& [name, value] : reply.headers) {
    message.insert(name, value);
    cache_said = cache_said || name == "Cache-Control";
  }
  for (const auto& [name, value] : kSecurityHeaders) message.set(name, value);
  if (!cache_said) message.set(boost::beast::http::field::cache_control, "no-store");
  if (!reply.content_type.empty()) message.set(boost::beast::http::field::content_type, reply.content_type);
  message.keep_alive(keep_alive);
  return message;
}

}  // namespace lectr::api
