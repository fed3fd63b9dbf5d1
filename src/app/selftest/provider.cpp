#include "app/selftest/provider.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>

#include "lectr/base/text.hpp"
#include "lectr/net/framing.hpp"
#include "lectr/net/head.hpp"

namespace lectr::app::selftest {
namespace {

int listen_on(const std::string& host) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  if (::getaddrinfo(host.c_str(), "0", &hints, &found) != 0) throw std::runtime_error("'" + host + "' is not an IP address");
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned{found, &::freeaddrinfo};
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::bind(fd, found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd, 16) != 0) {
    const std::string why = std::strerror(errno);
    if (fd >= 0) ::close(fd);
    throw std::runtime_error("can't listen on " + host + ": " + why);
  }
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  char port[8] = {};
  ::getnameinfo(reinterpret_cast<sockaddr*>(&address), size, nullptr, 0, port, sizeof port, NI_NUMERICSERV);
  return static_cast<std::uint16_t>(std::atoi(port));
}

// False: the peer is gone.
bool read_more(int fd, std::string& bytes) {
  char buffer[65536];
  const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
  if (n > 0) bytes.append(buffer, static_cast<std::size_t>(n));
  return n > 0;
}

std::optional<std::size_t> number_of(std::string_view bytes, const net::RequestHead& head) {
  for (const net::Field& f : head.fields)
    if (iequals(head.name(bytes, f), kNumberLine)) {
      std::size_t number = 0;
      const std::string_view text = head.value(bytes, f);
      return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{} ? std::optional{number} : std::nullopt;
    }
  return std::nullopt;
}

}  // namespace

Provider::Provider(const std::string& host, const std::vector<Scripted>& exchanges)
    : exchanges_{exchanges}, listener_{listen_on(host)}, port_{port_of(listener_)}, got_(exchanges.size()), acceptor_{[this] { accept_all(); }} {}

Provider::~Provider() {
  ending_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    const std::lock_guard hold{mutex_};
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& t : connections_) t.join();
}

void Provider::accept_all() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0 && ending_) return;
    if (fd < 0) continue;
    {
      const std::lock_guard hold{mutex_};
      open_.push_back(fd);
    }
    connections_.emplace_back([this, fd] { serve(fd); });
  }
}

void Provider::serve(int fd) {
  for (std::string bytes; !ending_ && answer(fd, bytes);) {}
  const std::lock_guard hold{mutex_};
  std::erase(open_, fd);
  ::close(fd);
}

// One request and its answer; false: the connection ends.
bool Provider::answer(int fd, std::string& bytes) {
  net::RequestHead head;
  for (;;) {
    const auto parsed = net::parse_request(bytes, {}, head);
    if (!parsed) return false;
    if (*parsed == net::Parsed::done) break;
    if (!read_more(fd, bytes)) return false;
  }
  net::BodyScan scan;
  scan.start(head.framing, head.length);
  std::size_t end = head.size;
  for (;;) {
    end += scan.feed(std::string_view{bytes}.substr(end), nullptr);
    if (scan.state() != net::BodyScan::State::more) break;
    if (!read_more(fd, bytes)) return false;
  }
  const auto number = number_of(bytes, head);
  static const std::string kReady = "HTTP/1.1 200 OK\r\nX-Selftest-Provider: 1\r\nContent-Length: 0\r\n\r\n";
  const bool known = number && *number < exchanges_.size();
  if (known) {
    const std::lock_guard hold{mutex_};
    got_[*number].push_back({bytes.substr(0, head.size), bytes.substr(head.size, end - head.size)});
  }
  bytes.erase(0, end);
  std::string_view left = known ? std::string_view{exchanges_[*number].answer} : kReady;
  while (!left.empty()) {
    const ssize_t n = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    left.remove_prefix(static_cast<std::size_t>(n));
  }
  return !(known && exchanges_[*number].closes);
}

std::vector<Got> Provider::got(std::size_t exchange) {
  const std::lock_guard hold{mutex_};
  return got_[exchange];
}

}  // namespace lectr::app::selftest
