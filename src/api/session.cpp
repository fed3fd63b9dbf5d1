#include "api/session.hpp"

#include <array>
#include <boost/asio/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <nlohmann/json.hpp>

#include "api/reply_head.hpp"
#include "api/scrape.hpp"
#include "api/static_files.hpp"
#include "api/streamer.hpp"
#include "api/transport.hpp"

namespace lectr::api {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace {

using Parser = http::request_parser<http::string_body>;
using Head = http::request_header<>;
constexpr std::size_t kBuffer = std::size_t{64} * 1024, kRead = std::size_t{16} * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string header(const Head& head, std::string_view name) {
  const auto at = head.find({name.data(), name.size()});
  return at == head.end() ? std::string{} : std::string{at->value()};
}

std::string_view target_of(const Head& head) noexcept { return {head.target().data(), head.target().size()}; }

std::optional<Verb> verb_of(http::verb verb) noexcept {
  switch (verb) {
    case http::verb::get:
    case http::verb::head: return Verb::get;
    case http::verb::post: return Verb::post;
    case http::verb::put: return Verb::put;
    case http::verb::patch: return Verb::patch;
    case http::verb::delete_: return Verb::del;
    default: return {};
  }
}

Parsed<Request> to_request(http::request<http::string_body>&& message, bool tls, std::string peer) {
  Request request;
  const auto verb = verb_of(message.method());
  if (!verb) return Problem{405, "method_not_allowed", "this path has other methods", {}};
  request.verb = *verb;
  const auto target = target_of(message);
  if (!target.starts_with('/')) return Problem{400, "invalid_request", "the target must be a path", {}};
  const auto mark = target.find('?');
  request.path = target.substr(0, mark);
  auto query = Query::parse(mark == target.npos ? std::string_view{} : target.substr(mark + 1));
  if (!query) return query.error();
  request.query = std::move(*query);
  request.authorization = header(message, "Authorization");
  request.cookie = header(message, "Cookie");
  request.content_type = header(message, "Content-Type");
  request.origin = header(message, "Origin");
  request.host = header(message, "Host");
  request.sec_fetch_site = header(message, "Sec-Fetch-Site");
  request.csrf = header(message, "X-Lectr-Csrf");
  for (const char* name : {"Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"}) request.forwarded = request.forwarded || message.count(name) > 0;
  request.peer = std::move(peer);
  request.tls = tls;
  request.body = std::move(message.body());
  return request;
}

Problem problem_of(beast::error_code failed) {
  if (failed == http::error::header_limit) return {431, "headers_too_large", "the headers are longer than 16 KiB", {}};
  if (failed == http::error::body_limit) return {413, "request_too_large", "the body is longer than 1 MiB", {}};
  return {400, "invalid_request", "not a valid HTTP request", {}};
}

bool is_parse_error(beast::error_code failed) {
  return failed.category() == make_error_code(http::error::bad_method).category() && failed != http::error::end_of_stream &&
         failed != http::error::partial_message;
}

Reply health(Shared& shared, bool ready_asked) {
  const bool draining = shared.draining.load();
  if (ready_asked) return Reply::json(draining ? 503 : 200, draining ? R"({"ready":false})" : R"({"ready":true})");
  const Status status = shared.context.status();
  nlohmann::ordered_json body{{"status", status.degraded ? "degraded" : "ok"}, {"worker", "dashboard"}, {"event_queue_depth", status.queue_depth}};
  return Reply::json(200, body.dump());
}

// Method, path, where it runs. Health answers come from the I/O thread: they must not wait behind a store that hangs.
asio::awaitable<Reply> answer(Shared& shared, Request request, std::string accept_encoding, std::string if_none_match) {
  if (request.path == "/health" || request.path == "/ready") {
    if (request.verb != Verb::get) co_return Reply::problem(Problem{405, "method_not_allowed", "GET only", {}});
    co_return health(shared, request.path == "/ready");
  }
  if (request.path == "/metrics") {
    std::function<Reply()> work = [&context = shared.context, request = std::move(request)] { return serve_metrics(context, request); };
    co_return co_await shared.scrape_pool.run(std::move(work), shared.limits.deadline);
  }
  if (!request.path.starts_with("/api/")) {
    if (request.verb != Verb::get) co_return Reply::problem(Problem{405, "method_not_allowed", "GET only", {}});
    co_return serve_file(request.path, accept_encoding, if_none_match);
  }
  const auto endpoint = find_endpoint(request.verb, request.path);
  if (!endpoint) co_return Reply::problem(endpoint.error());
  WorkPool& pool = (*endpoint)->lane == Lane::hashing ? shared.hash_pool : shared.store_pool;
  std::function<Reply()> work = [&context = shared.context, entry = *endpoint, request = std::move(request)] {
    return serve_api(context, *entry, request);
  };
  co_return co_await pool.run(std::move(work), shared.limits.deadline);
}

// Reads requests and answers them, one after the other, until one of both sides is done.
class Connection {
 public:
  Connection(Shared& shared, Session& session, Transport& transport, bool tls)
      : shared_{shared}, session_{session}, transport_{transport}, tls_{tls} {
    beast::error_code ignored;
    const auto peer = transport.tcp().socket().remote_endpoint(ignored);
    if (!ignored) peer_ = peer.address().to_string();
  }

  bool refused() const noexcept { return refused_; }  // the last request was not read to its end

