// One client connection of the dashboard listener: reads requests, answers them, one after the other.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>

#include "api/context.hpp"
#include "api/work_pool.hpp"

namespace lectr::api {

struct Limits {
  std::size_t connections = 512;  // the newest are closed beyond
  std::uint32_t header_bytes = 16 * 1024;
  std::uint64_t body_bytes = 1u << 20;
  std::chrono::seconds slow_reader{20};             // for each piece of a streamed answer to leave
  std::chrono::seconds heartbeat{15}, recheck{10};  // of live streams: a sign of life; whether the caller may still listen
  std::chrono::seconds deadline{30};                // for each of: a request's arrival, its work, its answer's departure, and idleness
};

// What all sessions share; outlives them.
struct Shared {
  Context& context;
  WorkPool& store_pool;
  WorkPool& hash_pool;
  WorkPool& scrape_pool;
  Limits limits;
  std::atomic<bool> draining{false};
  std::atomic<std::size_t> connections{0};
};

// The sessions of one I/O thread, touched on that thread only, so that a drain can reach those that wait for a next request.
struct Session {
  boost::beast::tcp_stream* stream = nullptr;
  bool idle = true;
};
using Sessions = std::list<Session>;

// Ends when the peer is done, a deadline passes, or the server drains. `tls` null: plain.
boost::asio::awaitable<void> run_session(Shared& shared, Sessions& sessions, boost::beast::tcp_stream stream,
                                         std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace lectr::api
