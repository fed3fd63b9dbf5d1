// The bytes of one client's connection, plain or TLS. Behind a virtual call, so that what reads and writes through it is compiled once.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>

namespace lectr::api {

class Transport {
 public:
  struct Read {
    boost::system::error_code failed;
    std::size_t bytes = 0;
  };
  virtual ~Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  virtual boost::asio::awaitable<bool> begin() = 0;  // false: there is nobody to talk to
  virtual boost::asio::awaitable<Read> read_some(boost::asio::mutable_buffer room) = 0;
  // All of the pieces, which stay as they are until then.
  virtual boost::asio::awaitable<boost::system::error_code> write(std::span<const boost::asio::const_buffer> pieces) = 0;
  // Says that nothing will come any more. `unread`: the peer may still be sending so much, and is listened to for a moment.
  virtual boost::asio::awaitable<void> end(std::uint64_t unread) = 0;

  // The lowest layer: it carries the deadlines.
  boost::beast::tcp_stream& tcp() noexcept { return tcp_; }

 protected:
  explicit Transport(boost::beast::tcp_stream& tcp) : tcp_{tcp} {}

 private:
  boost::beast::tcp_stream& tcp_;
};

// `deadline`: for a TLS handshake. `tls` null: plain.
std::unique_ptr<Transport> make_transport(boost::beast::tcp_stream stream, std::shared_ptr<boost::asio::ssl::context> tls,
                                          std::chrono::seconds deadline);

}  // namespace lectr::api
