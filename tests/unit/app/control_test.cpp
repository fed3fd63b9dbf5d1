// What the mock tells about what it saw.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "demo_client.hpp"
#include "lectr/base/clock.hpp"

namespace lectr::demo {
namespace {

using nlohmann::json;

std::string sha256(std::string_view text) {
  unsigned char raw[32];
  EVP_Digest(text.data(), text.size(), raw, nullptr, EVP_sha256(), nullptr);
  std::string hex;
  for (const unsigned char c : raw) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", c);
    hex += two;
  }
  return hex;
}

TEST(Control, RefusesWhatBelongsToTheGateway) {
  Mock mock;
  EXPECT_EQ(mock.ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"X-Lectr-Feature", "chat"}}, "{}").status, 418u);
  EXPECT_EQ(mock.ask("POST", "/v1/chat/completions", {{"authorization", "Bearer lc_key_x"}}, "{}").status, 418u);
  EXPECT_EQ(mock.ask("POST", "/v1/messages", {{"x-api-key", "lc_key_x"}, {"anthropic-version", "x"}}, "{}").status, 418u);
  EXPECT_EQ(mock.stats()["leaks"], 3);
}

TEST(Control, LastTellsHeadersAndDigestsOfHeadAndBody) {
  Mock mock;
  const std::string head =
      "POST /v1/chat/completions?a=b HTTP/1.1\r\nHost: m\r\nAuthorization: Bearer k\r\nX-Twice: 1\r\nx-twice:  2 \r\nContent-Length: 13\r\n\r\n";
  Client client{mock.providers.port()};
  client.send(head + R"({"model":"m"})");
  EXPECT_EQ(client.receive().status, 200u);
  const json last = mock.last();
  EXPECT_EQ(last["head"]["length"], head.size());
  EXPECT_EQ(last["head"]["sha256"], sha256(head));
  EXPECT_EQ(last["body"]["sha256"], sha256(R"({"model":"m"})"));
  EXPECT_EQ(last["headers"][2], (json{"X-Twice", "1"}));
  EXPECT_EQ(last["headers"][3], (json{"x-twice", "2"}));
  EXPECT_EQ(last["target"], "/v1/chat/completions?a=b");
}

TEST(Control, LastTellsChunkedBodiesWithAndWithoutTheirFraming) {
  Mock mock;
  const std::string wire = "4;ext=1\r\n{\"a\"\r\n5\r\n:1}  \r\n0\r\nx-late: yes\r\n\r\n";
  mock.ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"transfer-encoding", "chunked"}}, wire);
  const json last = mock.last();
  EXPECT_EQ(last["body"]["sha256"], sha256("{\"a\":1}  "));
  EXPECT_EQ(last["wire"]["sha256"], sha256(wire));
  EXPECT_EQ(last["headers"].back(), (json{"x-late", "yes"}));
}

TEST(Control, LargeUploadsAreHashedAsTheyPass) {
  Mock mock;
  const std::string body(3'500'000, 'z');
  EXPECT_EQ(mock.ask("POST", "/v1/files", kOpenAi, body).json()["bytes"], body.size());
  EXPECT_EQ(mock.last()["body"]["sha256"], sha256(body));
}

TEST(Control, TagsKeepRequestsApart) {
  Mock mock;
  mock.ask("GET", "/v1/models/one", kOpenAi + Headers{{"x-mock-tag", "a"}});
  mock.ask("GET", "/v1/models/two", kOpenAi + Headers{{"x-mock-tag", "b"}});
  EXPECT_EQ(mock.ask("GET", "/mock/last?tag=a", {}).json()["target"], "/v1/models/one");
  EXPECT_TRUE(mock.last().is_null());
  mock.ask("POST", "/mock/reset", {});
  EXPECT_TRUE(mock.ask("GET", "/mock/last?tag=a", {}).json().is_null());
}

TEST(Control, SeesAPeerLeaveBeforeAndDuringTheAnswer) {
  Mock mock;
  for (const bool during : {false, true}) {
    Client client{mock.providers.port()};
    client.send(std::string{"POST /v1/chat/completions HTTP/1.1\r\nhost: m\r\nauthorization: Bearer k\r\ncontent-length: 27\r\n"} +
                (during ? "x-mock-chunk-ms: 1000" : "x-mock-latency-ms: 60000") + "\r\n\r\n{\"model\":\"m\",\"stream\":true} ");
    if (during) client.receive("POST", 1);
    while (mock.stats()["active"] != 1) {}  // the mock has the request: a bound is the test's own timeout
    client.close();
    const std::int64_t closed_ms = unix_us() / 1000;
    const json stats = mock.stats_with_disconnects(during ? 2 : 1);
    ASSERT_EQ(stats["disconnected"].size(), during ? 2u : 1u);
    const json& left = stats["disconnected"].back();
    EXPECT_EQ(left["phase"], during ? "answering" : "waiting");
    EXPECT_EQ(left["target"], "/v1/chat/completions");
    EXPECT_LE(left["at_ms"].get<std::int64_t>() - closed_ms, 50);
  }
}

TEST(Control, ATakenPortIsTold) {
  Mock mock;
  EXPECT_THROW((MockProviders{"127.0.0.1", mock.providers.port()}), std::exception);
}

TEST(Control, ThreadsShareThePort) {
  MockProviders mock{"127.0.0.1", 0, 3};
  mock.start();
  for (int i = 0; i < 8; ++i) EXPECT_EQ(Client{mock.port()}.ask("GET", "/v1/models", kOpenAi).status, 200u);
}

TEST(Control, StopsInTheMiddleOfStreams) {
  auto mock = std::make_unique<Mock>();
  Client client{mock->providers.port()};
  client.send(
      "POST /v1/chat/completions HTTP/1.1\r\nhost: m\r\nauthorization: Bearer k\r\nx-mock-chunk-ms: 1000\r\ncontent-length: "
      "27\r\n\r\n{\"model\":\"m\",\"stream\":true} ");
  client.receive("POST", 1);
  const std::int64_t before = mono_us();
  mock->providers.stop();
  EXPECT_LT(mono_us() - before, 500'000);
}

}  // namespace
}  // namespace lectr::demo
