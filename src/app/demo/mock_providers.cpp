#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>
#include <vector>

#include "app/demo/session.hpp"
#include "lectr/app/demo.hpp"

namespace lectr::demo {
namespace {

constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

struct Worker {
  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  std::thread thread;
};

// Shared ports only among our own threads: a single one leaves the option off, so that a taken port is told.
void listen(tcp::acceptor& acceptor, const tcp::endpoint& at, bool shared) {
  acceptor.open(at.protocol());
  acceptor.set_option(asio::socket_base::reuse_address{true});
  if (shared) acceptor.set_option(ReusePort{true});
  acceptor.bind(at);
  acceptor.listen(4096);
}

asio::awaitable<void> accept_all(Worker& worker, Recorder& recorder, std::atomic<std::uint64_t>& connections) {
  for (;;) {
    auto [error, socket] = co_await worker.acceptor.async_accept(kQuiet);
    if (error == asio::error::operation_aborted || !worker.acceptor.is_open()) co_return;
    if (error) {  // out of descriptors: some will be given back
      asio::steady_timer rest{worker.context, std::chrono::milliseconds{10}};
      co_await rest.async_wait(kQuiet);
      continue;
    }
    socket.set_option(tcp::no_delay{true}, error);
    asio::co_spawn(worker.context, run_session(std::move(socket), recorder, ++connections), asio::detached);
  }
}

}  // namespace

struct MockProviders::Impl {
  Recorder recorder;  // outlives the workers' coroutines, which go with their contexts
  std::atomic<std::uint64_t> connections{0};
  std::vector<std::unique_ptr<Worker>> workers;
  std::uint16_t port = 0;
};

MockProviders::MockProviders(std::string listen_host, std::uint16_t port, unsigned threads) : impl_{std::make_unique<Impl>()} {
  tcp::endpoint at{asio::ip::make_address(listen_host), port};
  for (unsigned i = 0; i < std::max(1u, threads); ++i) {
    auto& worker = *impl_->workers.emplace_back(std::make_unique<Worker>());
    listen(worker.acceptor, at, threads > 1);
    at.port(worker.acceptor.local_endpoint().port());
  }
  impl_->port = at.port();
}

MockProviders::~MockProviders() { stop(); }

std::uint16_t MockProviders::port() const noexcept { return impl_->port; }

void MockProviders::start() {
  for (auto& worker : impl_->workers) {
    asio::co_spawn(worker->context, accept_all(*worker, impl_->recorder, impl_->connections), asio::detached);
    worker->thread = std::thread{[&context = worker->context] { context.run(); }};
  }
}

void MockProviders::stop() {
  for (auto& worker : impl_->workers) worker->context.stop();
  for (auto& worker : impl_->workers)
    if (worker->thread.joinable()) worker->thread.join();
  impl_->workers.clear();
}

}  // namespace lectr::demo
