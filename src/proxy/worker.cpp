#include "worker.hpp"

#include <string.h>  // explicit_bzero
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "lectr/base/clock.hpp"
#include "lectr/telemetry/log.hpp"
#include "session.hpp"

namespace lectr::proxy {
namespace {

constexpr std::int64_t kSweepUs = 50'000;
constexpr int kLookUpMs = 1;
constexpr std::size_t kSpareCapacity = 32 * 1024;
constexpr int kAcceptBurst = 64;  // accepted in one turn, so that a flood of connections can't starve the streams

net::UpstreamOptions upstream_options(const config::Settings& s) {
  net::UpstreamOptions o;
  o.idle_per_target = s.bounds.idle_upstreams;
  o.idle_us = std::chrono::microseconds{s.deadlines.idle_upstream}.count();
  return o;
}

}  // namespace

Worker::Worker(unsigned number, const config::Settings& s, SharedCounters& shared, events::Queue& events, limits::Limiter& shared_limiter,
               SnapshotPin pin, net::TlsContext tls, std::shared_ptr<const std::unordered_map<std::string, net::TlsContext>> provider_tls,
               int listen_fd)
    : index{number},
      settings{s},
      counters{shared},
      queue{events},
      limiter{shared_limiter},
      upstreams{io_, upstream_options(s), std::move(provider_tls)},
      listener_{listen_fd},
      pin_{std::move(pin)},
      tls_{std::move(tls)},
      sha256_{EVP_MD_fetch(nullptr, "SHA256", nullptr)},
      hashing_{EVP_MD_CTX_new()} {}

Worker::~Worker() {
  if (listener_ >= 0) ::close(listener_);
  EVP_MD_CTX_free(hashing_);
  EVP_MD_free(sha256_);
}

// The loop is a handler of Asio's, which runs until the end: so coroutine frames come from Asio's cache of this thread, and what was posted or
// resumed by a look-up runs whenever the loop polls.
void Worker::run() {
  asio::post(io_, [this] { loop(); });
  io_.run();
}

void Worker::loop() {
  if (listener_ >= 0 && !poller.watch(listener_, *this)) log::error("the proxy's listener can't be watched");
  std::int64_t next_sweep = poller.now_us() + kSweepUs;
  while (!ended_) {
    // A look-up ends on Asio's own thread, which does not ring: it is asked for. They are rare, and in the background after the first.
    poller.wait(upstreams.looking_up() ? kLookUpMs : static_cast<int>(std::max<std::int64_t>((next_sweep - poller.now_us()) / 1000 + 1, 0)));
    io_.poll();
    run_what_came();
    if (poller.now_us() < next_sweep) continue;
    next_sweep = poller.now_us() + kSweepUs;
    sweep();
    io_.poll();
  }
  work_.reset();
}

template <class Work>
void Worker::post(Work work) {
  asio::post(io_, std::move(work));
  poller.interrupt();
}

void Worker::use(std::shared_ptr<const config::Snapshot> snapshot) {
  post([this, snapshot = std::move(snapshot)]() mutable {
    pin_ = new PinnedSnapshot{std::move(snapshot)};
    prices.forget();
  });
}

void Worker::use(net::TlsContext tls) {
  post([this, tls = std::move(tls)]() mutable { tls_ = std::move(tls); });
}

// Not by Asio: what is posted on this thread while the loop does not poll counts as work of the outer run(), and as done by the inner poll(), which
// thinks then that there is no work left and stops for good.
void Worker::run_soon(std::function<void()> work) {
  {
    const std::lock_guard hold{soon_mutex_};
    soon_.push_back(std::move(work));
    has_soon_.store(true, std::memory_order_release);
  }
  poller.interrupt();
}

void Worker::run_what_came() {
  if (!has_soon_.load(std::memory_order_acquire)) return;
  std::vector<std::function<void()>> all;
  {
    // Who posts may be a thread of the cold side that is interrupted right here: it interrupts the poller when it is done.
    const std::unique_lock hold{soon_mutex_, std::try_to_lock};
    if (!hold) return;
    all.swap(soon_);
    has_soon_.store(false, std::memory_order_relaxed);
  }
  for (const auto& work : all) work();
}

void Worker::drain() {
  post([this] {
    draining_ = true;
    if (listener_ >= 0) ::close(std::exchange(listener_, -1));
    upstreams.drop_idle();
    for (auto it = sessions_.begin(); it != sessions_.end();) (it++)->ring(kDrain);
    end_if_empty();
  });
}

void Worker::cut() {
  post([this] {
    cutting_ = true;
    for (auto it = sessions_.begin(); it != sessions_.end();) (it++)->ring(kDrain);
    end_if_empty();
  });
}

void Worker::end_if_empty() noexcept { ended_ = ended_ || (draining_ && sessions_.empty()); }

config::Digest Worker::digest(std::string_view secret) noexcept {
  config::Digest out{};
  EVP_DigestInit_ex2(hashing_, sha256_, nullptr);
  EVP_DigestUpdate(hashing_, secret.data(), secret.size());
  EVP_DigestFinal_ex(hashing_, out.data(), nullptr);
  return out;
}

void Worker::recycle(net::ByteBuffer used, std::size_t head_bytes) {
  if (used.capacity() == 0) return;
  ::explicit_bzero(used.data(), std::min(head_bytes, used.size()));
  if (used.capacity() > kSpareCapacity) return;
  used.rewind();
  keep(spare_buffers_, std::move(used));
}

void Worker::recycle(std::string head) {
  ::explicit_bzero(head.data(), head.size());
  keep(spare_heads_, std::move(head));
}

void Worker::enlist(Session& session) { sessions_.push_back(session); }

void Worker::wake(unsigned) noexcept {
  for (int i = 0; i < kAcceptBurst && listener_ >= 0; ++i) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      admit(fd);
      continue;
    }
    // Out of descriptors: the next sweep tries again, at once would only burn the core.
    accept_paused_ = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    if (accept_paused_) poller.unwatch(listener_);
    return;
  }
}

void Worker::admit(int fd) {
  if (counters.connections.fetch_add(1, std::memory_order_relaxed) >= settings.bounds.connections) {
    counters.connections.fetch_sub(1, std::memory_order_relaxed);
    ::close(fd);
    return;
  }
  auto session = std::make_unique<Session>(*this, tls_);
  if (!session->adopt(fd)) return;
  net::Task<void> life = session->live();
  // The completion handler owns the session. An exception is a bug; its text could hold a peer's bytes.
  asio::co_spawn(io_.get_executor(), std::move(life), [owned = std::move(session)](const std::exception_ptr& bug) {
    if (bug) log::error("a session ended by an unexpected exception");
  });
}

void Worker::sweep() {
  const std::int64_t now = poller.now_us();
  // A session that is rung may end and leave the list: the iterator is already past it.
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    Session& s = *it++;
    if (s.deadline_us() <= now) s.ring(kDeadline);
  }
  if (std::exchange(accept_paused_, false) && listener_ >= 0) poller.watch(listener_, *this);
  if (++sweeps_ % 20 == 0) upstreams.sweep(now);
  end_if_empty();
}

}  // namespace lectr::proxy
