#include "session.hpp"

#include "lectr/base/clock.hpp"
#include "worker.hpp"

namespace lectr::proxy {
namespace {

constexpr std::int64_t kLingerUs = 1'000'000;
constexpr std::size_t kReserved = 256 * 1024;  // for an announced body: what comes beyond grows the buffer
constexpr std::size_t kLingerBytes = 4u << 20;
constexpr std::int64_t kRefusalUs = 5'000'000;  // to write an answer of our own

std::int64_t us(std::chrono::milliseconds d) noexcept { return std::chrono::microseconds{d}.count(); }

std::size_t leading_empty_lines(std::string_view bytes) noexcept {  // RFC 9112 §2.2: an empty line before a request is ignored
  std::size_t n = 0;
  while (bytes.size() >= n + 2 && bytes[n] == '\r' && bytes[n + 1] == '\n' && n < 8) n += 2;
  return n;
}

}  // namespace

Session::Session(Worker& worker, net::TlsContext tls) : worker_{worker}, tls_{std::move(tls)}, client_{new net::Link{worker.poller}} {}

Session::~Session() {
  if (x_ && x_->upstream) x_->upstream->close();
  client_->close();
  worker_.counters.connections.fetch_sub(1, std::memory_order_relaxed);
}

bool Session::adopt(int fd) {
  if (!client_->adopt(fd)) return false;
  client_->attach(&bell_, kClientRead, kClientWrite);
  worker_.enlist(*this);
  return true;
}

net::Task<void> Session::live() {
  // Each await stands alone: gcc 12 miscompiles co_await inside && and with temporaries (gcc bug 107288).
  if (tls_) {
    const bool shaken = co_await handshake();
    if (!shaken) co_return;
  }
  while (keep_) {
    const bool there = co_await next_request();
    if (!there) break;
    const auto ready = co_await prepare();  // its frame is gone while the response streams
    if (ready)
      co_await attempt_all();
    else if (ready.error().code != Code::none && x_->ending == Ending::open)
      co_await refuse(ready.error());
    settle();
    x_.reset();
    if (worker_.draining() && carry_.empty()) break;
  }
  if (break_off_) co_return client_->reset();
  if (unread_) co_await linger();
  client_->finish();
}

net::Task<unsigned> Session::wait(std::int64_t deadline_us) {
  deadline_us_ = deadline_us;
  unsigned bits = bell_.take();
  if (bits == 0) bits = co_await bell_.wait();
  co_return woken(bits, deadline_us);
}

unsigned Session::woken(unsigned bits, std::int64_t deadline_us) noexcept {
  deadline_us_ = INT64_MAX;
  // A ring may stem from an earlier, shorter deadline; a cut overrides every deadline.
  if ((bits & kDeadline) && mono_us() < deadline_us) bits &= ~static_cast<unsigned>(kDeadline);
  if (worker_.cutting()) bits |= kDeadline;
  return bits;
}

net::Task<bool> Session::handshake() {
  if (!client_->start_tls_server(tls_.get())) co_return false;
  const std::int64_t deadline = mono_us() + us(worker_.settings.deadlines.head);
  for (;;) {
    const net::IoState state = client_->handshake();
    if (state == net::IoState::ok) co_return true;
    if (state != net::IoState::again) co_return false;
    const unsigned bits = co_await wait(deadline);
    if (bits & kDeadline) co_return false;
  }
}

// Parses what is there; on success the exchange holds the request as far as it came, and `carry_` what lies behind it.
Session::Heads Session::take_head(std::string_view bytes, bool in_carry) {
  const std::size_t skipped = leading_empty_lines(bytes);
  const std::string_view rest = bytes.substr(skipped);
  if (rest.empty()) {
    carry_.clear();
    return Heads::incomplete;
  }
  Exchange& e = x_.emplace();
  e.head.fields = worker_.spare_fields();
  e.out_head = worker_.spare_head();
  const net::HeadLimits limits{worker_.settings.bounds.header_bytes, worker_.settings.bounds.header_count};
  const auto parsed = net::parse_request(rest, limits, e.head);
  if (parsed && *parsed == net::Parsed::need_more) {
    x_.reset();
    if (!in_carry) carry_.append(rest);
    return Heads::incomplete;
  }
  e.began_us = mono_us();
  e.pin = worker_.pin();
  if (!parsed) {
    unread_ = true;
    keep_ = false;
    e.broken = parsed.error();
    return Heads::refused;
  }
  e.request = worker_.spare_buffer();
  e.up_body.start(e.head.framing, e.head.length);
  const std::size_t body = e.up_body.feed(rest.substr(e.head.size), nullptr);
  e.body_seen = body;
  const std::size_t whole = e.head.size + body;
  if (e.head.framing == net::Framing::length) e.request.reserve(e.head.size + std::min<std::uint64_t>(e.head.length, kReserved));
  e.request.append(rest.substr(0, whole));
  const std::string_view behind = rest.substr(whole);
  if (in_carry)
    carry_.consume(skipped + whole);
  else
    carry_.append(behind);
  return Heads::ready;
}

net::Task<bool> Session::next_request() {
  const auto& deadlines = worker_.settings.deadlines;
  std::int64_t deadline = worker_.poller.now_us() + us(carry_.empty() ? deadlines.keep_alive : deadlines.head);
  bool begun = !carry_.empty();
  if (begun) {
    const Heads heads = take_head(carry_.view(), true);
    if (heads != Heads::incomplete) co_return true;
  }
  // OpenSSL may already hold bytes that epoll can't tell of; a plain connection has nothing before it is woken.
  bool look = client_->tls();
  for (;;) {
    if (!look) {
      client_->watch_read();
      const unsigned bits = co_await wait(deadline);
      if ((bits & kDrain) && !begun) co_return false;
      if (bits & kDeadline) {
        if (begun && !worker_.cutting()) {  // a slow head is told; an idle connection just ends
          std::string answer;
          write_refusal(answer, wire::refusal_for(Code::request_timeout), wire::ErrorShape::openai, false, false, {});
          co_await flush(answer);
        }
        co_return false;
      }
    }
    look = false;
    const net::IoResult got = client_->read(worker_.buffer);
    if (got.state == net::IoState::eof || got.state == net::IoState::failed) co_return false;
    if (got.state == net::IoState::ok) {
      const std::string_view bytes{worker_.buffer.data(), got.bytes};
      if (!begun) deadline = worker_.poller.now_us() + us(deadlines.head);
      begun = true;
      const bool in_carry = !carry_.empty();
      if (in_carry) carry_.append(bytes);
      if (take_head(in_carry ? carry_.view() : bytes, in_carry) != Heads::incomplete) co_return true;
      look = client_->tls();
    }
  }
}

net::Task<bool> Session::flush(std::string_view bytes) {
  const std::int64_t deadline = mono_us() + kRefusalUs;
  while (!bytes.empty()) {
    const iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    const net::IoResult put = client_->write({&part, 1}, worker_.joined);
    if (put.state == net::IoState::failed || put.state == net::IoState::eof) co_return false;
    bytes.remove_prefix(put.bytes);
    if (bytes.empty()) break;
    client_->watch_write();
    const unsigned bits = co_await wait(deadline);
    if (bits & kDeadline) co_return false;
  }
  co_return true;
}

net::Task<void> Session::linger() {
  client_->shutdown_write();
  const std::int64_t deadline = mono_us() + kLingerUs;
  std::size_t thrown_away = 0;
  for (;;) {
    const net::IoResult got = client_->read(worker_.buffer);
    if (got.state == net::IoState::eof || got.state == net::IoState::failed) co_return;
    thrown_away += got.bytes;
    if (thrown_away > kLingerBytes) co_return;
    if (got.state == net::IoState::ok) continue;
    client_->watch_read();
    const unsigned bits = co_await wait(deadline);
    if (bits & kDeadline) co_return;
  }
}

}  // namespace lectr::proxy
