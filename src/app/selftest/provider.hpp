// The self-test's provider: answers each exchange with its scripted bytes and keeps what came, byte for byte. A thread for each connection; exchanges are
// few and one after the other.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/selftest/exchanges.hpp"

namespace lectr::app::selftest {

struct Got {
  std::string head, body;  // as they came, framing included
};

class Provider {
 public:
  // Listens on a free port of `host`. Throws std::runtime_error, with the reason.
  Provider(const std::string& host, const std::vector<Scripted>& exchanges);
  ~Provider();
  std::uint16_t port() const noexcept { return port_; }
  // What came for an exchange, oldest first.
  std::vector<Got> got(std::size_t exchange);

 private:
  void accept_all();
  void serve(int fd);
  bool answer(int fd, std::string& bytes);

  const std::vector<Scripted>& exchanges_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> ending_{false};
  std::mutex mutex_;
  std::vector<std::vector<Got>> got_;
  std::vector<int> open_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace lectr::app::selftest
