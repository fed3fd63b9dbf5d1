#include "lectr/wire/error_body.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "wire/names.hpp"
#include "wire/numbers.hpp"

namespace lectr::wire {
namespace {

using nlohmann::json;

struct CodeCase {
  Code code;
  unsigned status;
  bool retryable, hopeless;
};
class RefusalFor : public ::testing::TestWithParam<CodeCase> {};
TEST_P(RefusalFor, HasItsDefaults) {
  const auto& c = GetParam();
  const Refusal refusal = refusal_for(c.code);
  EXPECT_EQ(refusal.code, c.code);
  EXPECT_EQ(refusal.status, c.status);
  EXPECT_EQ(refusal.retry_after_ms > 0, c.retryable);
  EXPECT_LE(refusal.retry_after_ms, 60'000);
  EXPECT_EQ(refusal.hopeless, c.hopeless);
  EXPECT_TRUE(refusal.message.ends_with('.') || refusal.message.ends_with(')')) << refusal.message;
}
INSTANTIATE_TEST_SUITE_P(Codes, RefusalFor,
                         ::testing::Values(CodeCase{Code::invalid_request, 400, false, true}, CodeCase{Code::invalid_provider, 400, false, true},
                                           CodeCase{Code::azure_config_missing, 400, false, true},
                                           CodeCase{Code::missing_lectr_key, 401, false, true}, CodeCase{Code::invalid_lectr_key, 401, false, true},
                                           CodeCase{Code::org_disabled, 401, false, true}, CodeCase{Code::missing_provider_key, 401, false, true},
                                           CodeCase{Code::request_timeout, 408, false, false}, CodeCase{Code::headers_too_large, 431, false, true},
                                           CodeCase{Code::request_too_large, 413, false, true},
                                           CodeCase{Code::provider_bad_response, 502, false, false},
                                           CodeCase{Code::provider_unreachable, 502, true, false},
                                           CodeCase{Code::gateway_overloaded, 503, true, false}, CodeCase{Code::provider_timeout, 504, true, false},
                                           CodeCase{Code::client_gone, 499, false, false}, CodeCase{Code::not_found, 404, false, true},
                                           CodeCase{Code::forbidden, 403, false, true}, CodeCase{Code::internal, 500, false, false}),
                         [](const auto& test) { return std::string{code_name(test.param.code)}; });

TEST(ErrorBody, HasTheShapeOfEachSdk) {
  const Refusal refusal = refusal_for(Code::missing_lectr_key);
  EXPECT_EQ(json::parse(error_body(refusal, ErrorShape::openai)),
            (json{{"error", {{"message", refusal.message}, {"type", "authentication_error"}, {"code", "missing_lectr_key"}, {"param", nullptr}}}}));
  EXPECT_EQ(json::parse(error_body(refusal, ErrorShape::anthropic)),
            (json{{"type", "error"}, {"error", {{"type", "authentication_error"}, {"message", refusal.message}, {"code", "missing_lectr_key"}}}}));
  const json gemini = json::parse(error_body(refusal, ErrorShape::gemini));
  EXPECT_EQ(gemini["error"]["code"], 401);
  EXPECT_EQ(gemini["error"]["status"], "UNAUTHENTICATED");
  EXPECT_EQ(gemini["error"]["details"][0]["reason"], "missing_lectr_key");
}

TEST(ErrorBody, EscapesWhatItIsGiven) {
  Refusal refusal = refusal_for(Code::invalid_request);
  refusal.message = "a \"b\" \\ \n\t\x01\x7F ä";
  refusal.param = "x\"y";
  for (const ErrorShape shape : {ErrorShape::openai, ErrorShape::anthropic, ErrorShape::gemini})
    EXPECT_EQ(json::parse(error_body(refusal, shape))["error"]["message"], refusal.message);
  EXPECT_EQ(json::parse(error_body(refusal, ErrorShape::openai))["error"]["param"], "x\"y");
}

TEST(ErrorBody, IsJsonForEveryCodeAndShape) {
  for (int code = 0; code <= static_cast<int>(Code::internal); ++code)
    for (const ErrorShape shape : {ErrorShape::openai, ErrorShape::anthropic, ErrorShape::gemini})
      EXPECT_TRUE(json::accept(error_body(refusal_for(static_cast<Code>(code)), shape))) << code;
}

TEST(Names, BecomePlainText) {
  struct Name {
    std::string sent, want;
  };
  for (auto [sent, want] : {Name{"gpt-6", "gpt-6"},
                            {"", ""},
                            {std::string("a\0\x7F\n", 4), "a???"},
                            {"ä€😀", "ä€😀"},
                            {"\xC0\x80\xC3", "???"},
                            {"\xED\xA0\x80", "???"},
                            {"\xF4\x90\x80\x80", "????"},
                            {"\xE0\x80\x80", "???"},
                            {"12345678ä", "12345678"},
                            {"123456789", "123456789"},
                            {"1234567890", "123456789"}})
    EXPECT_EQ(plain_name(sent, 9), want);
}

TEST(Numbers, ReadCounts) {
  EXPECT_EQ(parse_count("12"), 12);
  EXPECT_EQ(parse_count("12.0"), 12);
  EXPECT_EQ(parse_count("1.2e1"), 12);
  EXPECT_EQ(parse_count("99999999999999999999"), kMaxCount);
  for (const char* bad : {"", "-1", "1.5", "x", "1x", "1e999"}) EXPECT_EQ(parse_count(bad), -1) << bad;
}

TEST(Numbers, ReadDurations) {
  EXPECT_EQ(parse_duration_ms("46s"), 46'000);
  EXPECT_EQ(parse_duration_ms("0.5s"), 500);
  EXPECT_EQ(parse_duration_ms("250ms"), 250);
  EXPECT_EQ(parse_duration_ms("1h2m3s"), 3'723'000);
  for (const char* bad : {"", "s", "46", "-1s", "1x", "1e3s", "nans", "infs", "999999999999999999999h"}) EXPECT_EQ(parse_duration_ms(bad), -1) << bad;
}

}  // namespace
}  // namespace lectr::wire
