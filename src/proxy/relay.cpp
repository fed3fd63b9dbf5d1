// Bytes both ways. Nothing is re-framed: the response's head is copied but for hop-by-hop lines, its body passes as it came while BodyScan
// watches where it ends and the meter looks at what has already been sent. Reading stops while the other side takes nothing, which is the
// backpressure; what it did not take waits in a buffer of at most one read.
#include <algorithm>
#include <charconv>

#include "lectr/base/clock.hpp"
#include "lectr/base/text.hpp"
#include "outgoing.hpp"
#include "session.hpp"
#include "splice.hpp"
#include "witness.hpp"
#include "worker.hpp"

namespace lectr::proxy {
namespace {

constexpr int kReadsPerTurn = 4;  // then others get their turn
constexpr std::uint8_t kMaxInterim = 16;
constexpr std::size_t kMaxDecoded = 64u << 20;  // of a compressed response that is looked at

std::int64_t us(std::chrono::milliseconds d) noexcept { return std::chrono::microseconds{d}.count(); }
constexpr Error hostile(const char* what) { return {Code::provider_bad_response, Fault::provider, Again::next_target, what}; }
constexpr Error by_client(Code code, const char* what = "") { return {code, Fault::client, Again::no, what}; }
constexpr Error gone() { return by_client(Code::client_gone); }
constexpr std::size_t kMaxRefusal = std::size_t{64} * 1024;  // of an answer 400 that is looked at before it passes
constexpr Error kRefusedUsage{Code::provider_bad_response, Fault::provider, Again::same_target, ""};
constexpr Error kSwallowedLate = hostile("");  // an error's body that does not end: its status has to do
iovec part(std::string_view s) noexcept { return {const_cast<char*>(s.data()), s.size()}; }

}  // namespace

net::Task<Result<void>> Session::relay() {
  Exchange& x = *x_;
  progress_us_ = x.sent_us = worker_.poller.now_us();
  x.upstream_ready = false;
  x.client_ready = !x.request_in();
  for (;;) {
    if (const auto up = pump_up(); !up) co_return up.error();
    if (const auto down = pump_down(); !down) co_return down.error();
    if (response_over() || x.ending != Ending::open) break;
    if (x.down_pending.empty())
      x.upstream->watch_read();
    else
      client_->watch_write();
    if (!x.up_broken && ((!x.head_done && !x.held_sent()) || !x.up_pending.empty())) x.upstream->watch_write();
    if (x.request_in() ? carry_.size() < Worker::kBuffer : takes_client_body()) client_->watch_read();
    // As wait(), without a frame of its own: this is where streams spend their lives.
    const std::int64_t deadline = deadline_us_ = relay_deadline();
    unsigned bits = bell_.take();
    if (bits == 0) bits = co_await bell_.wait();
    bits = woken(bits, deadline);
    if (bits & kUpstreamRead) x.upstream_ready = true;
    if (bits & kClientRead) {
      if (const auto here = client_readable(); !here) co_return here.error();
    }
    if ((bits & kDeadline) && (worker_.cutting() || mono_us() >= relay_deadline())) {
      if (const auto late = relay_timeout(); !late) co_return late.error();
      break;
    }
  }
  if (x.ending == Ending::open) x.ending = Ending::complete;
  co_return Result<void>{};
}

bool Session::response_over() const noexcept {
  const Exchange& x = *x_;
  if (!x.head_done || !x.down_pending.empty()) return false;
  return x.down_body.state() == net::BodyScan::State::done || (x.upstream_eof && x.down_body.whole_at_eof());
}

std::int64_t Session::relay_deadline() const noexcept {
  const Exchange& x = *x_;
  const auto& d = worker_.settings.deadlines;
  std::int64_t at = progress_us_ + us(d.idle);
  if (!x.head_done && !x.request_sent() && !x.up_broken)
    at = progress_us_ + us(d.body);
  else if (!x.head_done)
    at = x.sent_us + (x.patience_us > 0 ? std::min(us(d.first_byte), x.patience_us) : us(d.first_byte));
  if (x.routing) at = routed_deadline(at);
  return std::min(at, x.hard_stop_us);
}

Result<void> Session::relay_timeout() {
  Exchange& x = *x_;
  if (swallowing()) return kSwallowedLate;
  if (x.head_done) {
    // Who is it that does not move? Bytes waiting for the client mean the client.
    x.ending = !x.down_pending.empty() ? Ending::client_gone : worker_.cutting() ? Ending::cut_by_us : Ending::stalled;
    return {};
  }
  if (worker_.cutting()) return Error{Code::gateway_overloaded, Fault::us, Again::same_target, "The gateway is shutting down."};
  if (!x.request_in() && x.held_sent() && x.up_pending.empty()) return by_client(Code::request_timeout, "The request's body did not arrive in time.");
  return Error{Code::provider_timeout, Fault::provider, Again::next_target, ""};
}

// ---- to the provider

// What is watched must be read when it comes: a link that is known to be ready wakes at once.
bool Session::takes_client_body() const noexcept {
  const Exchange& x = *x_;
  return !x.request_in() && !x.up_broken && x.up_pending.empty() && (x.head_done || x.held_sent());
}

Result<void> Session::pump_up() {
  Exchange& x = *x_;
  if (x.up_broken) return {};
  if (!x.head_done) {
    const auto sent = send_held();
    if (!sent) return sent.error();
    if (!*sent) return {};
  }
  const auto flushed = flush_up_pending();
  if (!flushed) return flushed.error();
  if (!*flushed || x.request_in()) return {};
  return read_client_body();
}

// The head and the body bytes that are in memory, in one gathered write. true: all of it is out.
Result<bool> Session::send_held() {
  Exchange& x = *x_;
  while (!x.held_sent()) {
    std::array<iovec, 1 + std::tuple_size_v<SplicedBody>> parts;
    std::size_t count = 0, skip = x.out_sent;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::string_view piece = x.out_part(i), rest = piece.substr(std::min(skip, piece.size()));
      skip -= piece.size() - rest.size();
      if (!rest.empty()) parts[count++] = part(rest);
    }
    const net::IoResult put = x.upstream->write(std::span{parts}.first(count), worker_.joined);
    if (put.state == net::IoState::again) return false;
    if (put.state != net::IoState::ok) {
      x.up_broken = true;  // it may have answered before it closed
      x.upstream_ready = true;
      return false;
    }
    if (x.witness && !x.spliced) x.witness->left_up(x.held_body(), x.out_head.size(), x.out_sent, put.bytes);
    x.out_sent += put.bytes;
    if (x.held_sent()) x.sent_us = progress_us_ = worker_.poller.now_us();
  }
  return true;
}

