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

using tcp = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using TlsContext = std::shared_ptr<SSL_CTX>;

class Link final : public boost::intrusive_ref_counter<Link, boost::thread_unsafe_counter> {
 public:
  explicit Link(Executor executor) : socket_{executor} {}
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  // Takes over a connected socket; false when the loop can't watch it.
  bool adopt(int fd, const asio::ip::tcp& protocol);
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
  // Writes as much as is taken of the parts, in order. With TLS, small parts are joined in `scratch` so that they leave in one record.
  IoResult write(std::span<const iovec> parts, std::span<char> scratch);

  // Who is woken, and with which bits; null: nobody. Waits that are under way go to whoever is set when they end.
  void attach(Wakeable* target, unsigned readable, unsigned writable) noexcept {
    target_ = target;
    readable_ = readable;
    writable_ = writable;
  }
  void detach() noexcept { target_ = nullptr; }
  void watch_read();
  void watch_write();

  void shutdown_write() noexcept;  // FIN, after close_notify with TLS
  void close() noexcept;
  void reset() noexcept;  // RST: the peer shall see that this was no regular end
  bool is_open() const noexcept { return socket_.is_open(); }

  // Marks where the next request begins, for acked_since_mark().
  void mark() noexcept { marked_ = sent_bytes(); }
  // Has the peer's kernel acknowledged anything that was sent since the mark? True when it can't be told (TCP_INFO, Linux ≥ 4.1).
  bool acked_since_mark() noexcept;

 private:
  IoResult tls_result(int n) noexcept;
  std::uint64_t sent_bytes() const noexcept;  // on the wire, TLS records included

  tcp socket_;
  SSL* ssl_ = nullptr;
  Wakeable* target_ = nullptr;
  unsigned readable_ = 0, writable_ = 0;
  std::uint64_t sent_ = 0, marked_ = 0;
  bool waiting_read_ = false, waiting_write_ = false;
  bool read_wants_write_ = false;  // TLS may have to write before it can read on
};

using LinkPtr = boost::intrusive_ptr<Link>;

}  // namespace lectr::net
