#include "lectr/net/head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lectr::net {
namespace {

std::string request(std::string_view fields, std::string_view line = "POST /v1/x HTTP/1.1") {
  return std::string{line} + "\r\nHost: a\r\n" + std::string{fields} + "\r\n";
}

struct RequestCase {
  const char* name;
  std::string bytes;
  bool accepted;
};
class RequestHeads : public testing::TestWithParam<RequestCase> {};

TEST_P(RequestHeads, OneReadingOrRefusal) {
  const RequestCase& c = GetParam();
  RequestHead head;
  const auto parsed = parse_request(c.bytes, {}, head);
  if (!c.accepted) {
    EXPECT_FALSE(parsed.has_value());
    return;
  }
  ASSERT_TRUE(parsed.has_value()) << parsed.error().what;
  EXPECT_EQ(*parsed, Parsed::done);
  EXPECT_EQ(head.size, c.bytes.find("\r\n\r\n") + 4);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RequestHeads,
    testing::Values(
        RequestCase{"plain", request(""), true}, RequestCase{"length", request("Content-Length: 5\r\n"), true},
        RequestCase{"length_twice_same", request("Content-Length: 5\r\nContent-Length: 5\r\n"), false},
        RequestCase{"length_twice_other", request("Content-Length: 5\r\nContent-Length: 6\r\n"), false},
        RequestCase{"length_list", request("Content-Length: 5, 5\r\n"), false}, RequestCase{"length_plus", request("Content-Length: +5\r\n"), false},
        RequestCase{"length_hex", request("Content-Length: 0x5\r\n"), false},
        RequestCase{"length_negative", request("Content-Length: -1\r\n"), false},
        RequestCase{"length_huge", request("Content-Length: 99999999999999999999\r\n"), false},
        RequestCase{"length_empty", request("Content-Length:\r\n"), false}, RequestCase{"chunked", request("Transfer-Encoding: chunked\r\n"), true},
        RequestCase{"chunked_case", request("Transfer-Encoding: Chunked\r\n"), true},
        RequestCase{"chunked_and_length", request("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), false},
        RequestCase{"length_and_chunked", request("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), false},
        RequestCase{"gzip_chunked", request("Transfer-Encoding: gzip, chunked\r\n"), false},
        RequestCase{"xchunked", request("Transfer-Encoding: xchunked\r\n"), false},
        RequestCase{"identity", request("Transfer-Encoding: identity\r\n"), false},
        RequestCase{"chunked_twice", request("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), false},
        RequestCase{"chunked_http10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", false},
        RequestCase{"space_before_colon", request("X-A : b\r\n"), false}, RequestCase{"empty_name", request(": b\r\n"), false},
        RequestCase{"folded", request("X-A: b\r\n c\r\n"), false}, RequestCase{"folded_empty_first", request("X-A:\r\n b\r\n"), false},
        RequestCase{"folded_tab", request("X-A: b\r\n\tc\r\n"), false}, RequestCase{"nul", request(std::string{"X-A: b\0c\r\n", 10}), false},
        RequestCase{"bare_lf", "GET / HTTP/1.1\nHost: a\r\n\r\n", false}, RequestCase{"bare_lf_field", request("X-A: b\nX-B: c\r\n"), false},
        RequestCase{"bare_cr", request("X-A: b\rc\r\n"), false}, RequestCase{"no_host", "GET / HTTP/1.1\r\n\r\n", false},
        RequestCase{"two_hosts", request("Host: b\r\n"), false}, RequestCase{"no_host_http10", "GET / HTTP/1.0\r\n\r\n", true},
        RequestCase{"absolute_form", "GET http://x/v1 HTTP/1.1\r\nHost: x\r\n\r\n", true},
        RequestCase{"absolute_no_host", "GET http:///v1 HTTP/1.1\r\nHost: x\r\n\r\n", false},
        RequestCase{"bad_port", "GET / HTTP/1.1\r\nHost: a:80x\r\n\r\n", false},
        RequestCase{"ipv6_host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", true},
        RequestCase{"authority_form", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", false},
        RequestCase{"asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", false}, RequestCase{"fragment", request("", "GET /a#b HTTP/1.1"), false},
        RequestCase{"version_12", request("", "GET / HTTP/1.2"), false}, RequestCase{"version_2", request("", "GET / HTTP/2.0"), false},
        RequestCase{"version_lower", request("", "GET / http/1.1"), false}, RequestCase{"empty_value", request("X-A:\r\n"), true},
        RequestCase{"obs_text", request("X-A: \xC3\xA4\r\n"), true}),
    [](const auto& c) { return std::string{c.param.name}; });

TEST(RequestHead, NeedsMoreAtEveryPrefix) {
  const std::string whole = request("Content-Length: 5\r\nX-Lectr-Key: lc_a\r\n");
  for (std::size_t n = 0; n < whole.size(); ++n) {
    RequestHead head;
    const auto parsed = parse_request(std::string_view{whole}.substr(0, n), {}, head);
    ASSERT_TRUE(parsed.has_value()) << n;
    EXPECT_EQ(*parsed, Parsed::need_more) << n;
  }
}

TEST(RequestHead, PlacesFieldsAndReadsConnection) {
  const std::string bytes = request("X-Lectr-Key:  lc_a \r\nConnection: Upgrade, close\r\nUpgrade: WebSocket\r\nExpect: 100-continue\r\n");
  RequestHead head;
  ASSERT_TRUE(parse_request(bytes, {}, head).has_value());
  const Field* key = head.find(FieldId::lectr_key);
  ASSERT_TRUE(key);
  EXPECT_EQ(head.name(bytes, *key), "X-Lectr-Key");
  EXPECT_EQ(head.value(bytes, *key), "lc_a");
  EXPECT_EQ(head.line(bytes, *key), "X-Lectr-Key:  lc_a \r\n");
  EXPECT_FALSE(head.keep_alive);
  EXPECT_TRUE(head.upgrade_websocket);
  EXPECT_TRUE(head.expect_continue);
  EXPECT_EQ(head.target(bytes), "/v1/x");
}

TEST(RequestHead, Bounds) {
  RequestHead head;
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X-A: b\r\n";
  EXPECT_EQ(parse_request(request(many), {}, head).error().code, Code::headers_too_large);
  EXPECT_EQ(parse_request(request("X-A: " + std::string(40'000, 'b') + "\r\n"), {}, head).error().code, Code::headers_too_large);
  EXPECT_EQ(parse_request("GET /" + std::string(40'000, 'b'), {}, head).error().code, Code::headers_too_large);
}

struct ResponseCase {
  const char* name;
  std::string bytes;
  bool to_head;
  bool accepted;
  Framing framing;
};
class ResponseHeads : public testing::TestWithParam<ResponseCase> {};

TEST_P(ResponseHeads, Framed) {
  const ResponseCase& c = GetParam();
  ResponseHead head;
  const auto parsed = parse_response(c.bytes, {}, c.to_head, head);
  ASSERT_EQ(parsed.has_value(), c.accepted);
  if (c.accepted)
    EXPECT_EQ(head.framing, c.framing);
  else
    EXPECT_EQ(parsed.error().code, Code::provider_bad_response);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ResponseHeads,
    testing::Values(ResponseCase{"length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", false, true, Framing::length},
                    ResponseCase{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false, true, Framing::chunked},
                    ResponseCase{"close", "HTTP/1.1 200 OK\r\n\r\n", false, true, Framing::until_close},
                    ResponseCase{"no_reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", false, true, Framing::length},
                    ResponseCase{"head", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true, true, Framing::none},
                    ResponseCase{"no_content", "HTTP/1.1 204 No\r\nContent-Length: 3\r\n\r\n", false, true, Framing::none},
                    ResponseCase{"not_modified", "HTTP/1.1 304 Not\r\nContent-Length: 3\r\n\r\n", false, true, Framing::none},
                    ResponseCase{"interim", "HTTP/1.1 103 Early\r\nLink: a\r\n\r\n", false, true, Framing::none},
                    ResponseCase{"both", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", false, false, {}},
                    ResponseCase{"two_lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", false, false, {}},
                    ResponseCase{"status_letters", "HTTP/1.1 2x0 OK\r\n\r\n", false, false, {}},
                    ResponseCase{"status_099", "HTTP/1.1 099 OK\r\n\r\n", false, false, {}},
                    ResponseCase{"status_999", "HTTP/1.1 999 OK\r\n\r\n", false, false, {}},
                    ResponseCase{"no_version", "200 OK\r\n\r\n", false, false, {}},
                    ResponseCase{"html", "<html>oops</html>\r\n\r\n", false, false, {}}),
    [](const auto& c) { return std::string{c.param.name}; });

}  // namespace
}  // namespace lectr::net