Result<bool> Session::flush_up_pending() {
  Exchange& x = *x_;
  while (!x.up_pending.empty()) {
    const iovec one = part(x.up_pending.view());
    const net::IoResult put = x.upstream->write({&one, 1}, worker_.joined);
    if (put.state == net::IoState::again) return false;
    if (put.state != net::IoState::ok) {
      x.up_broken = x.upstream_ready = true;
      return false;
    }
    if (x.witness && x.witness->watches_up) x.witness->up.left(x.up_pending.view().substr(0, put.bytes));
    x.up_pending.consume(put.bytes);
    x.sent_us = progress_us_ = worker_.poller.now_us();
  }
  return true;
}

// Straight from the worker's buffer; only what the provider does not take now is kept, at most one read.
void Session::send_up(std::string_view bytes) {
  Exchange& x = *x_;
  while (!bytes.empty()) {
    const iovec one = part(bytes);
    const net::IoResult put = x.upstream->write({&one, 1}, worker_.joined);
    if (put.state == net::IoState::again) return x.up_pending.append(bytes);
    if (put.state != net::IoState::ok) {
      x.up_broken = x.upstream_ready = true;
      return;
    }
    if (x.witness && x.witness->watches_up) x.witness->up.left(bytes.substr(0, put.bytes));
    bytes.remove_prefix(put.bytes);
    x.sent_us = progress_us_ = worker_.poller.now_us();
  }
}

Result<void> Session::read_client_body() {
  Exchange& x = *x_;
  for (int i = 0; i < kReadsPerTurn && x.client_ready && takes_client_body(); ++i) {
    const net::IoResult got = client_->read(worker_.buffer);
    if (got.state == net::IoState::again) x.client_ready = false;
    if (got.state == net::IoState::eof || got.state == net::IoState::failed) {
      x.ending = x.tunnel ? Ending::complete : Ending::client_gone;
      return gone();
    }
    if (got.state != net::IoState::ok) break;
    if (!client_->tls() && got.bytes < Worker::kBuffer) x.client_ready = false;
    const std::string_view bytes{worker_.buffer.data(), got.bytes};
    const std::size_t body = x.up_body.feed(bytes, nullptr);
    carry_.append(bytes.substr(body));
    x.body_seen += body;
    x.held = false;
    if (x.up_body.state() == net::BodyScan::State::bad) return by_client(Code::invalid_request, "The request's chunked body is malformed.");
    if (!x.tunnel && std::max<std::uint64_t>(x.body_seen, x.up_body.announced()) > worker_.settings.bounds.body_bytes)
      return by_client(Code::request_too_large);
    progress_us_ = worker_.poller.now_us();
    if (x.witness && x.witness->watches_up) x.witness->up.came(bytes.substr(0, body));
    send_up(bytes.substr(0, body));
  }
  return {};
}

