#include "lectr/net/link.hpp"

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "lectr/net/poller.hpp"

namespace lectr::net {
namespace {

constexpr std::size_t kJoined = 4096;

bool would_block(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

Link::~Link() {
  if (fd_ >= 0) ::close(fd_);
  if (!ssl_) return;
  SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);  // else OpenSSL takes the session for broken and never resumes it
  SSL_free(ssl_);
}

bool Link::adopt(int fd) {
  may_write_ = true;  // an empty send buffer
  return enlist(fd, false);
}

bool Link::enlist(int fd, bool connecting) {
  fd_ = fd;
  hears_writes_ = connecting;
  if (poller_.add(*this, fd, connecting)) return true;
  close();
  return false;
}

// Most links never fill their send buffer, so their writability is no event until they do.
void Link::wait_for_room() noexcept {
  may_write_ = false;
  if (std::exchange(hears_writes_, true)) return;
  poller_.hear_of_writes(*this, fd_);
}

IoState Link::connect(const asio::ip::tcp::endpoint& to) {
  const int fd = ::socket(to.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0) return IoState::failed;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  const bool done = ::connect(fd, to.data(), static_cast<socklen_t>(to.size())) == 0;
  const bool pending = !done && errno == EINPROGRESS;
  if (!enlist(fd, true)) return IoState::failed;
  return done ? IoState::ok : pending ? IoState::again : IoState::failed;
}

IoState Link::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) return IoState::failed;
  // Acknowledgements may wait a moment, as on connections that talk back and forth: of a stream's small chunks only each second one is answered by a packet.
  // Whoever holds small packets back for them (Nagle's algorithm, RFC 9293 3.7.4) waits 40 ms, once: the kernel acknowledges at once after that.
  const int off = 0;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
  return IoState::ok;
}

SSL* Link::start_tls_client(SSL_CTX* context, const char* host, bool is_ip, SSL_SESSION* resume) {
  ssl_ = SSL_new(context);
  if (!ssl_ || SSL_set_fd(ssl_, fd_) != 1) return nullptr;
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
  if (!ssl_ || SSL_set_fd(ssl_, fd_) != 1) return false;
  SSL_set_accept_state(ssl_);
  return true;
}

IoState Link::handshake() {
  ERR_clear_error();
  const int n = SSL_do_handshake(ssl_);
  if (n == 1) return IoState::ok;
  const IoResult result = tls_result(n);
  if (result.state != IoState::again) return IoState::failed;
  if (!may_read_) watch_read();
  if (!may_write_) watch_write();
  return IoState::again;
}

IoResult Link::tls_result(int n) noexcept {
  if (n > 0) return {IoState::ok, static_cast<std::size_t>(n)};
  switch (SSL_get_error(ssl_, n)) {
    case SSL_ERROR_WANT_READ: may_read_ = false; return {IoState::again, 0};
    case SSL_ERROR_WANT_WRITE: wait_for_room(); return {IoState::again, 0};
    case SSL_ERROR_ZERO_RETURN: return {IoState::eof, 0};
    default: return {IoState::failed, 0};  // an end without close_notify is a cut, not an end (RFC 8446 §6.1)
  }
}

IoResult Link::read(std::span<char> into) {
  if (ssl_) {
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
  const ssize_t n = ::recv(fd_, into.data(), into.size(), 0);
  if (n > 0) {
    // A short read has emptied the socket: what comes later is a new edge. An end that was announced already is not.
    may_read_ = static_cast<std::size_t>(n) == into.size() || ended_;
    return {IoState::ok, static_cast<std::size_t>(n)};
  }
  if (n == 0) return {IoState::eof, 0};
  if (!would_block(errno)) return {IoState::failed, 0};
  may_read_ = false;
  return {IoState::again, 0};
}

IoResult Link::plain_result(ssize_t written) noexcept {
  if (written >= 0) return {IoState::ok, static_cast<std::size_t>(written)};
  if (!would_block(errno)) return {IoState::failed, 0};
  wait_for_room();
  return {IoState::again, 0};
}

IoResult Link::write(std::span<const iovec> parts, std::span<char> scratch) {
  std::size_t size = parts.front().iov_len;
  const void* data = parts.front().iov_base;
  if (parts.size() > 1) {
    std::size_t total = 0;
    for (const iovec& part : parts) total += part.iov_len;
    // A copy of this size costs less than the kernel's handling of a vector; larger ones are left to it.
    const std::size_t joins = ssl_ ? scratch.size() : std::min(scratch.size(), kJoined);
    if (total <= joins) {
      char* to = scratch.data();
      for (const iovec& part : parts) {
        if (part.iov_len > 0) std::memcpy(to, part.iov_base, part.iov_len);
        to += part.iov_len;
      }
      data = scratch.data();
      size = total;
    } else if (!ssl_) {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(parts.data());
      message.msg_iovlen = parts.size();
      return plain_result(::sendmsg(fd_, &message, MSG_NOSIGNAL));
    }
  }
  if (!ssl_) return plain_result(::send(fd_, data, size, MSG_NOSIGNAL));
  if (size == 0) return {IoState::ok, 0};
  ERR_clear_error();
  return tls_result(SSL_write(ssl_, data, static_cast<int>(std::min<std::size_t>(size, 1u << 30))));
}

void Link::watch_read() noexcept {
  if (fd_ < 0) return;
  if (may_read_ && target_) return target_->wake(readable_);
  watching_read_ = true;
}

void Link::watch_write() noexcept {
  if (fd_ < 0) return;
  if (may_write_ && target_) return target_->wake(writable_);
  watching_write_ = true;
}

void Link::ready(std::uint32_t events) noexcept {
  if (fd_ < 0) return;  // closed by an earlier event of the same batch
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) ended_ = true;
  if (ended_ || (events & EPOLLIN)) may_read_ = true;
  if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) may_write_ = true;
  unsigned bits = 0;
  if (may_read_ && std::exchange(watching_read_, false)) bits |= readable_;
  if (may_write_ && std::exchange(watching_write_, false)) bits |= writable_;
  if (bits != 0 && target_) target_->wake(bits);  // may end this object
}

void Link::shutdown_write() noexcept {
  if (fd_ < 0) return;
  if (ssl_) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
  }
  ::shutdown(fd_, SHUT_WR);
}

void Link::finish() noexcept {
  if (fd_ >= 0 && ssl_) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
  }
  close();
}

void Link::close() noexcept {
  target_ = nullptr;
  if (fd_ < 0) return;
  ::close(std::exchange(fd_, -1));  // leaves the epoll set by that
  poller_.bury(LinkPtr{this});
}

void Link::reset() noexcept {
  if (fd_ >= 0) {
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }
  close();
}

}  // namespace lectr::net
