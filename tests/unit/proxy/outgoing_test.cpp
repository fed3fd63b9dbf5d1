#include "proxy/outgoing.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lectr::proxy {
namespace {

config::Provider provider_at(std::string authority) {
  config::Provider p;
  p.name = "openai";
  p.base.authority = std::move(authority);
  return p;
}

// The head that is sent for `fields`, without its request line and Host.
std::string sent_fields(std::string_view fields, const OutgoingAuth& auth, void (*prepare)(Exchange&) = nullptr) {
  static const config::Provider provider = provider_at("up.test");
  Exchange x;
  x.request.append("POST /v1/x?a=b HTTP/1.1\r\nHost: gateway\r\n");
  x.request.append(fields);
  x.request.append("\r\n");
  const auto parsed = net::parse_request(x.request.view(), {}, x.head);
  if (!parsed) return parsed.error().what;
  x.provider = &provider;
  if (prepare) prepare(x);
  std::string out;
  write_request_head(out, x, auth);
  const std::string start = "POST /v1/x?a=b HTTP/1.1\r\nHost: up.test\r\n";
  return out.starts_with(start) && out.ends_with("\r\n\r\n") ? out.substr(start.size(), out.size() - start.size() - 2) : "unexpected: " + out;
}

OutgoingAuth kept(policy::CredentialHeader sent) {
  OutgoingAuth auth;
  auth.plan.keep = true;
  auth.sent = sent;
  auth.org_key = "lc_key_1";
  return auth;
}

struct FieldsCase {
  const char* name;
  const char* fields;
  const char* want;
};
class RequestFields : public testing::TestWithParam<FieldsCase> {};

TEST_P(RequestFields, PassAsTheyAreButForOnesOwnHop) {
  EXPECT_EQ(sent_fields(GetParam().fields, kept(policy::CredentialHeader::bearer)), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RequestFields,
    testing::Values(
        FieldsCase{"case_order_and_space_stay", "x-B:  1 \r\nX-A:2\r\n", "x-B:  1 \r\nX-A:2\r\n"},
        FieldsCase{"lectr_fields_go",
                   "X-Lectr-Key: lc_key_1\r\nX-LECTR-Feature: chat\r\nx-lectr-provider-key-groq: gsk\r\nX-Lectr-New: 1\r\nA: 1\r\n", "A: 1\r\n"},
        FieldsCase{"hop_by_hop_go", "Connection: keep-alive\r\nKeep-Alive: 5\r\nTE: trailers\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nA: 1\r\n",
                   "A: 1\r\n"},
        FieldsCase{"named_by_connection_go", "Connection: close, X-Mine\r\nX-Mine: 1\r\nA: 1\r\n", "A: 1\r\n"},
        FieldsCase{"connection_cant_name_framing", "Connection: content-length, authorization\r\nContent-Length: 2\r\nAuthorization: Bearer sk\r\n",
                   "Content-Length: 2\r\nAuthorization: Bearer sk\r\n"},
        FieldsCase{"chunked_stays", "Transfer-Encoding: chunked\r\nTrailer: X\r\n", "Transfer-Encoding: chunked\r\nTrailer: X\r\n"},
        FieldsCase{"one_credential", "Authorization: Bearer sk\r\nx-api-key: other\r\n", "Authorization: Bearer sk\r\n"},
        FieldsCase{"never_the_org_key", "Authorization: Bearer lc_key_1\r\nA: 1\r\n", "A: 1\r\n"}),
    [](const auto& c) { return std::string{c.param.name}; });

TEST(RequestHeadOut, CarriesTheProvidersCredentialInItsOwnField) {
  OutgoingAuth auth;
  auth.plan.header = "x-api-key";
  auth.credential = "sk-ant-1";
  auth.org_key = "lc_key_1";
  EXPECT_EQ(sent_fields("Authorization: Bearer sk-ant-1\r\nA: 1\r\n", auth), "A: 1\r\nx-api-key: sk-ant-1\r\n");
  auth.plan.bearer = true;
  auth.plan.header = "Authorization";
  EXPECT_EQ(sent_fields("api-key: sk-ant-1\r\n", auth), "Authorization: Bearer sk-ant-1\r\n");
}

TEST(RequestHeadOut, PassesAWebSocketUpgradeAndAnAnsweredExpectStaysHere) {
  const OutgoingAuth auth = kept(policy::CredentialHeader::none);
  EXPECT_EQ(sent_fields("Connection: Upgrade\r\nUpgrade: websocket\r\n", auth, [](Exchange& x) { x.wants_upgrade = true; }),
            "Upgrade: websocket\r\nConnection: Upgrade\r\n");
  EXPECT_EQ(sent_fields("Expect: 100-continue\r\n", auth, [](Exchange& x) { x.answered_continue = true; }), "");
}

std::string answered(std::string_view bytes, bool keep, void (*prepare)(Exchange&) = nullptr) {
  net::ResponseHead head;
  const auto parsed = net::parse_response(bytes, {}, false, head);
  if (!parsed) return parsed.error().what;
  Exchange x;
  if (prepare) prepare(x);
  std::string out;
  write_response_head(out, x, bytes, head, keep);
  return out;
}

TEST(ResponseHeadOut, AddsNothingButWhatTheClientsConnectionNeeds) {
  const std::string bytes = "HTTP/1.1 200 Fine so\r\nX-A:  b\r\nConnection: keep-alive\r\nKeep-Alive: 5\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(answered(bytes, true), "HTTP/1.1 200 Fine so\r\nX-A:  b\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(answered(bytes, false), "HTTP/1.1 200 Fine so\r\nX-A:  b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answered(bytes, true, [](Exchange& x) { x.client_is_10 = true; }),
            "HTTP/1.1 200 Fine so\r\nX-A:  b\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

TEST(ResponseHeadOut, LeavesChunksToWhoUnderstandsThem) {
  const std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(answered(bytes, true), bytes);
  EXPECT_EQ(answered(bytes, false, [](Exchange& x) { x.dechunk = x.client_is_10 = true; }), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
}

TEST(Refusals, AreWholeAnswers) {
  std::string out;
  write_refusal(out, wire::refusal_for(Code::gateway_overloaded), wire::ErrorShape::openai, false, false, "X-Lectr-Request-Id: 1\r\n");
  EXPECT_TRUE(out.starts_with("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: "));
  EXPECT_NE(out.find("\r\nretry-after-ms: "), std::string::npos);
  EXPECT_NE(out.find("\r\nConnection: close\r\nX-Lectr-Request-Id: 1\r\n\r\n{"), std::string::npos);
  const std::size_t body = out.find("\r\n\r\n") + 4;
  EXPECT_NE(out.find("Content-Length: " + std::to_string(out.size() - body) + "\r\n"), std::string::npos);
  out.clear();
  write_refusal(out, wire::refusal_for(Code::missing_lectr_key), wire::ErrorShape::anthropic, true, true, {});
  EXPECT_TRUE(out.ends_with("\r\n\r\n")) << "an answer to HEAD has no body";
  EXPECT_NE(out.find("x-should-retry: false"), std::string::npos);
}

}  // namespace
}  // namespace lectr::proxy
