#include "lectr/api/server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <thread>

#include "api/live.hpp"
#include "api/session.hpp"
#include "api/tls.hpp"
#include "lectr/base/clock.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::api {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

constexpr unsigned kStoreThreads = 4, kHashThreads = 2, kScrapeThreads = 1;
constexpr std::size_t kStoreQueue = 256, kHashQueue = 16, kScrapeQueue = 4;
constexpr auto kDrain = std::chrono::seconds{5};

std::string to_text(const config::Address& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? '[' + address.host + ']' : address.host) + ':' + std::to_string(address.port);
}

tcp::acceptor bind(asio::io_context& io, const config::Address& address) {
  boost::system::error_code failed;
  const auto host = asio::ip::make_address(address.host, failed);
  if (failed) throw std::runtime_error("not an IP address to listen on: " + address.host);
  tcp::acceptor acceptor{io};
  const tcp::endpoint endpoint{host, address.port};
  acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.set_option(tcp::acceptor::reuse_address{true}, failed);
  if (!failed) acceptor.bind(endpoint, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed == asio::error::address_in_use) throw std::runtime_error("address in use: " + to_text(address));
  if (failed) throw std::runtime_error("can't listen on " + to_text(address) + ": " + failed.message());
  return acceptor;
}

// The edge of a session: whatever flew out of it ends that session alone.
void log_bug(std::exception_ptr thrown) {
  if (thrown) log::error("dashboard: an exception ended a connection");
}

// One thread, one context, its sessions: nothing to lock.
struct Worker {
  Sessions sessions;  // before the context: sessions that never ended leave the list when that goes
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard{io.get_executor()};
  std::thread thread;
};

}  // namespace

struct Server::Impl {
  explicit Impl(ServerOptions options);
  void start(unsigned threads);
  void stop();
  asio::awaitable<void> accept();
  void drain(Worker& worker);
  asio::awaitable<void> wait_for_sessions();

  // Set once.
  ServerOptions options_;
  TlsSource tls_;
  Context context_;
  // The order matters: the pools end before the contexts that their answers go to, and sessions that never ended still count down in shared_.
  Shared shared_{context_, store_pool_, hash_pool_, scrape_pool_, {}};
  std::vector<std::unique_ptr<Worker>> workers_;
  WorkPool store_pool_{kStoreThreads, kStoreQueue}, hash_pool_{kHashThreads, kHashQueue}, scrape_pool_{kScrapeThreads, kScrapeQueue};
  LiveHub hub_;  // after the workers: its poller rings their sessions
  // First worker only.
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  bool running_ = false;
};

Server::Impl::Impl(ServerOptions options)
    : options_{std::move(options)},
      tls_{options_.listen.tls},
      context_{*options_.stores,         options_.status,    options_.control_changed,  options_.proxy_url,          LoginThrottle{},
               [] { return unix_us(); }, options_.providers, options_.credential_found, options_.credential_allowed, options_.snapshot,
               options_.instance_id,     options_.limits,    options_.breakers,         options_.latencies},
      hub_{*options_.stores->events, [this] { return context_.status(); }, context_.now_us},
      acceptor_{[this] {
        workers_.push_back(std::make_unique<Worker>());
        return bind(workers_.front()->io, options_.listen.address);
      }()} {
  if (!context_.status) context_.status = [] { return Status{}; };
  context_.live = &hub_;
  context_.replay_states = options_.replay_states;
  context_.alert_reference_allowed = options_.alert_reference_allowed;
  context_.alerts_can_mail = options_.alerts_can_mail;
  context_.alert_title = options_.alert_title;
  context_.test_alert = options_.test_alert;
  context_.metrics = options_.metrics;
  context_.metrics_token_fits = options_.metrics_token_fits;
  port_ = acceptor_.local_endpoint().port();
}

void Server::Impl::start(unsigned threads) {
  while (workers_.size() < std::max(threads, 1u)) workers_.push_back(std::make_unique<Worker>());
  asio::co_spawn(workers_.front()->io, accept(), asio::detached);
  for (auto& worker : workers_) worker->thread = std::thread{[&io = worker->io] { io.run(); }};
  running_ = true;
}

asio::awaitable<void> Server::Impl::accept() {
  asio::steady_timer pause{workers_.front()->io};
  for (std::size_t turn = 0; acceptor_.is_open(); ++turn) {
    Worker& worker = *workers_[turn % workers_.size()];
    auto [failed, socket] = co_await acceptor_.async_accept(worker.io, asio::as_tuple(asio::use_awaitable));
    if (failed == asio::error::operation_aborted) co_return;
    if (failed) {
      // Out of descriptors, most likely: a tight loop would not give any back.
      pause.expires_after(std::chrono::milliseconds{100});
      co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    if (shared_.connections.fetch_add(1) >= shared_.limits.connections) {
      shared_.connections.fetch_sub(1);
      continue;  // the socket's end closes it
    }
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    asio::co_spawn(worker.io, run_session(shared_, worker.sessions, boost::beast::tcp_stream{std::move(socket)}, tls_.current(mono_us())), log_bug);
  }
}

void Server::Impl::drain(Worker& worker) {
  for (Session& session : worker.sessions)
    if (session.idle && session.stream) session.stream->cancel();
}

asio::awaitable<void> Server::Impl::wait_for_sessions() {
  asio::steady_timer tick{workers_.front()->io};
  const auto until = std::chrono::steady_clock::now() + kDrain;
  while (shared_.connections.load() > 0 && std::chrono::steady_clock::now() < until) {
    // Again and again: a connection may have been accepted while the last round went.
    for (auto& worker : workers_) asio::post(worker->io, [this, &w = *worker] { drain(w); });
    tick.expires_after(std::chrono::milliseconds{10});
    co_await tick.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  for (auto& worker : workers_) worker->io.stop();
}

void Server::Impl::stop() {
  if (!running_) return;
  running_ = false;
  shared_.draining = true;
  hub_.stop();
  asio::post(workers_.front()->io, [this] {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
  });
  asio::co_spawn(workers_.front()->io, wait_for_sessions(), asio::detached);
  for (auto& worker : workers_) worker->thread.join();
  store_pool_.close();
  hash_pool_.close();
  scrape_pool_.close();
}

Server::Server(ServerOptions options) : impl_{std::make_unique<Impl>(std::move(options))} {}
Server::~Server() { stop(); }
void Server::start(unsigned threads) { impl_->start(threads); }
void Server::stop() { impl_->stop(); }
void Server::rows_written() noexcept { impl_->hub_.rows_written(); }
std::uint16_t Server::port() const noexcept { return impl_->port_; }

}  // namespace lectr::api
