#include "worker.hpp"

#include <sys/socket.h>

#include <cerrno>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "lectr/base/clock.hpp"
#include "lectr/telemetry/log.hpp"
#include "session.hpp"

namespace lectr::proxy {
namespace {

constexpr auto kSweep = std::chrono::milliseconds{50};
constexpr std::size_t kSpareCapacity = 32 * 1024;
constexpr int kAcceptBurst = 64;  // accepted in one turn, so that a flood of connections can't starve the streams

net::UpstreamOptions upstream_options(const config::Settings& s) {
  net::UpstreamOptions o;
  o.idle_per_target = s.bounds.idle_upstreams;
  o.idle_us = std::chrono::microseconds{s.deadlines.idle_upstream}.count();
  return o;
}

}  // namespace

Worker::Worker(unsigned number, const config::Settings& s, SharedCounters& shared, events::Queue& events, SnapshotPin pin, net::TlsContext tls,
               std::shared_ptr<const std::unordered_map<std::string, net::TlsContext>> provider_tls, int listen_fd)
    : index{number},
      settings{s},
      counters{shared},
      queue{events},
      poller{io_},
      upstreams{io_, upstream_options(s), std::move(provider_tls)},
      pin_{std::move(pin)},
      tls_{std::move(tls)},
      sha256_{EVP_MD_fetch(nullptr, "SHA256", nullptr)},
      hashing_{EVP_MD_CTX_new()} {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(listen_fd, reinterpret_cast<sockaddr*>(&bound), &size);
  acceptor_.assign(bound.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), listen_fd);
  acceptor_.non_blocking(true);
}

Worker::~Worker() {
  EVP_MD_CTX_free(hashing_);
  EVP_MD_free(sha256_);
}

void Worker::run() {
  accept_next();
  sweep();
  io_.run();
}

void Worker::use(std::shared_ptr<const config::Snapshot> snapshot) {
  asio::post(io_, [this, snapshot = std::move(snapshot)]() mutable { pin_ = new PinnedSnapshot{std::move(snapshot)}; });
}

void Worker::use(net::TlsContext tls) {
  asio::post(io_, [this, tls = std::move(tls)]() mutable { tls_ = std::move(tls); });
}

void Worker::drain() {
  asio::post(io_, [this] {
    draining_ = true;
    boost::system::error_code ec;
    acceptor_.close(ec);
    upstreams.drop_idle();
    for (auto it = sessions_.begin(); it != sessions_.end();) (it++)->ring(kDrain);
    if (sessions_.empty()) io_.stop();
  });
}

void Worker::cut() {
  asio::post(io_, [this] {
    cutting_ = true;
    for (auto it = sessions_.begin(); it != sessions_.end();) (it++)->ring(kDrain);
    if (sessions_.empty()) io_.stop();
  });
}

config::Digest Worker::digest(std::string_view secret) noexcept {
  config::Digest out{};
  EVP_DigestInit_ex2(hashing_, sha256_, nullptr);
  EVP_DigestUpdate(hashing_, secret.data(), secret.size());
  EVP_DigestFinal_ex(hashing_, out.data(), nullptr);
  return out;
}

void Worker::recycle(net::ByteBuffer used) {
  if (used.capacity() == 0 || used.capacity() > kSpareCapacity) return;
  used.rewind();
  keep(spare_buffers_, std::move(used));
}

void Worker::enlist(Session& session) { sessions_.push_back(session); }

void Worker::accept_next() {
  acceptor_.async_wait(acceptor_.wait_read, [this](const boost::system::error_code& ec) {
    if (ec || draining_) return;
    poller.read_clocks();
    for (int i = 0; i < kAcceptBurst; ++i) {
      const int fd = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) {
        accept_paused_ = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        break;
      }
      admit(fd);
    }
    if (!accept_paused_) accept_next();  // else the next sweep tries again: trying at once would only burn the core
  });
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
  timer_.expires_after(kSweep);
  timer_.async_wait([this](const boost::system::error_code& ec) {
    if (ec) return;
    poller.read_clocks();
    const std::int64_t now = poller.now_us();
    // A session that is rung may end and leave the list: the iterator is already past it.
    for (auto it = sessions_.begin(); it != sessions_.end();) {
      Session& s = *it++;
      if (s.deadline_us() <= now) s.ring(kDeadline);
    }
    if (std::exchange(accept_paused_, false) && !draining_) accept_next();
    if (++sweeps_ % 20 == 0) upstreams.sweep(now);
    if (draining_ && sessions_.empty()) return io_.stop();
    sweep();
  });
}

}  // namespace lectr::proxy
