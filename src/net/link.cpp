#include "lectr/net/link.hpp"

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace lectr::net {
namespace {

bool would_block(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

Link::~Link() {
  if (!ssl_) return;
  SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);  // else OpenSSL takes the session for broken and never resumes it
  SSL_free(ssl_);
}

bool Link::adopt(int fd, const asio::ip::tcp& protocol) {
  boost::system::error_code ec;
  socket_.assign(protocol, fd, ec);
  if (ec) {
    ::close(fd);
    return false;
  }
  socket_.non_blocking(true, ec);
  return !ec;
}

IoState Link::connect(const asio::ip::tcp::endpoint& to) {
  boost::system::error_code ec;
  socket_.open(to.protocol(), ec);
  if (!ec) socket_.non_blocking(true, ec);
  if (ec) return IoState::failed;
  const int on = 1;
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (::connect(socket_.native_handle(), to.data(), static_cast<socklen_t>(to.size())) == 0) return IoState::ok;
  return errno == EINPROGRESS ? IoState::again : IoState::failed;
}

IoState Link::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return IoState::failed;
  return error == 0 ? IoState::ok : IoState::failed;
}

SSL* Link::start_tls_client(SSL_CTX* context, const char* host, bool is_ip, SSL_SESSION* resume) {
  ssl_ = SSL_new(context);
  if (!ssl_ || SSL_set_fd(ssl_, socket_.native_handle()) != 1) return nullptr;
  X509_VERIFY_PARAM* verify = SSL_get0_param(ssl_);
  if (is_ip) {
    if (X509_VERIFY_PARAM_set1_ip_asc(verify, host) != 1) return nullptr;
  } else {
    X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_host(verify, host, 0) != 1 || SSL_set_tlsext_host_name(ssl_, host) != 1) return nullptr;
  }
  if (resume) SSL_set_session(ssl_, resume);
  SSL_set_connect_state(ssl_);
  return ssl_;
}

bool Link::start_tls_server(SSL_CTX* context) {
  ssl_ = SSL_new(context);
  if (!ssl_ || SSL_set_fd(ssl_, socket_.native_handle()) != 1) return false;
  SSL_set_accept_state(ssl_);
  return true;
}

IoState Link::handshake() {
  ERR_clear_error();
  const int n = SSL_do_handshake(ssl_);
  if (n == 1) return IoState::ok;
  const int why = SSL_get_error(ssl_, n);
  if (why == SSL_ERROR_WANT_READ)
    watch_read();
  else if (why == SSL_ERROR_WANT_WRITE)
    watch_write();
  else
    return IoState::failed;
  return IoState::again;
}

IoResult Link::tls_result(int n) noexcept {
  if (n > 0) return {IoState::ok, static_cast<std::size_t>(n)};
  switch (SSL_get_error(ssl_, n)) {
    case SSL_ERROR_WANT_READ: return {IoState::again, 0};
    case SSL_ERROR_WANT_WRITE: read_wants_write_ = true; return {IoState::again, 0};
    case SSL_ERROR_ZERO_RETURN: return {IoState::eof, 0};
    default: return {IoState::failed, 0};  // an end without close_notify is a cut, not an end (RFC 8446 §6.1)
  }
}

IoResult Link::read(std::span<char> into) {
  if (ssl_) {
    read_wants_write_ = false;
    // Records are small: fill what we can, since epoll can't tell of bytes that OpenSSL already holds.
    std::size_t filled = 0;
    while (filled < into.size()) {
      ERR_clear_error();
      const IoResult one = tls_result(SSL_read(ssl_, into.data() + filled, static_cast<int>(std::min<std::size_t>(into.size() - filled, 1u << 30))));
      if (one.state != IoState::ok) return filled > 0 ? IoResult{IoState::ok, filled} : one;
      filled += one.bytes;
    }
    return {IoState::ok, filled};
  }
  const ssize_t n = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
  if (n > 0) return {IoState::ok, static_cast<std::size_t>(n)};
  if (n == 0) return {IoState::eof, 0};
  return {would_block(errno) ? IoState::again : IoState::failed, 0};
}

IoResult Link::write(std::span<const iovec> parts, std::span<char> scratch) {
  if (!ssl_) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts.data());
    message.msg_iovlen = parts.size();
    const ssize_t n = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
    if (n < 0) return {would_block(errno) ? IoState::again : IoState::failed, 0};
    sent_ += static_cast<std::uint64_t>(n);
    return {IoState::ok, static_cast<std::size_t>(n)};
  }
  std::size_t total = 0;
  for (const iovec& part : parts) total += part.iov_len;
  const void* data = parts.front().iov_base;
  std::size_t size = parts.front().iov_len;
  if (parts.size() > 1 && total <= scratch.size()) {
    char* to = scratch.data();
    for (const iovec& part : parts) {
      if (part.iov_len > 0) std::memcpy(to, part.iov_base, part.iov_len);
      to += part.iov_len;
    }
    data = scratch.data();
    size = total;
  }
  if (size == 0) return {IoState::ok, 0};
  ERR_clear_error();
  return tls_result(SSL_write(ssl_, data, static_cast<int>(std::min<std::size_t>(size, 1u << 30))));
}

void Link::watch_read() {
  if (ssl_ && read_wants_write_) watch_write();
  if (waiting_read_ || !socket_.is_open()) return;
  waiting_read_ = true;
  socket_.async_wait(tcp::wait_read, [self = LinkPtr{this}](const boost::system::error_code&) {
    self->waiting_read_ = false;
    if (self->target_) self->target_->wake(self->readable_);
  });
}

void Link::watch_write() {
  if (waiting_write_ || !socket_.is_open()) return;
  waiting_write_ = true;
  socket_.async_wait(tcp::wait_write, [self = LinkPtr{this}](const boost::system::error_code&) {
    self->waiting_write_ = false;
    if (self->target_) self->target_->wake(self->read_wants_write_ ? self->writable_ | self->readable_ : self->writable_);
  });
}

void Link::shutdown_write() noexcept {
  if (!socket_.is_open()) return;
  if (ssl_) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
  }
  ::shutdown(socket_.native_handle(), SHUT_WR);
}

void Link::close() noexcept {
  target_ = nullptr;
  boost::system::error_code ec;
  socket_.close(ec);
}

void Link::reset() noexcept {
  if (socket_.is_open()) {
    const linger hard{1, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }
  close();
}

std::uint64_t Link::sent_bytes() const noexcept { return ssl_ ? BIO_number_written(SSL_get_wbio(ssl_)) : sent_; }

bool Link::acked_since_mark() noexcept {
  // tcpi_bytes_acked is not in glibc's struct: it lies at offset 120 of the kernel's (linux/tcp.h), which says how much it filled.
  struct {
    char before[120];
    std::uint64_t bytes_acked;
  } info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || size < sizeof info) return true;
  return info.bytes_acked > marked_ + 1;  // the connection's SYN counts as one
}

}  // namespace lectr::net
