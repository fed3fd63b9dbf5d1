#include "demo_client.hpp"

#include <poll.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "lectr/base/clock.hpp"
#include "lectr/base/text.hpp"

namespace lectr::demo {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

struct Client::Impl {
  asio::io_context context;
  tcp::socket socket{context};
  boost::beast::flat_buffer buffer;
  std::int64_t sent_at = 0;
};

Client::Client(std::uint16_t port) : impl_{std::make_unique<Impl>()} {
  impl_->socket.connect({asio::ip::make_address("127.0.0.1"), port});
  impl_->socket.set_option(tcp::no_delay{true});
  impl_->buffer.reserve(64 * 1024);  // Beast reads 512 bytes at a time into an empty one, which would tear frames apart
}
Client::~Client() = default;

void Client::send(std::string_view raw) {
  boost::system::error_code gone;  // an early answer may have closed the way
  impl_->sent_at = mono_us();
  asio::write(impl_->socket, asio::buffer(raw), gone);
}

void Client::close() { impl_->socket.close(); }

bool Client::silent_for(int milliseconds) {
  pollfd watched{impl_->socket.native_handle(), POLLIN, 0};
  return impl_->buffer.size() <= 2 /* the end of the chunk read last */ && ::poll(&watched, 1, milliseconds) == 0;
}

Answer Client::receive(std::string_view method, std::size_t at_most_pieces) {
  Answer answer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);
  parser.skip(method == "HEAD");
  boost::system::error_code error;
  http::read_header(impl_->socket, impl_->buffer, parser, error);
  if (error) return answer;
  answer.status = parser.get().result_int();
  for (const auto& field : parser.get()) {
    std::string name{field.name_string()};
    std::transform(name.begin(), name.end(), name.begin(), ascii_lower);
    answer.headers[name] = std::string{field.value()};
  }
  while (!parser.is_done() && answer.pieces.size() < at_most_pieces) {
    const std::size_t before = parser.get().body().size();
    http::read_some(impl_->socket, impl_->buffer, parser, error);
    const std::string& body = parser.get().body();
    if (body.size() > before) answer.pieces.emplace_back(mono_us() - impl_->sent_at, body.substr(before));
    if (error) break;
  }
  answer.whole = parser.is_done() && !error;
  answer.body = parser.get().body();
  return answer;
}

Answer Client::ask(std::string_view method, std::string_view target, const Headers& headers, std::string_view body) {
  std::string raw = std::string{method}.append(" ").append(target).append(" HTTP/1.1\r\nhost: mock\r\n");
  bool framed = false;
  for (const auto& [name, value] : headers) {
    raw.append(name).append(": ").append(value).append("\r\n");
    framed = framed || iequals(name, "content-length") || iequals(name, "transfer-encoding");
  }
  if (!framed && !body.empty()) raw.append("content-length: ").append(std::to_string(body.size())).append("\r\n");
  send(raw.append("\r\n").append(body));
  return receive(method);
}

std::vector<std::string> Answer::frames() const {
  std::vector<std::string> frames;
  std::string text = body;
  std::erase(text, '\r');
  for (std::size_t at = 0, end = 0; (end = text.find("\n\n", at)) != text.npos; at = end + 2) frames.push_back(text.substr(at, end - at));
  return frames;
}

std::vector<nlohmann::json> Answer::data() const {
  std::vector<nlohmann::json> all;
  for (const std::string& frame : frames()) {
    const std::size_t at = frame.find("data: ");
    if (at != frame.npos && !frame.ends_with("[DONE]")) all.push_back(nlohmann::json::parse(frame.substr(at + 6), nullptr, false));
  }
  return all;
}

nlohmann::json Mock::stats_with_disconnects(unsigned count) {
  const std::int64_t give_up = mono_us() + 2'000'000;
  nlohmann::json seen;
  do seen = stats();
  while (seen["disconnects"] < count && mono_us() < give_up);
  return seen;
}

Headers operator+(Headers a, const Headers& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace lectr::demo
