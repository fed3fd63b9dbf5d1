// Every mode does what its name says, told by header or by model suffix.
#include <brotli/decode.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "demo_client.hpp"

namespace lectr::demo {
namespace {

using nlohmann::json;

Mock& mock() {
  static Mock one;
  return one;
}
constexpr const char* kStream = R"({"model":"gpt-5-mini","stream":true})";

struct ErrorCase {
  const char* name;
  const char* target;
  Headers headers;
  const char* body;
  unsigned status;
  const char* pointer;
  json want;
  bool retry_after;
};
class Errors : public testing::TestWithParam<ErrorCase> {};
TEST_P(Errors, ComeInTheProvidersShape) {
  const auto& c = GetParam();
  const Answer answer = mock().ask("POST", c.target, c.headers, c.body);
  EXPECT_EQ(answer.status, c.status);
  EXPECT_EQ(answer.json()[json::json_pointer{c.pointer}], c.want) << answer.body;
  EXPECT_EQ(answer.headers.contains("retry-after"), c.retry_after);
}
INSTANTIATE_TEST_SUITE_P(
    Providers, Errors,
    testing::Values(
        ErrorCase{"openai_429", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-status", "429"}}, kStream, 429, "/error/code",
                  "rate_limit_exceeded", true},
        ErrorCase{"openai_500_by_mode", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-mode", "error"}}, kStream, 500, "/error/type",
                  "server_error", false},
        ErrorCase{"openai_503_by_suffix", "/v1/chat/completions", kOpenAi, R"({"model":"gpt-5--error-503"})", 503, "/error/code",
                  "server_is_overloaded", true},
        ErrorCase{"openai_401", "/v1/chat/completions", {}, kStream, 401, "/error/code", "invalid_api_key", false},
        ErrorCase{"anthropic_529", "/v1/messages", kAnthropic, R"({"model":"claude-haiku-4-5--error-529"})", 529, "/error/type", "overloaded_error",
                  true},
        ErrorCase{"anthropic_401", "/v1/messages", {{"anthropic-version", "2023-06-01"}}, "{}", 401, "/error/type", "authentication_error", false},
        ErrorCase{"anthropic_version_missing", "/v1/messages", {{"x-api-key", "k"}}, "{}", 400, "/error/type", "invalid_request_error", false},
        ErrorCase{"gemini_429", "/v1beta/models/g--error-429:generateContent", kGemini, "{}", 429, "/error/details/1/retryDelay", "7s", false},
        ErrorCase{"gemini_401", "/v1beta/models/g:generateContent", {}, "{}", 401, "/error/status", "UNAUTHENTICATED", false},
        ErrorCase{"gemini_bearer_is_none", "/v1beta/models/g:generateContent", kOpenAi, "{}", 401, "/error/status", "UNAUTHENTICATED", false},
        ErrorCase{"gemini_two_credentials", "/v1beta/models/g:generateContent?key=k", kGemini, "{}", 400, "/error/status", "INVALID_ARGUMENT", false},
        ErrorCase{"gemini_compatible_array", "/v1beta/openai/chat/completions", kOpenAi, R"({"model":"g--error-503"})", 503, "/0/error/status",
                  "UNAVAILABLE", false},
        ErrorCase{"groq_498", "/openai/v1/chat/completions", kGroq, R"({"model":"llama--error-498"})", 498, "/error/code", "capacity_exceeded",
                  false},
        ErrorCase{"azure_429", "/openai/deployments/d--error-429/chat/completions", kAzure, "{}", 429, "/error/code", "429", true},
        ErrorCase{"unknown_path", "/v1/nothing", kOpenAi, "{}", 404, "/error/type", "invalid_request_error", false}),
    [](const auto& c) { return std::string{c.param.name}; });

TEST(Mode, LatencyDelaysTheHead) {
  const Answer answer = mock().ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-latency-ms", "60"}}, kStream);
  EXPECT_TRUE(answer.whole);
  EXPECT_GE(answer.pieces.at(0).first, 60'000);
}

TEST(Mode, ChunksArriveOneByOneAtTheirTime) {
  const Answer answer = mock().ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-chunk-ms", "20"}, {"x-mock-chunks", "6"}}, kStream);
  ASSERT_EQ(answer.pieces.size(), 9u);  // role, six, finish, [DONE]
  for (std::size_t i = 1; i < 9; ++i) EXPECT_GE(answer.pieces[i].first, static_cast<std::int64_t>(i) * 20'000 - 1'000) << i;
  EXPECT_LT(answer.pieces[0].first, 20'000);
}

TEST(Mode, CutClosesWithoutTerminator) {
  const Answer answer = mock().ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-cut-after", "4"}}, kStream);
  EXPECT_FALSE(answer.whole);
  EXPECT_EQ(answer.frames().size(), 4u);
}

TEST(Mode, CutBeforeTheFirstFrameLeavesTheHeadAlone) {
  const Answer answer = mock().ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-cut-after", "0"}}, kStream);
  EXPECT_EQ(answer.status, 200u);
  EXPECT_FALSE(answer.whole);
  EXPECT_TRUE(answer.body.empty());
}

TEST(Mode, CutHalvesAUnaryBody) {
  const Answer answer = mock().ask("POST", "/v1/chat/completions", kOpenAi, R"({"model":"gpt-5--cut-1"})");
  EXPECT_FALSE(answer.whole);
  EXPECT_EQ(answer.body.size(), std::stoul(answer.headers.at("content-length")) / 2);
}

TEST(Mode, StallStaysSilentAndOpen) {
  Client client{mock().providers.port()};
  client.send(
      "POST /v1/chat/completions HTTP/1.1\r\nhost: m\r\nauthorization: Bearer k\r\nx-mock-stall-after: 2\r\nx-mock-chunk-ms: 5\r\ncontent-length: "
      "36\r\n\r\n" +
      std::string{kStream});
  const Answer answer = client.receive("POST", 2);
  EXPECT_EQ(answer.frames().size(), 2u);
  EXPECT_TRUE(client.silent_for(60));
}

TEST(Mode, GarbleMakesOneFrameNoJson) {
  const auto data = mock().ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-mode", "garble"}}, kStream).data();
  EXPECT_EQ(std::count_if(data.begin(), data.end(), [](const json& j) { return j.is_discarded(); }), 1);
  EXPECT_TRUE(mock().ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-mode", "garble"}}, R"({"model":"m"})").json().is_discarded());
}

TEST(Mode, EarlyAnswersBeforeTheBody) {
  Client client{mock().providers.port()};
  client.send("POST /v1/chat/completions HTTP/1.1\r\nhost: m\r\nauthorization: Bearer k\r\nx-mock-mode: early\r\ncontent-length: 5\r\n\r\n");
  EXPECT_EQ(client.receive().status, 200u);
  client.send("{}   ");
  EXPECT_EQ(client.ask("GET", "/v1/models", kOpenAi).status, 200u);  // the same connection goes on
}

TEST(Mode, SlowHeadStillMakesAnAnswer) {
  const Answer answer = mock().ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-mode", "slow-head"}}, kStream);
  EXPECT_TRUE(answer.whole);
  EXPECT_GE(answer.pieces.at(0).first, 200'000);  // some 500 bytes in pieces of 16
}

TEST(Mode, BigHasTheTextItWasAskedFor) {
  const Answer answer = mock().ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-bytes", "3000000"}}, R"({"model":"m"})");
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.json()["choices"][0]["message"]["content"].get<std::string>().size(), 3'000'000u);
}

TEST(Mode, LongLineIsOneMebibyte) {
  std::size_t longest = 0;
  for (const std::string& frame : mock().ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-mode", "long-line"}}, kStream).frames())
    longest = std::max(longest, frame.size());
  EXPECT_GT(longest, 1u << 20);
}

TEST(Mode, Utf8IsSplitInsideCharacters) {
  const Answer answer = mock().ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-mode", "utf8"}, {"x-mock-chunks", "8"}}, kStream);
  std::size_t split = 0;
  for (const auto& [at, piece] : answer.pieces) split += (piece[0] & 0xC0) == 0x80;
  EXPECT_GE(split, 6u);
  for (const json& frame : answer.data()) EXPECT_FALSE(frame.is_discarded());
}

TEST(Mode, TrailerAndFramings) {
  EXPECT_TRUE(mock().ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-mode", "trailer"}}, kStream).whole);
  const Answer chunked = mock().ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-framing", "chunked"}}, R"({"model":"m"})");
  EXPECT_EQ(chunked.headers.at("transfer-encoding"), "chunked");
  EXPECT_FALSE(chunked.json().is_discarded());
  const Answer closed = mock().ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-framing", "close"}}, kStream);
  EXPECT_FALSE(closed.headers.contains("transfer-encoding") || closed.headers.contains("content-length"));
  EXPECT_EQ(closed.frames().back(), "data: [DONE]");
}

std::string inflated(std::string_view coded) {
  std::string plain(1 << 20, '\0');
  z_stream z{};
  inflateInit2(&z, 15 + 32);  // gzip or zlib, by its head
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(coded.data()));
  z.avail_in = static_cast<uInt>(coded.size());
  z.next_out = reinterpret_cast<Bytef*>(plain.data());
  z.avail_out = static_cast<uInt>(plain.size());
  const int result = inflate(&z, Z_FINISH);
  plain.resize(z.total_out);
  inflateEnd(&z);
  return result == Z_STREAM_END ? plain : "not whole";
}

std::string decoded(std::string_view coding, std::string_view coded) {
  if (coding == "gzip" || coding == "deflate") return inflated(coded);
  std::string plain(1 << 20, '\0');
  if (coding == "br") {
    std::size_t size = plain.size();
    const auto result = BrotliDecoderDecompress(coded.size(), reinterpret_cast<const std::uint8_t*>(coded.data()), &size,
                                                reinterpret_cast<std::uint8_t*>(plain.data()));
    return result == BROTLI_DECODER_RESULT_SUCCESS ? plain.substr(0, size) : "not whole";
  }
  const std::size_t size = ZSTD_decompress(plain.data(), plain.size(), coded.data(), coded.size());
  return ZSTD_isError(size) ? "not whole" : plain.substr(0, size);
}

class Codings : public testing::TestWithParam<const char*> {};
TEST_P(Codings, CodeWhatBothHeadersAskFor) {
  const Headers asked = kOpenAi + Headers{{"x-mock-encoding", GetParam()}, {"accept-encoding", std::string{"identity, "} + GetParam() + ";q=0.5"}};
  const Answer coded = mock().ask("POST", "/v1/chat/completions", asked, R"({"model":"m"})");
  EXPECT_EQ(coded.headers.at("content-encoding"), GetParam());
  EXPECT_LT(coded.body.size(), 700u);
  EXPECT_EQ(json::parse(decoded(GetParam(), coded.body), nullptr, false)["object"], "chat.completion");
  const Answer plain = mock().ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-encoding", GetParam()}}, R"({"model":"m"})");
  EXPECT_FALSE(plain.headers.contains("content-encoding"));
}

TEST_P(Codings, FlushFrameByFrame) {
  const Headers asked =
      kOpenAi + Headers{{"x-mock-encoding", GetParam()}, {"accept-encoding", GetParam()}, {"x-mock-chunk-ms", "5"}, {"x-mock-chunks", "4"}};
  const Answer answer = mock().ask("POST", "/v1/chat/completions", asked, kStream);
  EXPECT_GE(answer.pieces.size(), 7u);
  EXPECT_TRUE(decoded(GetParam(), answer.body).ends_with("data: [DONE]\n\n"));
}
INSTANTIATE_TEST_SUITE_P(All, Codings, testing::Values("gzip", "deflate", "br", "zstd"));

}  // namespace
}  // namespace lectr::demo
