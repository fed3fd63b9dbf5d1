// Puts one Reply on the wire, with everything the modes of its Ask do to it on the way.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "app/demo/answer.hpp"
#include "app/demo/encode.hpp"
#include "app/demo/recorder.hpp"

namespace lectr::demo {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

// Lives for one answer, which it borrows: the socket, the ask and the reply outlive it.
class Sender {
 public:
  struct Line {
    unsigned version;
    bool keep_alive;
  };

  Sender(tcp::socket& socket, const Ask& ask, const Reply& reply, Line line, Recorder::Totals& totals);

  // True: whole and well framed, the connection may be used again. Cancelled: false.
  asio::awaitable<bool> run();
  bool started() const noexcept { return started_; }  // some of it has gone out
  bool lost() const noexcept { return lost_; }        // a write failed: the peer is away

 private:
  std::string head() const;
  asio::awaitable<bool> send_head();
  asio::awaitable<bool> send_unary();
  asio::awaitable<bool> send_filler();
  asio::awaitable<bool> send_stream();
  asio::awaitable<bool> send_frame(std::string_view bytes);
  asio::awaitable<bool> send_end();
  asio::awaitable<bool> flush();
  asio::awaitable<bool> pause(std::chrono::milliseconds time);
  asio::awaitable<bool> broken(bool stalled);
  void make_frame(std::size_t i);
  void append_framed(std::string_view bytes);
  std::string whole_body() const;

  tcp::socket& socket_;
  const Ask& ask_;
  const Reply& reply_;
  const Line line_;
  Recorder::Totals& totals_;
  bool chunked_ = false, closing_ = false, bodiless_ = false, started_ = false, lost_ = false;
  std::size_t length_ = 0;  // of a unary body, coded
  std::string body_;        // a unary body that is sent as one
  std::unique_ptr<Encoder> encoder_;
  asio::steady_timer timer_;
  std::string out_, frame_, coded_;
};

}  // namespace lectr::demo
