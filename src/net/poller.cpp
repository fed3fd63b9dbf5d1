#include "lectr/net/poller.hpp"

#include <cerrno>
#include <system_error>

#include "lectr/base/clock.hpp"

namespace lectr::net {
namespace {

constexpr int kBatches = 4;  // then timers, look-ups and new connections get their turn

int make_set() {
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw std::system_error{errno, std::generic_category(), "epoll"};
  return fd;
}

}  // namespace

Poller::Poller(asio::io_context& io) : set_{io, make_set()} {
  read_clocks();
  wait();
}

bool Poller::add(Link& link, int fd) noexcept {
  epoll_event e{};
  e.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  e.data.ptr = &link;
  return ::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, fd, &e) == 0;
}

void Poller::bury(LinkPtr link) {
  if (dispatching_) buried_.push_back(std::move(link));
}

void Poller::read_clocks() noexcept {
  now_us_ = mono_us();
  now_unix_us_ = unix_us();
}

void Poller::wait() {
  set_.async_wait(set_.wait_read, [this](const boost::system::error_code& ec) {
    if (ec) return;
    dispatch();
    wait();  // arms anew, and so hears at once of what came meanwhile
  });
}

void Poller::dispatch() {
  for (int batch = 0; batch < kBatches; ++batch) {
    const int n = ::epoll_wait(set_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
    if (n <= 0) return;
    read_clocks();
    dispatching_ = true;
    for (int i = 0; i < n; ++i) static_cast<Link*>(events_[static_cast<std::size_t>(i)].data.ptr)->ready(events_[static_cast<std::size_t>(i)].events);
    dispatching_ = false;
    buried_.clear();
    if (static_cast<std::size_t>(n) < events_.size()) return;
  }
}

}  // namespace lectr::net
