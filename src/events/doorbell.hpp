// Wakes a thread that sleeps in poll(2): rung by any thread, rings once however often it was pressed.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace lectr::events {

class Doorbell {
 public:
  Doorbell() : fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (fd_ < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
  }
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;
  ~Doorbell() { ::close(fd_); }

  int fd() const noexcept { return fd_; }
  void ring() const noexcept { ::eventfd_write(fd_, 1); }
  void silence() const noexcept {
    eventfd_t rung;
    ::eventfd_read(fd_, &rung);
  }

 private:
  int fd_;
};

}  // namespace lectr::events
