// One TCP connection, plain or TLS, never blocking. Reads and writes are tried at once; whoever got `again` asks to be woken.
// Worker thread only. Holds no buffer: an idle link costs its socket and, with TLS, OpenSSL's state.
#pragma once

#include <openssl/ssl.h>
#include <sys/uio.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <memory>
#include <span>

#include "lectr/net/io.hpp"

namespace lectr::net {

class Poller;
using TlsContext = std::shared_ptr<SSL_CTX>;

class Link final : public boost::intrusive_ref_counter<Link, boost::thread_unsafe_counter> {
 public:
  explicit Link(Poller& poller) noexcept : poller_{poller} {}
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  // Takes over a connected, non-blocking socket; false when it can't be watched (it is closed then).
  bool adopt(int fd);
  // Starts to connect: `again` means wait for writability, then call connected().
  IoState connect(const asio::ip::tcp::endpoint& to);
  IoState connected();  // ok or failed

  // TLS from here on. `host` (client side) is for SNI and verification, an IP literal is matched as such; `resume` may be null.
  // Returns OpenSSL's object, which stays the link's; null when it could not be made.
  SSL* start_tls_client(SSL_CTX* context, const char* host, bool is_ip, SSL_SESSION* resume);
  bool start_tls_server(SSL_CTX* context);
  IoState handshake();  // ok, again (wait for either), failed
  bool tls() const noexcept { return ssl_ != nullptr; }
  bool tls_resumed() const noexcept { return ssl_ && SSL_session_reused(ssl_) == 1; }

  IoResult read(std::span<char> into);
  // Writes as much as is taken of the parts, in order. Small parts are joined in `scratch`: one record with TLS, a cheaper call without.
  IoResult write(std::span<const iovec> parts, std::span<char> scratch);

  // Who is woken, and with which bits; null: nobody. A watch is for one wake; what is known to be ready wakes at once.
  void attach(Wakeable* target, std::uint8_t readable, std::uint8_t writable) noexcept {
    target_ = target;
    readable_ = readable;
    writable_ = writable;
  }
  void detach() noexcept { target_ = nullptr; }
  void watch_read() noexcept;
  void watch_write() noexcept;
  void ready(std::uint32_t events) noexcept;  // the poller's

  void shutdown_write() noexcept;  // FIN, after close_notify with TLS
  void finish() noexcept;          // the regular end: close_notify with TLS, then close
  void close() noexcept;
  void reset() noexcept;  // RST: the peer shall see that this was no regular end
  bool is_open() const noexcept { return fd_ >= 0; }

 private:
  bool enlist(int fd, bool connecting);
  void wait_for_room() noexcept;
  IoResult tls_result(int n) noexcept;
  IoResult plain_result(ssize_t written) noexcept;

  Poller& poller_;
  SSL* ssl_ = nullptr;
  Wakeable* target_ = nullptr;
  int fd_ = -1;
  std::uint8_t readable_ = 0, writable_ = 0;  // bits for the target
  // Edge-triggered: what the last event said holds until a call finds out otherwise.
  bool may_read_ = false, may_write_ = false, ended_ = false, hears_writes_ = false;
  bool watching_read_ = false, watching_write_ = false;
};

using LinkPtr = boost::intrusive_ptr<Link>;

}  // namespace lectr::net
