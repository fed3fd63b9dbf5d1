#include <curl/curl.h>
#include <gtest/gtest.h>

#include "app/alerts/outcome.hpp"

namespace lectr::app::alerts {
namespace {

using Kind = Outcome::Kind;

struct Answered {
  int status;
  Kind kind;
};
class OfHttp : public testing::TestWithParam<Answered> {};
TEST_P(OfHttp, DecidesWhetherToTryAgain) {
  const Outcome outcome = of_http(GetParam().status);
  EXPECT_EQ(outcome.kind, GetParam().kind);
  EXPECT_EQ(outcome.status, GetParam().status);
  EXPECT_NE(outcome.words.find(std::to_string(GetParam().status)), std::string::npos);
}
INSTANTIATE_TEST_SUITE_P(Table, OfHttp,
                         testing::Values(Answered{200, Kind::sent}, Answered{204, Kind::sent}, Answered{301, Kind::never}, Answered{307, Kind::never},
                                         Answered{400, Kind::never}, Answered{404, Kind::never}, Answered{410, Kind::never},
                                         Answered{408, Kind::again}, Answered{425, Kind::again}, Answered{429, Kind::again},
                                         Answered{500, Kind::again}, Answered{503, Kind::again}, Answered{100, Kind::again}),
                         [](const auto& answered) { return std::to_string(answered.param.status); });

TEST(OfSmtp, TemporaryRefusalsAreTriedAgain) {
  EXPECT_EQ(of_smtp(250, 0).kind, Kind::sent);
  EXPECT_EQ(of_smtp(250, 2).words, "the mail server took it, but refused 2 of the addresses");
  EXPECT_EQ(of_smtp(451, 0).kind, Kind::again);
  EXPECT_EQ(of_smtp(550, 0).kind, Kind::never);
}

TEST(OfFailure, OnlyWhatCanMendItselfIsTriedAgain) {
  for (const int code : {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT, CURLE_PEER_FAILED_VERIFICATION,
                         CURLE_SSL_CONNECT_ERROR, CURLE_GOT_NOTHING, CURLE_RECV_ERROR})
    EXPECT_EQ(of_failure(code, false).kind, Kind::again) << code;
  for (const int code : {CURLE_USE_SSL_FAILED, CURLE_LOGIN_DENIED, CURLE_URL_MALFORMAT}) EXPECT_EQ(of_failure(code, true).kind, Kind::never) << code;
}

TEST(Settled, BacksOffAndThenGivesUp) {
  constexpr std::int64_t kSecond = 1'000'000;
  std::vector<std::int64_t> pauses;
  for (int attempt = 1; attempt < kMostAttempts; ++attempt) {
    const auto row = settled(again("x"), attempt, 5);
    EXPECT_EQ(row.state, store::DeliveryState::pending);
    pauses.push_back((row.next_at_us - 5) / kSecond);
  }
  EXPECT_EQ(pauses, (std::vector<std::int64_t>{10, 60, 300, 1800, 7200}));
  EXPECT_EQ(settled(again("x"), kMostAttempts, 5).state, store::DeliveryState::dead);
  EXPECT_EQ(settled(never("x"), 1, 5).state, store::DeliveryState::dead);
  EXPECT_EQ(settled({Kind::sent, 200, "y"}, 3, 5).state, store::DeliveryState::sent);
}

}  // namespace
}  // namespace lectr::app::alerts
