// Rules of the exporter that need no receiver: what to try again and when, and headers as text has them.
#include <gtest/gtest.h>

#include "lectr/telemetry/exporter.hpp"
#include "telemetry/otlp_retry.hpp"

namespace lectr::telemetry {
namespace {

using namespace std::chrono_literals;
using Headers = std::vector<std::pair<std::string, std::string>>;

TEST(OtlpRetry, JudgesStatuses) {
  for (const int status : {200, 202, 204}) EXPECT_EQ(judge(status), Sent::yes) << status;
  for (const int status : {0, 429, 502, 503, 504}) EXPECT_EQ(judge(status), Sent::again) << status;
  for (const int status : {301, 400, 401, 403, 404, 408, 413, 415, 500, 501, 505}) EXPECT_EQ(judge(status), Sent::never) << status;
}

TEST(OtlpRetry, WaitsLongerEachTimeWithinBounds) {
  for (const std::uint64_t dice : {std::uint64_t{0}, std::uint64_t{499}, ~std::uint64_t{0}}) {
    EXPECT_GE(wait_after(1, 0s, dice), 750ms);
    EXPECT_LE(wait_after(1, 0s, dice), 1250ms);
    EXPECT_GE(wait_after(4, 0s, dice), 6s);
    EXPECT_LE(wait_after(4, 0s, dice), 10s);
    EXPECT_LE(wait_after(1'000'000, 0s, dice), 37'500ms);
    EXPECT_GE(wait_after(1'000'000, 0s, dice), 22'500ms);
  }
}

TEST(OtlpRetry, DoesWhatTheReceiverAsksForWithinReason) {
  EXPECT_EQ(wait_after(1, 7s, 0), 7s);
  EXPECT_EQ(wait_after(9, 1s, 0), 1s);
  EXPECT_EQ(wait_after(1, 86'400s, 0), 5min);
}

TEST(OtlpHeaders, AreReadAsTheVariableHasThem) {
  EXPECT_EQ(parse_otlp_headers("api-key=abc, x-scope = a%20b%3D ,empty="), (Headers{{"api-key", "abc"}, {"x-scope", "a b="}, {"empty", ""}}));
  EXPECT_EQ(parse_otlp_headers("authorization=Basic dXNlcjpwYXNz=="), (Headers{{"authorization", "Basic dXNlcjpwYXNz=="}}));
}

TEST(OtlpHeaders, WhatWouldBreakAHeadIsLeftOut) {
  for (const char* bad : {"", ",", "=x", "no-equals", "a=b%0d%0aInjected: 1", "a%0A=b", "na me=x", "a:b=c", "a=\x7f"})
    EXPECT_EQ(parse_otlp_headers(bad), Headers{}) << bad;
  EXPECT_EQ(parse_otlp_headers("a=%"), (Headers{{"a", "%"}}));
  EXPECT_EQ(parse_otlp_headers("a=%4"), (Headers{{"a", "%4"}}));
}

}  // namespace
}  // namespace lectr::telemetry
