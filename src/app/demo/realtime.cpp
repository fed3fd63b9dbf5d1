// The realtime WebSocket: greets like the real one, answers response.create with usage, and sends everything else back as it came.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket.hpp>

#include "app/demo/build_text.hpp"
#include "app/demo/json_glance.hpp"
#include "app/demo/session.hpp"

namespace lectr::demo {
namespace {

namespace websocket = boost::beast::websocket;
constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);
using Socket = websocket::stream<tcp::socket>;

asio::awaitable<bool> say(Socket& socket, std::string text) {
  socket.text(true);
  const auto [error, size] = co_await socket.async_write(asio::buffer(text), kQuiet);
  co_return !error;
}

std::string response_event(std::string_view type, std::uint64_t number, std::string_view status, std::string_view usage) {
  const std::string id = id_text(number);
  return concat("{\"type\":\"", type, "\",\"event_id\":\"event_", id, "\",\"response\":{\"object\":\"realtime.response\",\"id\":\"resp_", id,
                "\",\"status\":\"", status, "\",\"output\":[],\"usage\":", usage, "}}");
}

asio::awaitable<bool> respond(Socket& socket, std::uint64_t number) {
  constexpr std::string_view kUsage =
      R"({"total_tokens":30,"input_tokens":20,"output_tokens":10,"input_token_details":{"text_tokens":12,"audio_tokens":8,"image_tokens":0,"cached_tokens":0},"output_token_details":{"text_tokens":4,"audio_tokens":6}})";
  if (!co_await say(socket, response_event("response.created", number, "in_progress", "null"))) co_return false;
  co_return co_await say(socket, response_event("response.done", number, "completed", kUsage));
}

}  // namespace

asio::awaitable<void> run_realtime(tcp::socket tcp_socket, std::string received, std::uint64_t number, Recorder& recorder) {
  Socket socket{std::move(tcp_socket)};
  if (received.find("realtime,") != std::string::npos || received.find("rotocol: realtime") != std::string::npos)
    socket.set_option(websocket::stream_base::decorator([](websocket::response_type& r) { r.set("Sec-WebSocket-Protocol", "realtime"); }));
  const auto [refused] = co_await socket.async_accept(asio::buffer(received), kQuiet);
  if (refused) co_return;
  if (!co_await say(socket, concat("{\"type\":\"session.created\",\"event_id\":\"event_", id_text(number),
                                   "\",\"session\":{\"object\":\"realtime.session\",\"type\":\"realtime\"}}")))
    co_return;
  boost::beast::flat_buffer message;
  for (;;) {
    message.clear();
    const auto [error, size] = co_await socket.async_read(message, kQuiet);
    if (error == websocket::error::closed) co_return;
    if (error) co_return recorder.disconnected(number, "/v1/realtime", "", Phase::answering);
    const std::string_view text{static_cast<const char*>(message.data().data()), message.size()};
    recorder.totals.frames.fetch_add(1, std::memory_order_relaxed);
    if (socket.got_text() && glance_text(text, "type") == "response.create") {
      if (!co_await respond(socket, number)) co_return;
      continue;
    }
    socket.text(socket.got_text());
    const auto [broken, sent] = co_await socket.async_write(message.data(), kQuiet);
    if (broken) co_return;
  }
}

}  // namespace lectr::demo