  asio::awaitable<void> run() {
    while (!shared_.draining.load()) {
      Parser parser;
      parser.header_limit(shared_.limits.header_bytes);
      parser.body_limit(shared_.limits.body_bytes);
      const beast::error_code failed = co_await read(parser);
      session_.idle = false;
      if (failed && !is_parse_error(failed)) co_return;
      const bool keep_alive = !failed && parser.get().keep_alive() && !shared_.draining.load();
      const bool head_only = parser.get().method() == http::verb::head;
      const unsigned version = parser.get().version() == 10 ? 10 : 11;
      // Not a conditional expression: gcc 12 destroys its temporary twice when one branch awaits.
      Reply reply;
      if (failed) {
        refused_ = true;
        reply = Reply::problem(problem_of(failed));
      } else {
        reply = co_await serve(parser);
      }
      if (reply.chunks || reply.live) {
        // What has no length yet can't be followed by another answer on HTTP/1.0.
        Streamer streamer{shared_, transport_, version};
        const bool whole = co_await streamer.send(std::move(reply), keep_alive && version == 11, head_only);
        if (!whole || !keep_alive || version == 10 || head_only) co_return;
        session_.idle = true;
        continue;
      }
      const bool sent = co_await write(reply, version, keep_alive, head_only);
      if (!sent || !keep_alive) co_return;
      session_.idle = true;
    }
  }

 private:
  asio::awaitable<beast::error_code> read(Parser& parser) {
    transport_.tcp().expires_after(shared_.limits.deadline);
    const beast::error_code failed = co_await read_until(parser, false);
    if (failed) co_return failed;
    session_.idle = false;
    if (beast::iequals(parser.get()[http::field::expect], "100-continue") && !parser.is_done()) {
      const std::array<asio::const_buffer, 1> pieces{asio::buffer(kContinue.data(), kContinue.size())};
      const beast::error_code not_sent = co_await transport_.write(pieces);
      if (not_sent) co_return not_sent;
    }
    co_return co_await read_until(parser, true);
  }

  // Until the request's head, or all of it, is there.
  asio::awaitable<beast::error_code> read_until(Parser& parser, bool whole) {
    parser.eager(whole);
    for (;;) {
      beast::error_code failed;
      if (buffer_.size() > 0) buffer_.consume(parser.put(buffer_.data(), failed));
      if (failed && failed != http::error::need_more) co_return failed;
      if (whole ? parser.is_done() : parser.is_header_done()) co_return beast::error_code{};
      if (buffer_.size() > kBuffer - kRead) co_return http::error::buffer_overflow;
      const Transport::Read got = co_await transport_.read_some(buffer_.prepare(kRead));
      buffer_.commit(got.bytes);
      if (!got.failed) continue;
      const bool cut = parser.got_some() && got.failed == asio::error::eof;
      co_return cut ? beast::error_code{http::error::partial_message} : got.failed;
    }
  }

  asio::awaitable<Reply> serve(Parser& parser) {
    auto message = parser.release();
    std::string accept_encoding = header(message, "Accept-Encoding"), if_none_match = header(message, "If-None-Match");
    auto request = to_request(std::move(message), tls_, peer_);
    if (!request) co_return Reply::problem(request.error());
    transport_.tcp().expires_never();
    co_return co_await answer(shared_, std::move(*request), std::move(accept_encoding), std::move(if_none_match));
  }

  asio::awaitable<bool> write(const Reply& reply, unsigned version, bool keep_alive, bool head_only) {
    transport_.tcp().expires_after(shared_.limits.deadline);
    const std::string head = head_of(reply, version, keep_alive, Length::of_body);
    const bool with_body = !head_only && reply.status != 204 && reply.status != 304;
    const std::array<asio::const_buffer, 2> pieces{asio::buffer(head), with_body ? asio::buffer(reply.body) : asio::const_buffer{}};
    const beast::error_code failed = co_await transport_.write(pieces);
    co_return !failed;
  }

  Shared& shared_;
  Session& session_;
  Transport& transport_;
  const bool tls_;
  bool refused_ = false;
  std::string peer_;
  beast::flat_buffer buffer_{kBuffer};
};

// Keeps a session in the list for exactly as long as its coroutine lives.
class Listed {
 public:
  Listed(Shared& shared, Sessions& sessions) : shared_{shared}, sessions_{sessions}, place_{sessions.insert(sessions.end(), Session{})} {}
  ~Listed() {
    sessions_.erase(place_);
    shared_.connections.fetch_sub(1);
  }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;
  Session& session() const noexcept { return *place_; }

 private:
  Shared& shared_;
  Sessions& sessions_;
  Sessions::iterator place_;
};

// A drain reaches the connection by the list for as long as it lives.
class Reachable {
 public:
  Reachable(Session& session, Transport& transport) : session_{session} { session_.stream = &transport.tcp(); }
  ~Reachable() { session_.stream = nullptr; }
  Reachable(const Reachable&) = delete;
  Reachable& operator=(const Reachable&) = delete;

 private:
  Session& session_;
};

}  // namespace

asio::awaitable<void> run_session(Shared& shared, Sessions& sessions, beast::tcp_stream stream, std::shared_ptr<asio::ssl::context> tls) {
  const Listed listed{shared, sessions};
  const bool secured = tls != nullptr;
  const auto transport = make_transport(std::move(stream), std::move(tls), shared.limits.deadline);
  const Reachable reachable{listed.session(), *transport};
  const bool begun = co_await transport->begin();
  if (!begun) co_return;
  Connection connection{shared, listed.session(), *transport, secured};
  co_await connection.run();
  co_await transport->end(connection.refused() ? shared.limits.body_bytes : 0);
}

}  // namespace lectr::api
