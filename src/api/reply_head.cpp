#include "api/reply_head.hpp"

#include <algorithm>
#include <boost/beast/http/status.hpp>

#include "lectr/base/text.hpp"

namespace lectr::api {
namespace {

// On every answer. Nothing inline, nothing from elsewhere, no frame around it.
constexpr std::pair<const char*, const char*> kSecurityHeaders[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
     "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

void line(std::string& head, std::string_view name, std::string_view value) { head.append(name).append(": ").append(value).append("\r\n"); }

void write_length(std::string& head, const Reply& reply, Length length) {
  // RFC 9110 8.6: none with 204; with 304 it would have to be that of the body that is not sent.
  if (length == Length::of_body && reply.status != 204 && reply.status != 304) line(head, "Content-Length", std::to_string(reply.body.size()));
  if (length == Length::chunked) line(head, "Transfer-Encoding", "chunked");
}

}  // namespace

std::string head_of(const Reply& reply, unsigned version, bool keep_alive, Length length) {
  const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(reply.status));
  std::string head = version == 10 ? "HTTP/1.0 " : "HTTP/1.1 ";
  head.append(std::to_string(reply.status)).append(1, ' ').append(reason.data(), reason.size()).append("\r\n");
  for (const auto& [name, value] : reply.headers) line(head, name, value);
  for (const auto& [name, value] : kSecurityHeaders) line(head, name, value);
  const auto is_cache = [](const auto& header) { return iequals(header.first, "Cache-Control"); };
  if (std::none_of(reply.headers.begin(), reply.headers.end(), is_cache)) line(head, "Cache-Control", "no-store");
  if (!reply.content_type.empty()) line(head, "Content-Type", reply.content_type);
  if (keep_alive != (version != 10)) line(head, "Connection", keep_alive ? "keep-alive" : "close");
  write_length(head, reply, length);
  return head += "\r\n";
}

}  // namespace lectr::api
