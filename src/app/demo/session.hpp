// One client connection of the mock: reads requests, answers them, one after the other. On one thread for life.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <string_view>

#include "app/demo/recorder.hpp"

namespace lectr::demo {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

// Ends when the peer leaves, on a request that is no HTTP, or after an answer that closes. `recorder` outlives it.
asio::awaitable<void> run_session(tcp::socket socket, Recorder& recorder, std::uint64_t connection);

// Takes over after an upgrade request to /v1/realtime; `received` is the request head and whatever came behind it.
asio::awaitable<void> run_realtime(tcp::socket socket, std::string received, std::uint64_t number, Recorder& recorder);

// /mock/*: stats, last, reset.
struct Reply;
Reply control_reply(std::string_view name, const MockRequest& request, Recorder& recorder);

}  // namespace lectr::demo