// ---- to the client

Result<void> Session::pump_down() {
  Exchange& x = *x_;
  while (!x.down_pending.empty()) {
    const iovec one = part(x.down_pending.view());
    const net::IoResult put = client_->write({&one, 1}, worker_.joined);
    if (put.state == net::IoState::again) return {};
    if (put.state != net::IoState::ok) {
      x.ending = Ending::client_gone;
      return gone();
    }
    if (x.witness) x.witness->left_waiting(x.down_pending.view().substr(0, put.bytes));
    x.down_pending.consume(put.bytes);
    progress_us_ = worker_.poller.now_us();
  }
  for (int i = 0; i < kReadsPerTurn && x.upstream_ready && x.down_pending.empty() && !response_over() && x.ending == Ending::open; ++i) {
    const net::IoResult got = x.upstream->read(worker_.buffer);
    if (got.state == net::IoState::again) x.upstream_ready = false;
    if (got.state == net::IoState::eof || got.state == net::IoState::failed) return upstream_ended(got.state == net::IoState::eof);
    if (got.state != net::IoState::ok) break;
    if (!x.upstream->tls() && got.bytes < Worker::kBuffer) x.upstream_ready = false;
    progress_us_ = worker_.poller.now_us();
    if (const auto taken = take_response({worker_.buffer.data(), got.bytes}); !taken) return taken.error();
  }
  return {};
}

Result<void> Session::take_response(std::string_view bytes) {
  Exchange& x = *x_;
  if (!x.any_response_byte) {
    x.any_response_byte = true;
    x.event.ttfb_us = mono_us() - x.began_us;
  }
  if (swallowing()) return swallow(bytes);
  if (x.head_done) return take_response_body(bytes, {});
  const bool from_early = !x.early.empty();
  if (from_early) {
    x.early.append(bytes);
    bytes = x.early.view();
  }
  const net::HeadLimits limits{worker_.settings.bounds.header_bytes, worker_.settings.bounds.header_count};
  for (;;) {
    net::ResponseHead& head = worker_.response;
    const auto parsed = net::parse_response(bytes, limits, x.to_head, head);
    if (!parsed) return parsed.error();
    if (*parsed == net::Parsed::need_more) {
      net::ByteBuffer rest;
      rest.append(bytes);
      x.early = std::move(rest);
      return {};
    }
    if (head.status == 400 && x.usage && x.usage->asked && !x.usage->judged) {
      const Judged judged = judge_refusal(bytes, head);
      if (judged == Judged::refused) return kRefusedUsage;
      if (judged == Judged::waits) {
        net::ByteBuffer rest;
        rest.append(bytes);
        x.early = std::move(rest);
        return {};
      }
    }
    if (head.status == 101 || head.status >= 200) {
      auto begun = begin_response(bytes, head);
      x.early.clear();
      return begun;
    }
    if (++x.interim > kMaxInterim) return hostile("The provider sends interim responses without end.");
    if (!x.client_is_10) {  // RFC 9110 §15.2: interim responses are forwarded, but not to HTTP/1.0 clients
      worker_.text.clear();
      write_response_head(worker_.text, x, bytes, head, true);
      if (const auto sent = send_down(worker_.text, {}); !sent) return sent.error();
    }
    bytes.remove_prefix(head.size);
    if (bytes.empty()) {
      x.early.clear();
      return {};
    }
  }
}

// Is an answer 400 about what we asked for in the client's place? It has to be whole to tell, within bounds.
Session::Judged Session::judge_refusal(std::string_view bytes, const net::ResponseHead& head) {
  Exchange& x = *x_;
  const bool can_tell = x.held && x.request_in() && (head.framing == net::Framing::chunked || head.framing == net::Framing::length);
  net::BodyScan scan;
  scan.start(head.framing, head.length);
  const std::string_view body = bytes.substr(head.size);
  if (can_tell && body.size() < kMaxRefusal && !x.upstream_eof) {
    scan.feed(body, nullptr);
    if (scan.state() == net::BodyScan::State::more) return Judged::waits;
    const auto names_it = [](std::string_view text) { return text.find("stream_options") != text.npos; };
    if (scan.state() == net::BodyScan::State::done) x.usage->refused = names_it(head.framing == net::Framing::chunked ? unchunked(body) : body);
  }
  x.usage->judged = true;
  return x.usage->refused ? Judged::refused : Judged::passes;
}

