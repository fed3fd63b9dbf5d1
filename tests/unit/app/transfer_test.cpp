// HTTP itself: connections, lengths, uploads, upgrades.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include "demo_client.hpp"

namespace lectr::demo {
namespace {

TEST(Transfer, KeepsTheConnection) {
  Mock mock;
  Client client{mock.providers.port()};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.ask("POST", "/v1/chat/completions", kOpenAi, R"({"model":"m","stream":true})").whole);
  EXPECT_EQ(mock.stats()["connections"], 2);  // this client's, and that of the question
}

TEST(Transfer, PipelinedRequestsAreAnsweredInOrder) {
  Mock mock;
  Client client{mock.providers.port()};
  const auto one = [](int latency) {
    return "GET /v1/models/m" + std::to_string(latency) +
           " HTTP/1.1\r\nhost: m\r\nauthorization: Bearer k\r\nx-mock-latency-ms: " + std::to_string(latency) + "\r\n\r\n";
  };
  client.send(one(20) + one(0));
  EXPECT_EQ(client.receive().json()["id"], "m20");
  EXPECT_EQ(client.receive().json()["id"], "m0");
  EXPECT_EQ(mock.stats()["disconnects"], 0);
}

TEST(Transfer, Http10GetsNoChunks) {
  Mock mock;
  Client client{mock.providers.port()};
  client.send("POST /v1/chat/completions HTTP/1.0\r\nauthorization: Bearer k\r\ncontent-length: 29\r\n\r\n{\"model\":\"m\",\"stream\":true}   ");
  const Answer answer = client.receive();
  EXPECT_FALSE(answer.headers.contains("transfer-encoding"));
  EXPECT_EQ(answer.frames().back(), "data: [DONE]");
}

TEST(Transfer, ItsOwnClosesAreNoDisconnects) {
  Mock mock;
  for (const char* framing : {"x-mock-framing: close", "x-mock-cut-after: 2", "connection: close"}) {
    Client client{mock.providers.port()};
    client.send("POST /v1/chat/completions HTTP/1.1\r\nhost: m\r\nauthorization: Bearer k\r\n" + std::string{framing} +
                "\r\ncontent-length: 27\r\n\r\n{\"model\":\"m\",\"stream\":true} ");
    EXPECT_EQ(client.receive().status, 200u);
  }
  EXPECT_EQ(mock.stats()["disconnects"], 0);
  EXPECT_EQ(mock.stats()["active"], 0);
}

TEST(Transfer, HeadHasALengthAndNoBody) {
  Mock mock;
  Client client{mock.providers.port()};
  const Answer answer = client.ask("HEAD", "/v1/models", kOpenAi);
  EXPECT_GT(std::stoul(answer.headers.at("content-length")), 100u);
  EXPECT_TRUE(client.ask("GET", "/v1/models", kOpenAi).whole);
  EXPECT_EQ(client.ask("GET", "/v1/models", kOpenAi + Headers{{"x-mock-status", "204"}}).body, "");
}

TEST(Transfer, ExpectContinueIsAnswered) {
  Mock mock;
  Client client{mock.providers.port()};
  client.send("POST /v1/chat/completions HTTP/1.1\r\nhost: m\r\nauthorization: Bearer k\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100u);
  client.send("{}");
  EXPECT_EQ(client.receive().status, 200u);
}

TEST(Transfer, MalformedRequestsAreRefusedAndCounted) {
  Mock mock;
  Client client{mock.providers.port()};
  client.send("POST /v1/x HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab");
  EXPECT_EQ(client.receive().status, 400u);
  EXPECT_EQ(mock.stats()["malformed"], 1);
}

TEST(Transfer, RealtimeGreetsAndEchoes) {
  namespace websocket = boost::beast::websocket;
  Mock mock;
  boost::asio::io_context context;
  websocket::stream<boost::asio::ip::tcp::socket> socket{context};
  socket.next_layer().connect({boost::asio::ip::make_address("127.0.0.1"), mock.providers.port()});
  socket.set_option(websocket::stream_base::decorator([](websocket::request_type& r) { r.set("authorization", "Bearer sk-demo"); }));
  socket.handshake("mock", "/v1/realtime?model=gpt-realtime");
  const auto read = [&] {
    boost::beast::flat_buffer message;
    socket.read(message);
    return boost::beast::buffers_to_string(message.data());
  };
  EXPECT_EQ(nlohmann::json::parse(read())["type"], "session.created");
  socket.write(boost::asio::buffer(std::string{"any text"}));
  EXPECT_EQ(read(), "any text");
  socket.write(boost::asio::buffer(std::string{R"({"type":"response.create"})"}));
  EXPECT_EQ(nlohmann::json::parse(read())["type"], "response.created");
  EXPECT_EQ(nlohmann::json::parse(read())["response"]["usage"]["output_tokens"], 10);
  socket.close(websocket::close_code::normal);
}

}  // namespace
}  // namespace lectr::demo
