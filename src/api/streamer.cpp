#include "api/streamer.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>

#include "api/reply_head.hpp"

namespace lectr::api {
namespace asio = boost::asio;
namespace {

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

Reply next_piece(Chunks& chunks) noexcept try {
  auto got = chunks.next();
  if (!got) return Reply::problem(got.error());
  Reply piece;
  piece.body = std::move(*got);
  return piece;
} catch (const std::exception&) { return Reply::problem(Problem{500, "internal_error", "", {}}); }

}  // namespace

// What wakes a live stream: news, its client's end (or anything it says: there is nothing to be said), and time. This thread only.
struct Streamer::Bell {
  explicit Bell(const asio::any_io_executor& home) : timer{home} {}
  void ring() {
    rung = true;
    timer.cancel();
  }
  asio::steady_timer timer;
  bool rung = false, gone = false;
};

asio::awaitable<bool> Streamer::send(Reply reply, bool keep_alive, bool head_only) {
  const std::string head = head_of(reply, version_, keep_alive, chunked_ ? Length::chunked : Length::until_close);
  const bool begun = co_await write_text(head);
  if (!begun || head_only) co_return false;
  bool whole = false;
  if (reply.chunks)
    whole = co_await send_chunks(std::move(reply.chunks));
  else
    whole = co_await send_live(std::move(reply.live));
  if (whole && chunked_) whole = co_await write_text("0\r\n\r\n");
  co_return whole;
}

// The next piece is asked for when the one before has left: a slow reader slows the store down, and costs no memory.
asio::awaitable<bool> Streamer::send_chunks(std::shared_ptr<Chunks> chunks) {
  for (;;) {
    std::function<Reply()> work = [chunks] { return next_piece(*chunks); };
    const Reply piece = co_await shared_.store_pool.run(std::move(work), shared_.limits.deadline);
    if (piece.status != 200) co_return false;
    if (piece.body.empty()) co_return true;
    const bool sent = co_await write_piece(piece.body);
    if (!sent) co_return false;
  }
}

// Sends what the hub puts in, until the client leaves, reads too slowly, may no longer listen, or the server ends.
asio::awaitable<bool> Streamer::send_live(std::shared_ptr<LiveStream> live) {
  const asio::any_io_executor home = co_await asio::this_coro::executor;
  auto bell = std::make_shared<Bell>(home);
  live->on_news([bell, home] { asio::post(home, [bell] { bell->ring(); }); });
  transport_.tcp().socket().async_wait(asio::ip::tcp::socket::wait_read, [bell](boost::system::error_code) {
    bell->gone = true;
    bell->ring();
  });
  const bool ended = co_await relay_live(*live, *bell);
  live->on_news({});
  boost::system::error_code ignored;
  transport_.tcp().socket().cancel(ignored);
  co_return ended;
}

asio::awaitable<bool> Streamer::relay_live(LiveStream& live, Bell& bell) {
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
asio::awaitable<bool> Streamer::still_allowed(LiveStream& live) {
  std::function<Reply()> work = [ask = live.still_allowed]() -> Reply {
    Reply reply;
    reply.status = ask() ? 200 : 401;
    return reply;
  };
  const Reply reply = co_await shared_.store_pool.run(std::move(work), shared_.limits.deadline);
  co_return reply.status != 401;
}

asio::awaitable<bool> Streamer::write_piece(std::string_view text) {
  if (!chunked_) co_return co_await write_text(text);
  char size[24];
  const int length = std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  const std::array<asio::const_buffer, 3> parts{asio::buffer(size, static_cast<std::size_t>(length)), asio::buffer(text.data(), text.size()),
                                                asio::buffer("\r\n", 2)};
  transport_.tcp().expires_after(shared_.limits.slow_reader);
  const auto failed = co_await transport_.write(parts);
  transport_.tcp().expires_never();
  co_return !failed;
}

asio::awaitable<bool> Streamer::write_text(std::string_view text) {
  const std::array<asio::const_buffer, 1> parts{asio::buffer(text.data(), text.size())};
  transport_.tcp().expires_after(shared_.limits.slow_reader);
  const auto failed = co_await transport_.write(parts);
  transport_.tcp().expires_never();
  co_return !failed;
}

}  // namespace lectr::api