Result<void> Session::begin_response(std::string_view bytes, const net::ResponseHead& head) {
  Exchange& x = *x_;
  if (head.status == 101 && !x.wants_upgrade) return hostile("The provider switched protocols without being asked.");
  const bool over = x.routing && passes_over(bytes, head);
  x.event.status = static_cast<std::uint16_t>(head.status);
  x.down_body.start(head.framing, head.length);
  x.upstream_keep = head.keep_alive && head.status != 101;
  x.dechunk = x.client_is_10 && head.framing == net::Framing::chunked;
  // The client must see the end: by length, by chunks, or by our closing. A request not fully read ends the connection too.
  if (!over) keep_ = keep_ && x.request_in() && head.framing != net::Framing::until_close && !x.dechunk && head.status != 101 && !worker_.draining();
  bool coded = false;
  wire::BodyKind kind = wire::BodyKind::opaque;
  constexpr net::FieldSet kLookedAt = net::field_set(net::FieldId::content_type, net::FieldId::content_encoding, net::FieldId::provider_request_id);
  for (const net::Field& f : head.fields) {
    if (!net::in_set(kLookedAt, f.id)) continue;
    const std::string_view value = head.value(bytes, f);
    if (f.id == net::FieldId::content_type)
      kind = wire::body_kind(value);
    else if (f.id == net::FieldId::content_encoding)
      x.decoder = wire::BodyDecoder::make(value, kMaxDecoded), coded = !iequals(value, "identity");
    else if (x.event.provider_request_id.empty())
      x.event.provider_request_id = value.substr(0, kMaxProviderRequestId);
  }
  x.event.streaming = kind == wire::BodyKind::sse || kind == wire::BodyKind::ndjson || (x.endpoint.streams_by_path && head.status < 300);
  x.metered = head.framing != net::Framing::none && kind != wire::BodyKind::opaque && (x.endpoint.api != wire::Api::other || head.status >= 400);
  if (x.metered) {
    x.meter = worker_.spare_meter();
    x.meter.start(x.endpoint.api, kind, head.status);
  }
  // A length that is announced can't be kept when something is taken out, and what is coded can't be read here: then all of it passes.
  if (x.usage && x.usage->asked)
    x.usage->takes_out = kind == wire::BodyKind::sse && head.status < 300 && !coded && head.framing != net::Framing::length;
  if (x.witness) x.witness->watches_down = !x.dechunk && !takes_out_usage();
  if (over) {
    x.up_broken = !x.held_sent();
    x.head_done = true;
    return swallow(bytes.substr(head.size));
  }
  worker_.text.clear();
  write_response_head(worker_.text, x, bytes, head, keep_);
  if (!x.held_sent()) x.up_broken = true;  // an early answer: the provider has heard enough
  x.head_done = true;
  if (head.status == 101) {
    if (const auto begun = begin_tunnel(); !begun) return begun.error();
  } else if (x.request_in()) {
    // The request is out, or not wanted any more, and will not be sent again: an answer that streams for minutes shall not hold it.
    let_go_of_request();
  }
  return take_response_body(bytes.substr(head.size), worker_.text);
}

void Session::let_go_of_request() {
  Exchange& x = *x_;
  x.spliced = false;
  if (x.usage) x.usage->payload = {};
  worker_.recycle(std::move(x.request), x.head.size);
  worker_.recycle(std::exchange(x.out_head, std::string{}));
  worker_.recycle(std::exchange(x.head.fields, std::vector<net::Field>{}));
  x.head.size = 0;
  x.out_sent = 0;
}

Result<void> Session::begin_tunnel() {
  Exchange& x = *x_;
  x.tunnel = true;
  x.event.streaming = true;
  x.up_body.start(net::Framing::until_close, 0);
  x.down_body.start(net::Framing::until_close, 0);
  x.up_pending.append(carry_.view());
  if (x.witness) x.witness->up.came(carry_.view());
  x.body_seen += carry_.size();
  carry_.clear();
  x.client_ready = true;
  return {};
}

