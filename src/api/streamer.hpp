// Answers that are made while they are sent: CSV a page at a time, and live events.
#pragma once

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>

#include "api/live.hpp"
#include "api/reply_head.hpp"
#include "api/session.hpp"

namespace lectr::api {

// For one answer. `stream` is plain or TLS; `tcp` is its lowest layer, which carries the deadlines.
template <class Stream>
class Streamer {
 public:
  Streamer(Shared& shared, Stream& stream, boost::beast::tcp_stream& tcp, unsigned version)
      : shared_{shared}, stream_{stream}, tcp_{tcp}, version_{version}, chunked_{version == 11} {}

  // An answer that is made while it is sent. True: it was sent to its end.
  boost::asio::awaitable<bool> send(Reply reply, bool keep_alive, bool head_only) {
    namespace http = boost::beast::http;
    auto head = head_of<http::empty_body>(reply, version_, keep_alive);
    head.chunked(chunked_);
    http::response_serializer<http::empty_body> serializer{head};
    tcp_.expires_after(shared_.limits.deadline);
    auto [failed, bytes] = co_await http::async_write_header(stream_, serializer, kToken);
    if (failed || head_only) co_return false;
    bool whole = false;
    if (reply.chunks)
      whole = co_await send_chunks(std::move(reply.chunks));
    else
      whole = co_await send_live(std::move(reply.live));
    if (whole && chunked_) whole = co_await write_text("0\r\n\r\n");
    co_return whole;
  }

 private:
  static constexpr auto kToken = boost::asio::as_tuple(boost::asio::use_awaitable);

  // The next piece is asked for when the one before has left: a slow reader slows the store down, and costs no memory.
  boost::asio::awaitable<bool> send_chunks(std::shared_ptr<Chunks> chunks) {
    for (;;) {
      std::function<Reply()> work = [chunks] { return next_piece(*chunks); };
      const Reply piece = co_await shared_.store_pool.run(std::move(work), shared_.limits.deadline);
      if (piece.status != 200) co_return false;
      if (piece.body.empty()) co_return true;
      const bool sent = co_await write_piece(piece.body);
      if (!sent) co_return false;
    }
  }

  static Reply next_piece(Chunks& chunks) noexcept try {
    auto got = chunks.next();
    if (!got) return Reply::problem(got.error());
    Reply piece;
    piece.body = std::move(*got);
    return piece;
  } catch (const std::exception&) { return Reply::problem(Problem{500, "internal_error", "", {}}); }

  // What wakes a live stream: news, its client's end (or anything it says: there is nothing to be said), and time. This thread only.
  struct Bell {
    explicit Bell(const boost::asio::any_io_executor& home) : timer{home} {}
    void ring() {
      rung = true;
      timer.cancel();
    }
    boost::asio::steady_timer timer;
    bool rung = false, gone = false;
  };

  // Sends what the hub puts in, until the client leaves, reads too slowly, may no longer listen, or the server ends.
  boost::asio::awaitable<bool> send_live(std::shared_ptr<LiveStream> live) {
    const boost::asio::any_io_executor home = co_await boost::asio::this_coro::executor;
    auto bell = std::make_shared<Bell>(home);
    live->on_news([bell, home] { boost::asio::post(home, [bell] { bell->ring(); }); });
    tcp_.socket().async_wait(boost::asio::ip::tcp::socket::wait_read, [bell](boost::beast::error_code) {
      bell->gone = true;
      bell->ring();
    });
    const bool ended = co_await relay_live(*live, *bell);
    live->on_news({});
    boost::beast::error_code ignored;
    tcp_.socket().cancel(ignored);
    co_return ended;
  }

  boost::asio::awaitable<bool> relay_live(LiveStream& live, Bell& bell) {
    using Clock = std::chrono::steady_clock;
    auto beat_at = Clock::now() + shared_.limits.heartbeat, check_at = Clock::now() + shared_.limits.recheck;
    while (!shared_.draining.load() && !bell.gone) {
      bell.rung = false;
      const auto news = live.take();
      for (const auto& message : news.messages) {
        const bool sent = co_await write_piece(*message);
        if (!sent) co_return false;
      }
      if (news.over) co_return true;
      if (Clock::now() >= check_at) {
        const bool allowed = co_await still_allowed(live);
        if (!allowed) co_return true;
        check_at = Clock::now() + shared_.limits.recheck;
      }
      if (Clock::now() >= beat_at) {
        const bool sent = co_await write_piece(":\n\n");
        if (!sent) co_return false;
        beat_at = Clock::now() + shared_.limits.heartbeat;
      }
      if (bell.rung) continue;
      bell.timer.expires_at(std::min(beat_at, check_at));
      co_await bell.timer.async_wait(kToken);
    }
    co_return !bell.gone;
  }

  // 503, and a pool that is full, say nothing about the caller.
  boost::asio::awaitable<bool> still_allowed(LiveStream& live) {
    std::function<Reply()> work = [ask = live.still_allowed]() -> Reply {
      Reply reply;
      reply.status = ask() ? 200 : 401;
      return reply;
    };
    const Reply reply = co_await shared_.store_pool.run(std::move(work), shared_.limits.deadline);
    co_return reply.status != 401;
  }

  boost::asio::awaitable<bool> write_piece(std::string_view text) {
    if (!chunked_) co_return co_await write_text(text);
    char size[24];
    const int length = std::snprintf(size, sizeof size, "%zx\r\n", text.size());
    const std::array<boost::asio::const_buffer, 3> parts{boost::asio::buffer(size, static_cast<std::size_t>(length)),
                                                         boost::asio::buffer(text.data(), text.size()), boost::asio::buffer("\r\n", 2)};
    tcp_.expires_after(shared_.limits.slow_reader);
    auto [failed, bytes] = co_await boost::asio::async_write(stream_, parts, kToken);
    tcp_.expires_never();
    co_return !failed;
  }
  boost::asio::awaitable<bool> write_text(std::string_view text) {
    tcp_.expires_after(shared_.limits.slow_reader);
    auto [failed, bytes] = co_await boost::asio::async_write(stream_, boost::asio::buffer(text.data(), text.size()), kToken);
    tcp_.expires_never();
    co_return !failed;
  }

  Shared& shared_;
  Stream& stream_;
  boost::beast::tcp_stream& tcp_;
  const unsigned version_;
  const bool chunked_;
};

}  // namespace lectr::api
