// A worker's event loop: all its links in one edge-triggered epoll set, and beside them its listener and a bell for other threads. One
// epoll_wait a batch and no operation object per readiness; Asio's own reactor is not in the way of a request at all.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <vector>

#include "lectr/net/link.hpp"

namespace lectr::net {

class Poller {
 public:
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Waits for events, at most so long, and hands them out. Worker thread.
  void wait(int timeout_ms);
  // Ends a wait under way or the next one. Any thread.
  void interrupt() noexcept;

  bool add(Link& link, int fd, bool connecting) noexcept;
  void hear_of_writes(Link& link, int fd) noexcept;  // from now on its writability is told too; told at once if it is there
  // A listener: level-triggered; `who` is woken with its bits while connections wait.
  bool watch(int fd, Wakeable& who) noexcept;
  void unwatch(int fd) noexcept;
  // A closed link is kept until the batch under way is over: an event of it may still be in there.
  void bury(LinkPtr link);

  // The clocks as of the batch under way: for deadlines, where a fraction of a millisecond does not matter.
  std::int64_t now_us() const noexcept { return now_us_; }
  std::int64_t now_unix_us() const noexcept { return now_unix_us_; }
  void read_clocks() noexcept;

 private:
  void hand_out(const epoll_event& event) noexcept;

  int set_ = -1, bell_ = -1;
  std::array<epoll_event, 256> events_;
  std::vector<LinkPtr> buried_;
  bool dispatching_ = false;
  std::int64_t now_us_ = 0, now_unix_us_ = 0;
};

}  // namespace lectr::net
