// Answers that are made while they are sent: CSV a page at a time, and live events.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string_view>

#include "api/live.hpp"
#include "api/session.hpp"
#include "api/transport.hpp"

namespace lectr::api {

// For one answer.
class Streamer {
 public:
  Streamer(Shared& shared, Transport& transport, unsigned version)
      : shared_{shared}, transport_{transport}, version_{version}, chunked_{version == 11} {}

  // An answer that is made while it is sent. True: it was sent to its end.
  boost::asio::awaitable<bool> send(Reply reply, bool keep_alive, bool head_only);

 private:
  struct Bell;
  boost::asio::awaitable<bool> send_chunks(std::shared_ptr<Chunks> chunks);
  boost::asio::awaitable<bool> send_live(std::shared_ptr<LiveStream> live);
  boost::asio::awaitable<bool> relay_live(LiveStream& live, Bell& bell);
  boost::asio::awaitable<bool> still_allowed(LiveStream& live);
  boost::asio::awaitable<bool> write_piece(std::string_view text);
  boost::asio::awaitable<bool> write_text(std::string_view text);

  Shared& shared_;
  Transport& transport_;
  const unsigned version_;
  const bool chunked_;
};

}  // namespace lectr::api
