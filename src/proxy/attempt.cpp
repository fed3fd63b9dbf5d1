// A provider connection: an idle one, or a new one; and when a request may be sent a second time.
#include "lectr/base/clock.hpp"
#include "routing.hpp"
#include "session.hpp"
#include "witness.hpp"
#include "worker.hpp"

namespace lectr::proxy {
namespace {

constexpr std::size_t kAddressesTried = 4;

constexpr Error unreachable(const char* what) { return {Code::provider_unreachable, Fault::provider, Again::next_target, what}; }
constexpr Error gone() { return {Code::client_gone, Fault::client, Again::no, ""}; }

bool idempotent(std::string_view method) noexcept { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

}  // namespace

net::Task<void> Session::attempt_all() {
  Exchange& x = *x_;
  if (const unsigned one_in = worker_.settings.compare_one_in; one_in != 0 && worker_.begun++ % one_in == 0) x.witness.reset(new Witness{});
  for (bool retried = false;;) {
    ++x.event.attempts;
    if (x.routing) x.routing->tried = true;
    Result<void> done = co_await open_upstream();
    const bool opened = done.has_value();
    if (opened) {
      x.reached = true;
      if (x.witness) watch_attempt();
      done = co_await relay();
      if (!done && x.ending == Ending::open && x.head_done && !swallowing())
        x.ending = Ending::client_gone;  // its upload went wrong after an early answer began
    }
    if (done || x.ending != Ending::open) co_return;
    if (x.usage && x.usage->refused && ask_without_usage()) {
      retried = false;
      continue;
    }
    const bool again = opened && !retried && may_try_again();
    if (!again && x.routing && turn_to_next(done.error())) {
      retried = false;
      continue;
    }
    if (x.upstream) x.upstream->close();
    x.upstream.reset();
    if (!again) co_return co_await refuse(done.error());
    add_note(x.event, "retried_stale");
    retried = true;
    worker_.upstreams.drop_idle(*x.target);  // its neighbours are as old
  }
}

// The provider takes no question for usage: it gets the client's own request. False: that can't be made any more.
bool Session::ask_without_usage() {
  Exchange& x = *x_;
  x.usage->refused = x.may_ask_usage = false;  // once: a provider that goes on refusing is answered by its own words
  worker_.refused_usage.add(*x.provider);
  add_note(x.event, "usage_refused");
  x.upstream->close();
  x.upstream.reset();
  x.early.clear();
  x.any_response_byte = x.upstream_eof = x.upstream_keep = false;
  x.event.ttfb_us = -1;
  return aim_again().has_value();
}

// Each attempt sends the request from its start.
void Session::watch_attempt() {
  Exchange& x = *x_;
  x.witness->up.restart();
  x.witness->watches_up = !x.spliced;
  x.witness->up.came(x.held_body());
}

// A connection that the provider had given up may be replaced only when the request can't have been acted upon: it is idempotent by
// definition (RFC 9110 §9.2.2), or not one byte of it left. What the peer's kernel acknowledged proves nothing: acknowledgements are delayed.
bool Session::may_try_again() noexcept {
  const Exchange& x = *x_;
  if (!x.reused || x.any_response_byte || !x.held) return false;
  return x.out_sent == 0 || idempotent(x.head.method(x.request.view()));
}

// A rule that wants the first byte sooner does not wait longer for a connection either.
std::int64_t Session::connect_deadline() const noexcept {
  std::chrono::microseconds wait = worker_.settings.deadlines.connect;
  if (x_->routing && x_->routing->plan.first_byte_timeout.count() > 0)
    wait = std::min<std::chrono::microseconds>(wait, x_->routing->plan.first_byte_timeout);
  return std::min(mono_us() + wait.count(), x_->hard_stop_us);
}

net::Task<Result<void>> Session::open_upstream() {
  Exchange& x = *x_;
  x.target = &worker_.upstreams.target(*x.provider);
  x.out_sent = 0;
  x.up_broken = false;
  x.upstream = worker_.upstreams.take_idle(*x.target);
  x.reused = x.upstream != nullptr;
  if (x.reused) {
    x.upstream->attach(&bell_, kUpstreamRead, kUpstreamWrite);
    co_return Result<void>{};
  }
  const auto known = co_await await_addresses();
  if (!known) co_return known.error();
  const std::int64_t deadline = connect_deadline();
  const auto addresses = x.target->addresses();  // a copy: a refresh may replace them meanwhile
  Result<void> last = unreachable("The provider's host name has no address.");
  for (std::size_t i = 0; i < addresses.size() && i < kAddressesTried; ++i) {
    const std::int64_t left = deadline - mono_us();
    const auto tries = static_cast<std::int64_t>(std::min(addresses.size(), kAddressesTried) - i);
    last = co_await connect_one(addresses[i], mono_us() + left / tries);
    if (last || x.ending != Ending::open || mono_us() >= deadline) break;
  }
  co_return last;
}

net::Task<Result<void>> Session::await_addresses() {
  Exchange& x = *x_;
  worker_.upstreams.look_up(*x.target);
  const std::int64_t deadline = connect_deadline();
  while (x.target->addresses().empty() && x.target->looking_up()) {
    worker_.upstreams.wait_lookup(*x.target, &bell_, kLookedUp);
    if (x.request_in() && carry_.size() < Worker::kBuffer) client_->watch_read();
    const unsigned bits = co_await wait(deadline);
    worker_.upstreams.stop_waiting(*x.target, &bell_);
    if (bits & kClientRead) {
      if (const auto here = client_readable(); !here) co_return here.error();
    }
    if (bits & kDeadline)
      co_return Error{Code::provider_timeout, Fault::provider, Again::next_target, "The provider's host name could not be looked up in time."};
  }
  if (x.target->addresses().empty()) co_return unreachable("The provider's host name could not be looked up.");
  co_return Result<void>{};
}

net::Task<Result<void>> Session::connect_one(const boost::asio::ip::tcp::endpoint& to, std::int64_t deadline_us) {
  Exchange& x = *x_;
  x.upstream = net::LinkPtr{new net::Link{worker_.poller}};
  net::Link& link = *x.upstream;
  link.attach(&bell_, kUpstreamRead, kUpstreamWrite);
  net::IoState state = link.connect(to);
  if (state == net::IoState::again) {
    link.watch_write();
    const auto ready = co_await await_link(deadline_us, kUpstreamWrite);
    if (!ready) co_return ready.error();
    state = link.connected();
  }
  if (state != net::IoState::ok) {
    link.close();
    co_return unreachable("The provider refused the connection.");
  }
  if (x.target->tls()) {
    if (!worker_.upstreams.start_tls(*x.target, link)) co_return Error{Code::internal, Fault::us, Again::no, "TLS could not be set up."};
    while ((state = link.handshake()) == net::IoState::again) {
      const auto ready = co_await await_link(deadline_us, kUpstreamRead | kUpstreamWrite);
      if (!ready) co_return ready.error();
    }
    if (state != net::IoState::ok) {
      link.close();
      co_return unreachable("The TLS handshake with the provider failed, or its certificate is not trusted.");
    }
  }
  co_return Result<void>{};
}

// Waits for the new link, and hears when the client leaves meanwhile.
net::Task<Result<void>> Session::await_link(std::int64_t deadline_us, unsigned wanted) {
  Exchange& x = *x_;
  for (;;) {
    if (x.request_in() && carry_.size() < Worker::kBuffer) client_->watch_read();
    const unsigned bits = co_await wait(deadline_us);
    if (bits & kClientRead) {
      if (const auto here = client_readable(); !here) {
        x.upstream->close();
        co_return here.error();
      }
    }
    if (bits & wanted) co_return Result<void>{};
    if (bits & kDeadline) {
      x.upstream->close();
      co_return Error{Code::provider_timeout, Fault::provider, Again::next_target, "The provider did not accept a connection in time."};
    }
  }
}

// The client's side has something: bytes of this request's body, bytes of the next request, or its end. Whoever closes its side while we
// work for it is taken to have left: AI clients don't half-close, and an answer nobody waits for still costs money.
Result<void> Session::client_readable() {
  Exchange& x = *x_;
  if (!x.request_in()) {
    x.client_ready = true;
    return {};
  }
  if (carry_.size() >= Worker::kBuffer) return {};
  const net::IoResult got = client_->read(std::span{worker_.buffer}.first(Worker::kBuffer / 2));
  if (got.state == net::IoState::ok) carry_.append({worker_.buffer.data(), got.bytes});
  if (got.state != net::IoState::eof && got.state != net::IoState::failed) return {};
  x.ending = Ending::client_gone;
  return gone();
}

}  // namespace lectr::proxy
