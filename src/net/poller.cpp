#include "lectr/net/poller.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "lectr/base/clock.hpp"

namespace lectr::net {
namespace {

constexpr std::uint32_t kReads = EPOLLIN | EPOLLRDHUP | EPOLLET;
// What an event carries: a link's address as it is, a listener's marked in the lowest bit, nothing for the bell.
constexpr std::uintptr_t kListener = 1;

int opened(int fd, const char* what) {
  if (fd < 0) throw std::system_error{errno, std::generic_category(), what};
  return fd;
}

}  // namespace

Poller::Poller() : set_{opened(::epoll_create1(EPOLL_CLOEXEC), "epoll")}, bell_{opened(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")} {
  epoll_event e{};
  e.events = EPOLLIN;
  opened(::epoll_ctl(set_, EPOLL_CTL_ADD, bell_, &e), "epoll");
  read_clocks();
}

Poller::~Poller() {
  ::close(bell_);
  ::close(set_);
}

bool Poller::add(Link& link, int fd, bool connecting) noexcept {
  epoll_event e{};
  e.events = connecting ? kReads | EPOLLOUT : kReads;
  e.data.u64 = reinterpret_cast<std::uintptr_t>(&link);
  return ::epoll_ctl(set_, EPOLL_CTL_ADD, fd, &e) == 0;
}

void Poller::hear_of_writes(Link& link, int fd) noexcept {
  epoll_event e{};
  e.events = kReads | EPOLLOUT;
  e.data.u64 = reinterpret_cast<std::uintptr_t>(&link);
  ::epoll_ctl(set_, EPOLL_CTL_MOD, fd, &e);
}

bool Poller::watch(int fd, Wakeable& who) noexcept {
  epoll_event e{};
  e.events = EPOLLIN;
  e.data.u64 = reinterpret_cast<std::uintptr_t>(&who) | kListener;
  return ::epoll_ctl(set_, EPOLL_CTL_ADD, fd, &e) == 0;
}

void Poller::unwatch(int fd) noexcept { ::epoll_ctl(set_, EPOLL_CTL_DEL, fd, nullptr); }

void Poller::bury(LinkPtr link) {
  if (dispatching_) buried_.push_back(std::move(link));
}

void Poller::interrupt() noexcept {
  const std::uint64_t one = 1;
  if (::write(bell_, &one, sizeof one) < 0) return;  // full: it rings already
}

void Poller::read_clocks() noexcept {
  now_us_ = mono_us();
  now_unix_us_ = unix_us();
}

void Poller::wait(int timeout_ms) {
  const int n = ::epoll_wait(set_, events_.data(), static_cast<int>(events_.size()), timeout_ms);
  read_clocks();
  dispatching_ = true;
  for (int i = 0; i < n; ++i) hand_out(events_[static_cast<std::size_t>(i)]);
  dispatching_ = false;
  buried_.clear();
}

void Poller::hand_out(const epoll_event& event) noexcept {
  const auto what = static_cast<std::uintptr_t>(event.data.u64);
  if (what == 0) {
    std::uint64_t rings;
    if (::read(bell_, &rings, sizeof rings) < 0) return;  // somebody else's ring; nothing to do but look
    return;
  }
  if (what & kListener) return reinterpret_cast<Wakeable*>(what & ~kListener)->wake(event.events);
  reinterpret_cast<Link*>(what)->ready(event.events);
}

}  // namespace lectr::net
