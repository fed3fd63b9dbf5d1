// All links of a worker in one edge-triggered epoll set, which Asio's loop watches as a single descriptor. Against one Asio wait per link this
// saves a system call and an operation object per readiness, and some 600 bytes per idle stream; a busy loop fetches a whole batch at once.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <vector>

#include "lectr/net/link.hpp"

namespace lectr::net {

class Poller {
 public:
  explicit Poller(asio::io_context& io);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  bool add(Link& link, int fd) noexcept;
  // A closed link is kept until the batch under way is over: an event of it may still be in there.
  void bury(LinkPtr link);

  // The clocks as of the batch under way: for deadlines, where a fraction of a millisecond does not matter.
  std::int64_t now_us() const noexcept { return now_us_; }
  std::int64_t now_unix_us() const noexcept { return now_unix_us_; }
  void read_clocks() noexcept;

 private:
  void wait();
  void dispatch();

  asio::posix::basic_stream_descriptor<Executor> set_;
  std::array<epoll_event, 256> events_;
  std::vector<LinkPtr> buried_;
  bool dispatching_ = false;
  std::int64_t now_us_ = 0, now_unix_us_ = 0;
};

}  // namespace lectr::net
