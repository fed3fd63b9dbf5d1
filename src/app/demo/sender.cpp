#include "app/demo/sender.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <ctime>

#include "app/demo/build_text.hpp"
#include "app/demo/filler.hpp"

namespace lectr::demo {
namespace {

constexpr std::size_t kInOnePiece = 256 * 1024;  // filler beyond is made while it is sent
constexpr std::size_t kLongLine = 1 << 20;
constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);

std::string_view reason(unsigned status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 404: return "Not Found";
    case 418: return "I'm a teapot";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "Mock";
  }
}

// IMF-fixdate (RFC 9110 §5.6.7), made once per second and thread.
std::string_view date() {
  thread_local std::time_t made = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != made) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    char room[40];
    text.assign(room, std::strftime(room, sizeof room, "%a, %d %b %Y %H:%M:%S GMT", &parts));
    made = now;
  }
  return text;
}

}  // namespace

Sender::Sender(tcp::socket& socket, const Ask& ask, const Reply& reply, Line line, Recorder::Totals& totals)
    : socket_{socket}, ask_{ask}, reply_{reply}, line_{line}, totals_{totals}, timer_{socket.get_executor()} {
  bodiless_ = ask.method == "HEAD" || reply.status == 204 || reply.status == 304;
  const Framing framing = ask.modes.framing;
  chunked_ = line.version == 11 && framing != Framing::close && (reply.stream || framing == Framing::chunked);
  closing_ = !line.keep_alive || framing == Framing::close || (reply.stream && !chunked_);
  if (!bodiless_) encoder_ = make_encoder(ask.modes.coding);
}

asio::awaitable<bool> Sender::run() {
  if (ask_.modes.latency.count() > 0 && !co_await pause(ask_.modes.latency)) co_return false;
  if (!reply_.stream && (reply_.body.fill <= kInOnePiece || encoder_ || ask_.modes.garble)) {
    body_ = whole_body();
    length_ = body_.size();
  } else if (!reply_.stream) {
    length_ = reply_.body.before.size() + reply_.body.fill + reply_.body.after.size();
  }
  if (ask_.modes.informational) out_ = "HTTP/1.1 103 Early Hints\r\nlink: </mock>; rel=preload\r\n\r\n";
  if (!co_await send_head()) co_return false;
  bool whole = true;
  if (bodiless_)
    whole = co_await flush();
  else if (reply_.stream)
    whole = co_await send_stream();
  else
    whole = co_await send_unary();
  co_return whole && !closing_;
}

std::string Sender::head() const {
  std::string head = concat("HTTP/1.1 ", reply_.status, " ", reason(reply_.status), "\r\ndate: ", date(), "\r\nserver: lectr-mock\r\n");
  if (!reply_.content_type.empty()) cat(head, "content-type: ", reply_.content_type, "\r\n");
  if (encoder_) cat(head, "content-encoding: ", coding_name(ask_.modes.coding), "\r\nvary: accept-encoding\r\n");
  if (chunked_ && !bodiless_) cat(head, "transfer-encoding: chunked\r\n");
  if (chunked_ && ask_.modes.trailer) cat(head, "trailer: x-mock-frames\r\n");
  const bool counted = !chunked_ && !reply_.stream && ask_.modes.framing != Framing::close && reply_.status != 204;
  if (counted) cat(head, "content-length: ", length_, "\r\n");
  if (closing_) cat(head, "connection: close\r\n");
  if (!closing_ && line_.version == 10) cat(head, "connection: keep-alive\r\n");
  append_provider_headers(head, ask_);
  head += reply_.headers;
  return head += "\r\n";
}

// Left in out_, to go with the first bytes of the body, unless it has to be seen earlier.
asio::awaitable<bool> Sender::send_head() {
  const std::string text = head();
  if (!ask_.modes.slow_head) {
    out_ += text;
    co_return true;
  }
  const auto gap = std::max(ask_.modes.chunk_gap, std::chrono::milliseconds{10});
  for (std::size_t at = 0; at < text.size(); at += 16) {
    out_ += text.substr(at, 16);
    if (!co_await flush() || !co_await pause(gap)) co_return false;
  }
  co_return true;
}

std::string Sender::whole_body() const {
  std::string body = reply_.body.before;
  append_filler(body, reply_.body.fill, 0, reply_.body.fill, ask_.modes.utf8);
  body += reply_.body.after;
  if (ask_.modes.garble) body.insert(body.size() / 2, "\"}]\x01{");
  if (!encoder_) return body;
  std::string coded;
  encoder_->add(coded, body);
  encoder_->finish(coded);
  return coded;
}

asio::awaitable<bool> Sender::send_unary() {
  const bool breaks = ask_.modes.cut_after || ask_.modes.stall_after;
  if (breaks) {  // half of it, or nothing but the head
    const bool none = ask_.modes.cut_after.value_or(ask_.modes.stall_after.value_or(0)) == 0;
    const std::string_view half = std::string_view{body_}.substr(0, none ? 0 : std::max<std::size_t>(body_.size() / 2, 1));
    if (!half.empty()) append_framed(half);
    co_return co_await broken(!ask_.modes.cut_after);
  }
  if (body_.empty() && length_ > 0) {
    if (!co_await send_filler()) co_return false;
  } else if (!body_.empty()) {
    append_framed(body_);
  }
  co_return co_await send_end();
}

