#include "lectr/proxy/proxy.hpp"

#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "lectr/base/clock.hpp"
#include "lectr/net/tls.hpp"
#include "worker.hpp"

namespace lectr::proxy {
namespace {

constexpr int kBacklog = 4096;

// One listening socket per worker on the same address: the kernel spreads connections over them (SO_REUSEPORT). A first socket without the
// option would be refused beside them, so another process on the port is found out by binding once without it.
int listen_on(const asio::ip::tcp::endpoint& at, bool shared) {
  const int fd = ::socket(at.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::runtime_error(std::string{"no socket: "} + std::strerror(errno));
  const int on = 1, off = 0;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (shared) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // accepted sockets inherit it
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (at.protocol() == asio::ip::tcp::v6()) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(fd, at.data(), static_cast<socklen_t>(at.size())) != 0 || ::listen(fd, kBacklog) != 0) {
    const int why = errno;
    ::close(fd);
    throw std::runtime_error("proxy listener " + at.address().to_string() + ":" + std::to_string(at.port()) + ": " + std::strerror(why) +
                             (why == EADDRINUSE ? ". Another process listens there; stop it or set LECTR_PROXY_LISTEN to a free port." : ""));
  }
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size);
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
}

net::TlsContext listener_tls(const config::Settings& s) {
  return s.proxy.tls.certificate.empty() ? net::TlsContext{} : net::server_tls(s.proxy.tls.certificate, s.proxy.tls.key);
}

}  // namespace

struct Proxy::Impl {
  explicit Impl(ProxyOptions o) : options{std::move(o)} {}
  ProxyOptions options;
  SharedCounters counters;
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::thread> threads;
  std::uint16_t port = 0;

  void join() {
    for (auto& t : threads)
      if (t.joinable()) t.join();
    threads.clear();
  }
};

Proxy::Proxy(ProxyOptions options) : impl_{std::make_unique<Impl>(std::move(options))} {
  const config::Settings& s = impl_->options.settings;
  asio::ip::tcp::endpoint at{asio::ip::make_address(s.proxy.address.host), s.proxy.address.port};
  if (at.port() != 0) ::close(listen_on(at, false));
  auto provider_tls = std::make_shared<std::unordered_map<std::string, net::TlsContext>>();
  provider_tls->emplace("", net::client_tls(""));
  for (const auto& provider : impl_->options.snapshot->registry->providers)
    if (!provider.ca_file.empty()) provider_tls->try_emplace(provider.ca_file, net::client_tls(provider.ca_file));
  const net::TlsContext tls = listener_tls(s);
  for (unsigned i = 0; i < impl_->options.queues.size(); ++i) {
    const int fd = listen_on(at, true);
    at.port(impl_->port = port_of(fd));
    impl_->workers.push_back(std::make_unique<Worker>(i, s, impl_->counters, *impl_->options.queues[i], *impl_->options.limiter,
                                                      SnapshotPin{new PinnedSnapshot{impl_->options.snapshot}}, tls, provider_tls, fd));
  }
}

Proxy::~Proxy() {
  for (auto& w : impl_->workers) {
    w->drain();
    w->cut();
  }
  impl_->join();
}

void Proxy::start() {
  for (auto& w : impl_->workers) {
    impl_->threads.emplace_back([worker = w.get()] { worker->run(); });
    ::pthread_setname_np(impl_->threads.back().native_handle(), ("worker-" + std::to_string(w->index)).c_str());
  }
}

std::uint16_t Proxy::port() const noexcept { return impl_->port; }

void Proxy::publish(std::shared_ptr<const config::Snapshot> snapshot) {
  for (auto& w : impl_->workers) w->use(snapshot);
}

void Proxy::run_on_worker(std::function<void()> work) { impl_->workers.front()->run_soon(std::move(work)); }

void Proxy::reload_certificates() {
  const net::TlsContext tls = listener_tls(impl_->options.settings);
  if (!tls) return;
  for (auto& w : impl_->workers) w->use(tls);
}

void Proxy::drain() {
  for (auto& w : impl_->workers) w->drain();
  const std::int64_t until = mono_us() + std::chrono::microseconds{impl_->options.settings.deadlines.drain}.count();
  while (impl_->counters.connections.load(std::memory_order_relaxed) > 0 && mono_us() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  for (auto& w : impl_->workers) w->cut();
  impl_->join();
}

void Proxy::set_instances(std::int64_t count) noexcept { impl_->counters.health.set_instances(count); }

std::vector<TargetState> Proxy::targets(OrgId org) const { return impl_->counters.health.list(org); }

BreakerCounts Proxy::breakers() const noexcept { return impl_->counters.health.count(); }

ProxyCounters Proxy::counters() const noexcept {
  const SharedCounters& c = impl_->counters;
  return {c.connections.load(std::memory_order_relaxed), c.exchanges.load(std::memory_order_relaxed),
          c.requests.load(std::memory_order_relaxed),    c.unauthenticated.load(std::memory_order_relaxed),
          c.compared.load(std::memory_order_relaxed),    c.mismatches.load(std::memory_order_relaxed)};
}

}  // namespace lectr::proxy
