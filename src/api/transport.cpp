#include "api/transport.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace lectr::api {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace {

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kGoodbye{2};

// Of a transport: owns the stream and has its address before the base is told.
template <class Stream>
struct Owner {
  Stream stream;
};

template <class Stream>
class Over : protected Owner<Stream>, public Transport {
 public:
  asio::awaitable<Read> read_some(asio::mutable_buffer room) override {
    auto [failed, bytes] = co_await this->stream.async_read_some(room, kToken);
    co_return Read{failed, bytes};
  }
  asio::awaitable<beast::error_code> write(std::span<const asio::const_buffer> pieces) override {
    auto [failed, bytes] = co_await asio::async_write(this->stream, pieces, kToken);
    co_return failed;
  }

 protected:
  Over(Owner<Stream>&& owner) : Owner<Stream>{std::move(owner)}, Transport{beast::get_lowest_layer(this->stream)} {}
};

class Plain final : public Over<beast::tcp_stream> {
 public:
  explicit Plain(beast::tcp_stream&& tcp) : Over{Owner<beast::tcp_stream>{std::move(tcp)}} {}
  asio::awaitable<bool> begin() override { co_return true; }
  asio::awaitable<void> end(std::uint64_t unread) override {
    beast::error_code ignored;
    stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    // A close with unread bytes resets the connection, and the client may lose the answer that says why it was refused.
    stream.expires_after(kGoodbye);
    std::array<char, 4096> waste;
    for (std::uint64_t total = 0; total < unread;) {
      auto [failed, bytes] = co_await stream.async_read_some(asio::buffer(waste), kToken);
      if (failed) co_return;
      total += bytes;
    }
  }
};

class Tls final : public Over<beast::ssl_stream<beast::tcp_stream>> {
 public:
  Tls(beast::tcp_stream&& tcp, std::shared_ptr<asio::ssl::context> context, std::chrono::seconds deadline)
      : Over{Owner<beast::ssl_stream<beast::tcp_stream>>{{std::move(tcp), *context}}}, context_{std::move(context)}, deadline_{deadline} {}
  asio::awaitable<bool> begin() override {
    tcp().expires_after(deadline_);
    auto [failed] = co_await stream.async_handshake(asio::ssl::stream_base::server, kToken);
    co_return !failed;
  }
  asio::awaitable<void> end(std::uint64_t) override {
    tcp().expires_after(kGoodbye);
    // The peer may be gone already: how this ends makes no difference.
    co_await stream.async_shutdown(kToken);
  }

 private:
  std::shared_ptr<asio::ssl::context> context_;
  std::chrono::seconds deadline_;
};

}  // namespace

std::unique_ptr<Transport> make_transport(beast::tcp_stream stream, std::shared_ptr<asio::ssl::context> tls, std::chrono::seconds deadline) {
  if (tls) return std::make_unique<Tls>(std::move(stream), std::move(tls), deadline);
  return std::make_unique<Plain>(std::move(stream));
}

}  // namespace lectr::api
