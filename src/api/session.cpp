#include "api/session.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <nlohmann/json.hpp>

#include "api/reply_head.hpp"
#include "api/scrape.hpp"
#include "api/static_files.hpp"
#include "api/streamer.hpp"

namespace lectr::api {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace {

using Parser = http::request_parser<http::string_body>;
using Head = http::request_header<>;
constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

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

http::response<http::string_body> to_message(Reply&& reply, unsigned version, bool keep_alive, bool head_only) {
  auto message = head_of<http::string_body>(reply, version, keep_alive);
  if (reply.status != 204 && reply.status != 304) message.content_length(reply.body.size());
  if (!head_only) message.body() = std::move(reply.body);
  return message;
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

// `stream` is plain or TLS; `tcp` is its lowest layer, which carries the deadlines.
template <class Stream>
class Connection {
 public:
  Connection(Shared& shared, Session& session, Stream& stream, beast::tcp_stream& tcp, bool tls)
      : shared_{shared}, session_{session}, stream_{stream}, tcp_{tcp}, tls_{tls} {
    beast::error_code ignored;
    const auto peer = tcp.socket().remote_endpoint(ignored);
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
        Streamer<Stream> streamer{shared_, stream_, tcp_, version};
        const bool whole = co_await streamer.send(std::move(reply), keep_alive && version == 11, head_only);
        if (!whole || !keep_alive || version == 10 || head_only) co_return;
        session_.idle = true;
        continue;
      }
      auto message = to_message(std::move(reply), version, keep_alive, head_only);
      const bool sent = co_await write(message, head_only);
      if (!sent || !keep_alive) co_return;
      session_.idle = true;
    }
  }

 private:
  asio::awaitable<beast::error_code> read(Parser& parser) {
    tcp_.expires_after(shared_.limits.deadline);
    auto [failed, bytes] = co_await http::async_read_header(stream_, buffer_, parser, kToken);
    if (failed) co_return failed;
    session_.idle = false;
    if (beast::iequals(parser.get()[http::field::expect], "100-continue") && !parser.is_done()) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      auto [not_sent, sent] = co_await asio::async_write(stream_, asio::buffer(kContinue), kToken);
      if (not_sent) co_return not_sent;
    }
    auto [body_failed, body_bytes] = co_await http::async_read(stream_, buffer_, parser, kToken);
    co_return body_failed;
  }

  asio::awaitable<Reply> serve(Parser& parser) {
    auto message = parser.release();
    std::string accept_encoding = header(message, "Accept-Encoding"), if_none_match = header(message, "If-None-Match");
    auto request = to_request(std::move(message), tls_, peer_);
    if (!request) co_return Reply::problem(request.error());
    tcp_.expires_never();
    co_return co_await answer(shared_, std::move(*request), std::move(accept_encoding), std::move(if_none_match));
  }

  asio::awaitable<bool> write(http::response<http::string_body>& message, bool head_only) {
    tcp_.expires_after(shared_.limits.deadline);
    http::response_serializer<http::string_body> serializer{message};
    beast::error_code failed;
    if (head_only) {
      auto [error, bytes] = co_await http::async_write_header(stream_, serializer, kToken);
      failed = error;
    } else {
      auto [error, bytes] = co_await http::async_write(stream_, serializer, kToken);
      failed = error;
    }
    co_return !failed;
  }

  Shared& shared_;
  Session& session_;
  Stream& stream_;
  beast::tcp_stream& tcp_;
  const bool tls_;
  bool refused_ = false;
  std::string peer_;
  beast::flat_buffer buffer_{64 * 1024};
};

// A close with unread bytes resets the connection, and the client may lose the answer that says why it was refused: so read on for a moment.
asio::awaitable<void> linger(beast::tcp_stream& stream, std::uint64_t most) {
  stream.expires_after(std::chrono::seconds{2});
  std::array<char, 4096> waste;
  for (std::uint64_t total = 0; total < most;) {
    auto [failed, bytes] = co_await stream.async_read_some(asio::buffer(waste), kToken);
    if (failed) co_return;
    total += bytes;
  }
}

asio::awaitable<void> run_plain(Shared& shared, Session& session, beast::tcp_stream& stream) {
  Connection<beast::tcp_stream> connection{shared, session, stream, stream, false};
  co_await connection.run();
  beast::error_code ignored;
  stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  if (connection.refused()) co_await linger(stream, shared.limits.body_bytes);
}

asio::awaitable<void> run_tls(Shared& shared, Session& session, beast::ssl_stream<beast::tcp_stream>& stream) {
  auto& tcp = stream.next_layer();
  tcp.expires_after(shared.limits.deadline);
  auto [failed] = co_await stream.async_handshake(asio::ssl::stream_base::server, kToken);
  if (failed) co_return;
  Connection<beast::ssl_stream<beast::tcp_stream>> connection{shared, session, stream, tcp, true};
  co_await connection.run();
  tcp.expires_after(std::chrono::seconds{2});
  // The peer may be gone already: how this ends makes no difference.
  co_await stream.async_shutdown(kToken);
}

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

}  // namespace

asio::awaitable<void> run_session(Shared& shared, Sessions& sessions, beast::tcp_stream stream, std::shared_ptr<asio::ssl::context> tls) {
  const Listed listed{shared, sessions};
  if (tls) {
    beast::ssl_stream<beast::tcp_stream> secured{std::move(stream), *tls};
    listed.session().stream = &secured.next_layer();
    co_await run_tls(shared, listed.session(), secured);
    listed.session().stream = nullptr;  // it goes before the list does
  } else {
    listed.session().stream = &stream;
    co_await run_plain(shared, listed.session(), stream);
  }
}

}  // namespace lectr::api