Result<void> Session::take_response_body(std::string_view bytes, std::string_view head_to_send) {
  Exchange& x = *x_;
  worker_.pieces.clear();
  const std::size_t body = x.down_body.feed(bytes, x.metered || x.dechunk || takes_out_usage() ? &worker_.pieces : nullptr);
  if (body < bytes.size()) x.upstream_keep = false;  // more than was announced: nobody else may get to see it
  std::string_view to_send = bytes.substr(0, body);
  if (takes_out_usage()) {
    to_send = without_asked_usage(x.down_body.state() == net::BodyScan::State::done);
  } else if (x.dechunk) {
    worker_.unchunked.clear();
    for (const std::string_view piece : worker_.pieces) worker_.unchunked.append(piece);
    to_send = worker_.unchunked;
  }
  x.event.bytes_out += static_cast<std::int64_t>(to_send.size());
  if (x.witness && x.witness->watches_down) x.witness->down.came(to_send);
  if (const auto sent = send_down(head_to_send, to_send); !sent) return sent.error();
  for (const std::string_view piece : worker_.pieces) meter(piece);
  if (x.down_body.state() == net::BodyScan::State::bad) x.ending = Ending::provider_cut;
  return {};
}

// What the client gets of `worker_.pieces`, in chunks of our own where the provider's have other sizes. `whole`: nothing follows, and what was held back goes, too.
std::string_view Session::without_asked_usage(bool whole) {
  constexpr std::size_t kSize = 18;  // of a chunk's head at most
  Exchange& x = *x_;
  const bool chunked = x.down_body.framing() == net::Framing::chunked && !x.dechunk;
  std::string& out = worker_.unchunked;
  out.assign(chunked ? kSize : 0, ' ');
  for (const std::string_view piece : worker_.pieces) x.usage->filter.feed(piece, out);
  if (whole || x.upstream_eof) x.usage->filter.finish(out);
  if (!chunked) return out;
  std::size_t from = kSize;
  if (out.size() > kSize) {
    char head[kSize];
    char* end = std::to_chars(head, head + kSize - 2, out.size() - kSize, 16).ptr;
    *end++ = '\r', *end++ = '\n';
    from -= static_cast<std::size_t>(end - head);
    std::copy(head, end, out.begin() + static_cast<std::ptrdiff_t>(from));
    out.append("\r\n");
  }
  if (whole) out.append("0\r\n\r\n");
  return std::string_view{out}.substr(from);
}

void Session::meter(std::string_view payload) {
  Exchange& x = *x_;
  if (!x.metered) return;
  if (x.decoder)
    x.decoder->feed(payload, worker_.joined, [&x](std::string_view decoded) { x.meter.feed(decoded); });
  else
    x.meter.feed(payload);
  if (x.permit) limits_progress();
}

Result<void> Session::send_down(std::string_view first, std::string_view second) {
  Exchange& x = *x_;
  if (first.empty() && second.empty()) return {};
  std::size_t written = 0;
  if (x.down_pending.empty()) {
    const iovec parts[2] = {part(first.empty() ? second : first), part(second)};
    const net::IoResult put = client_->write({parts, first.empty() || second.empty() ? 1u : 2u}, worker_.joined);
    if (put.state == net::IoState::failed || put.state == net::IoState::eof) {
      x.ending = Ending::client_gone;
      return gone();
    }
    written = put.bytes;
  }
  if (written < first.size()) x.down_pending.append(first.substr(written));
  const std::size_t of_second = written > first.size() ? written - first.size() : 0;
  if (x.witness) {
    x.witness->head_left += first.size() - std::min(written, first.size());
    if (x.witness->watches_down) x.witness->down.left(second.substr(0, of_second));
  }
  x.down_pending.append(second.substr(of_second));
  return {};
}

Result<void> Session::upstream_ended(bool cleanly) {
  Exchange& x = *x_;
  x.upstream_ready = false;
  x.upstream_eof = true;
  x.upstream_keep = false;
  if (swallowing()) return swallow({});
  if (!x.head_done && x.usage && x.usage->asked && !x.early.empty()) {  // an answer that was being judged passes as far as it came
    if (const auto taken = take_response({}); !taken) return taken;
  }
  if (!x.head_done) {
    if (x.any_response_byte) return hostile("The provider closed the connection in the middle of its response's head.");
    return Error{Code::provider_bad_response, Fault::provider, Again::next_target, "The provider closed the connection without an answer."};
  }
  if (takes_out_usage()) {  // the last of an event that is not whole
    worker_.pieces.clear();
    const std::string_view rest = without_asked_usage(false);
    x.event.bytes_out += static_cast<std::int64_t>(rest.size());
    if (const auto sent = send_down({}, rest); !sent) return sent.error();
  }
  if (x.tunnel || (cleanly && x.down_body.whole_at_eof())) return {};
  x.ending = Ending::provider_cut;
  return {};
}

}  // namespace lectr::proxy
