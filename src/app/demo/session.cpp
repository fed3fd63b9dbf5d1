#include "app/demo/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>

#include "app/demo/answer.hpp"
#include "app/demo/sender.hpp"
#include "lectr/base/clock.hpp"
#include "lectr/base/text.hpp"

namespace lectr::demo {
namespace {

namespace http = boost::beast::http;
using namespace asio::experimental::awaitable_operators;
constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kHeadRoom = 4 * 1024, kBodyRoom = 64 * 1024;

// Ends when the peer closed, half or whole. Bytes it sends early are the next request: then it never ends, and is cancelled.
asio::awaitable<void> peer_gone(tcp::socket& socket) {
  const auto [waited] = co_await socket.async_wait(tcp::socket::wait_read, kQuiet);
  if (waited) co_return;
  char byte = 0;
  boost::system::error_code error;
  socket.non_blocking(true, error);
  socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
  if (error && error != asio::error::would_block) co_return;
  asio::steady_timer never{co_await asio::this_coro::executor, std::chrono::hours{24}};
  co_await never.async_wait(kQuiet);
}

class Session {
 public:
  Session(tcp::socket socket, Recorder& recorder, std::uint64_t connection)
      : socket_{std::move(socket)}, recorder_{recorder}, connection_{connection} {
    recorder_.totals.connections.fetch_add(1, std::memory_order_relaxed);
    recorder_.totals.open.fetch_add(1, std::memory_order_relaxed);
  }
  ~Session() { recorder_.totals.open.fetch_sub(1, std::memory_order_relaxed); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  asio::awaitable<void> run();

 private:
  asio::awaitable<bool> read_head();
  asio::awaitable<bool> read_body();
  asio::awaitable<bool> read_some(std::size_t room);
  asio::awaitable<bool> serve(Route route);
  asio::awaitable<bool> send(const Ask& ask, const Reply& reply);
  asio::awaitable<bool> send_watched(const Ask& ask, Sender& sender);
  asio::awaitable<bool> refuse_malformed();
  bool expects_continue() const noexcept {
    return request_.version == 11 && iequals(request_.header("expect"), "100-continue") && !parser_->is_done();
  }

  tcp::socket socket_;
  Recorder& recorder_;
  const std::uint64_t connection_;
  boost::beast::flat_buffer in_;
  MockRequest request_;
  std::optional<RequestParser> parser_;
  // Of the request being answered; request_ itself has gone to the recorder by then.
  std::string target_, tag_;
  Sender::Line line_{11, true};
};

asio::awaitable<void> Session::run() {
  while (co_await read_head()) {
    Route route = find_route(request_);
    if (route.operation == Operation::realtime && iequals(request_.header("upgrade"), "websocket") && check(route, request_) == Refusal::none) {
      const auto rest = in_.data();
      std::string received = request_.raw_head + std::string{static_cast<const char*>(rest.data()), rest.size()};
      const std::uint64_t number = recorder_.next_number();
      recorder_.keep(request_, number, connection_);
      co_return co_await run_realtime(std::move(socket_), std::move(received), number, recorder_);
    }
    if (!co_await serve(std::move(route))) break;
  }
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<bool> Session::serve(Route route) {
  line_ = {request_.version, request_.keep_alive};
  const bool early = read_modes(request_).early;
  if (early && expects_continue()) line_.keep_alive = false;  // the body may never come
  if (!early && !co_await read_body()) co_return false;
  if (route.operation == Operation::control) {
    const Reply reply = control_reply(route.id, request_, recorder_);
    const Ask nobody;  // named: gcc destroys temporaries in co_await expressions twice (bug 107288)
    co_return co_await send(nobody, reply);
  }
  const std::uint64_t number = recorder_.next_number();
  const Refusal refusal = check(route, request_);
  const Ask ask = make_ask(request_, std::move(route), number, unix_us() / 1'000'000);
  const Reply reply = refusal == Refusal::none ? answer(ask) : refuse(ask, refusal);
  if (refusal == Refusal::leaked) recorder_.totals.leaks.fetch_add(1, std::memory_order_relaxed);
  if (refusal == Refusal::no_credential) recorder_.totals.unauthorized.fetch_add(1, std::memory_order_relaxed);
  target_ = request_.path();
  tag_ = request_.header("x-mock-tag");
  if (!early) recorder_.keep(request_, number, connection_);
  bool again = co_await send(ask, reply);
  if (early) {
    again = again && co_await read_body();
    recorder_.keep(request_, number, connection_);
  }
  co_return again;
}

asio::awaitable<bool> Session::send(const Ask& ask, const Reply& reply) {
  Sender sender{socket_, ask, reply, line_, recorder_.totals};
  if (!ask.modes.waits() && !reply.stream) co_return co_await sender.run();  // nothing to wait for, so nobody to lose on the way
  co_return co_await send_watched(ask, sender);
}

asio::awaitable<bool> Session::send_watched(const Ask& ask, Sender& sender) {
  recorder_.totals.active.fetch_add(1, std::memory_order_relaxed);
  const auto first = co_await (sender.run() || peer_gone(socket_));
  recorder_.totals.active.fetch_sub(1, std::memory_order_relaxed);
  const bool left = first.index() == 1;
  if (left || sender.lost()) recorder_.disconnected(ask.number, target_, tag_, sender.started() ? Phase::answering : Phase::waiting);
  co_return !left && std::get<0>(first);
}

asio::awaitable<bool> Session::read_some(std::size_t room) {
  const auto [error, size] = co_await socket_.async_read_some(in_.prepare(room), kQuiet);
  in_.commit(size);
  co_return !error;
}

asio::awaitable<bool> Session::read_head() {
  request_.clear();
  parser_.emplace(request_);
  for (;;) {
    if (in_.size() > 0) {
      boost::system::error_code error;
      const auto all = in_.data();
      const std::size_t used = parser_->put(asio::const_buffer{all}, error);
      request_.raw_head.append(static_cast<const char*>(all.data()), used);
      in_.consume(used);
      if (error && error != http::error::need_more) co_return co_await refuse_malformed();
      if (parser_->is_header_done()) co_return true;
    }
    if (!co_await read_some(kHeadRoom)) co_return false;
  }
}

asio::awaitable<bool> Session::read_body() {
  if (expects_continue()) {
    constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await asio::async_write(socket_, asio::buffer(kGoOn), kQuiet);
  }
  while (!parser_->is_done()) {
    if (in_.size() == 0 && !co_await read_some(kBodyRoom)) {
      recorder_.disconnected(0, request_.path(), request_.header("x-mock-tag"), Phase::upload);
      co_return false;
    }
    boost::system::error_code error;
    const auto all = in_.data();
    const std::size_t used = parser_->put(asio::const_buffer{all}, error);
    if (request_.chunked) request_.wire.append({static_cast<const char*>(all.data()), used});
    in_.consume(used);
    if (error && error != http::error::need_more) co_return co_await refuse_malformed();
    if (error == http::error::need_more && !co_await read_some(kBodyRoom)) {
      recorder_.disconnected(0, request_.path(), request_.header("x-mock-tag"), Phase::upload);
      co_return false;
    }
  }
  co_return true;
}

asio::awaitable<bool> Session::refuse_malformed() {
  recorder_.totals.malformed.fetch_add(1, std::memory_order_relaxed);
  constexpr std::string_view kAnswer = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
  co_await asio::async_write(socket_, asio::buffer(kAnswer), kQuiet);
  co_return false;
}

}  // namespace

asio::awaitable<void> run_session(tcp::socket socket, Recorder& recorder, std::uint64_t connection) {
  Session session{std::move(socket), recorder, connection};
  co_await session.run();
}

}  // namespace lectr::demo
