#include "api/scrape.hpp"

#include "lectr/base/text.hpp"

namespace lectr::api {
namespace {

std::string_view bearer(std::string_view authorization) noexcept {
  return istarts_with(authorization, "bearer ") ? trim(authorization.substr(7)) : std::string_view{};
}

}  // namespace

bool is_local(const Request& request) noexcept {
  const std::string_view peer = request.peer;
  const bool loopback = peer.starts_with("127.") || peer == "::1" || peer.starts_with("::ffff:127.");
  return loopback && !request.forwarded;
}

Reply serve_metrics(const Context& context, const Request& request) {
  if (request.verb != Verb::get) return Reply::problem(Problem{405, "method_not_allowed", "GET only", {}});
  if (!context.metrics) return Reply::problem(Problem{404, "not_found", "there are no metrics here", {}});
  if (context.metrics_token_fits) {
    if (!context.metrics_token_fits(bearer(request.authorization))) {
      Reply reply =
          Reply::problem(Problem{401, "unauthorized", "metrics are told to whoever sends the token of metrics.token as a bearer token", {}});
      reply.headers.emplace_back("WWW-Authenticate", "Bearer");
      return reply;
    }
  } else if (!is_local(request)) {
    return Reply::problem(Problem{403, "forbidden", "without the setting metrics.token, metrics are told to callers on this machine only", {}});
  }
  Reply reply;
  reply.body = context.metrics();
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.headers.emplace_back("Cache-Control", "no-store");
  return reply;
}

}  // namespace lectr::api