asio::awaitable<bool> Sender::send_filler() {
  append_framed(reply_.body.before);
  for (std::size_t at = 0; at < reply_.body.fill; at += kInOnePiece / 4) {
    frame_.clear();
    append_filler(frame_, reply_.body.fill, at, kInOnePiece / 4, ask_.modes.utf8);
    append_framed(frame_);
    if (!co_await flush()) co_return false;
  }
  append_framed(reply_.body.after);
  co_return true;
}

void Sender::make_frame(std::size_t i) {
  const StreamPlan& plan = *reply_.stream;
  frame_.clear();
  if (i < plan.first.size()) {
    frame_ = plan.first[i];
  } else if (i -= plan.first.size(); i < plan.deltas) {
    if (ask_.modes.garble && i == plan.deltas / 2) {
      frame_ = plan.garbled;
      return;
    }
    std::string text;
    const bool wide = ask_.modes.long_line && i == plan.deltas / 2;
    if (plan.text) append_frame_text(text, i, wide ? ask_.modes.bytes.value_or(kLongLine) : ask_.modes.chunk_bytes, ask_.modes.utf8);
    plan.delta(frame_, i, text);
  } else {
    frame_ = plan.last[i - plan.deltas];
  }
}

asio::awaitable<bool> Sender::send_stream() {
  const StreamPlan& plan = *reply_.stream;
  const std::size_t frames = plan.first.size() + plan.deltas + plan.last.size();
  const auto gap = ask_.modes.chunk_gap;
  totals_.streams.fetch_add(1, std::memory_order_relaxed);
  timer_.expires_after(gap);  // a clock of its own: what sending takes does not add up
  for (std::size_t i = 0; i < frames; ++i) {
    if (ask_.modes.cut_after == i) co_return co_await broken(false);
    if (ask_.modes.stall_after == i) co_return co_await broken(true);
    if (i > 0 && gap.count() > 0) {
      const auto [waited] = co_await timer_.async_wait(kQuiet);
      if (waited) co_return false;
      timer_.expires_at(timer_.expiry() + gap);
    }
    make_frame(i);
    if (!co_await send_frame(frame_)) co_return false;
    totals_.frames.fetch_add(1, std::memory_order_relaxed);
  }
  co_return co_await send_end();
}

asio::awaitable<bool> Sender::send_frame(std::string_view bytes) {
  if (ask_.modes.utf8 && !encoder_) {
    const auto inside = std::find_if(bytes.begin(), bytes.end(), [](char c) { return (c & 0xC0) == 0x80; });
    const auto cut = static_cast<std::size_t>(inside - bytes.begin());
    if (cut < bytes.size()) {
      append_framed(bytes.substr(0, cut));
      if (!co_await flush() || !co_await pause(std::chrono::milliseconds{2})) co_return false;  // so that the halves arrive apart
      bytes.remove_prefix(cut);
    }
  }
  if (encoder_) {
    coded_.clear();
    encoder_->add(coded_, bytes);
    bytes = coded_;
  }
  append_framed(bytes);
  co_return co_await flush();
}

void Sender::append_framed(std::string_view bytes) {
  if (bytes.empty()) return;  // an empty chunk would be the last one
  if (!chunked_) {
    out_ += bytes;
    return;
  }
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, bytes.size(), 16).ptr;
  cat(out_, std::string_view{digits, static_cast<std::size_t>(end - digits)}, "\r\n", bytes, "\r\n");
}

asio::awaitable<bool> Sender::send_end() {
  if (encoder_ && reply_.stream) {
    coded_.clear();
    encoder_->finish(coded_);
    append_framed(coded_);
  }
  if (chunked_) {
    out_ += "0\r\n";
    if (ask_.modes.trailer) out_ += "x-mock-frames: done\r\n";
    out_ += "\r\n";
  }
  co_return co_await flush();
}

// The answer stops here: silence until the peer leaves (this coroutine is then cancelled), or a close that the framing does not announce.
asio::awaitable<bool> Sender::broken(bool stalled) {
  if (!co_await flush()) co_return false;
  if (stalled) co_await pause(std::chrono::hours{1});
  if (ask_.modes.reset) {
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
  }
  co_return false;
}

asio::awaitable<bool> Sender::flush() {
  if (out_.empty()) co_return true;
  const auto [error, sent] = co_await asio::async_write(socket_, asio::buffer(out_), kQuiet);
  totals_.bytes_out.fetch_add(sent, std::memory_order_relaxed);
  out_.clear();
  started_ = started_ || sent > 0;
  lost_ = lost_ || error;
  co_return !error;
}

asio::awaitable<bool> Sender::pause(std::chrono::milliseconds time) {
  timer_.expires_after(time);
  const auto [error] = co_await timer_.async_wait(kQuiet);
  co_return !error;
}

}  // namespace lectr::demo
