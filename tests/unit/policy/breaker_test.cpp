#include "lectr/policy/breaker.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lectr::policy {
namespace {

constexpr std::int64_t kStart = 1'000'000'000, kSecond = 1'000'000;

std::string to_text(const Breaker& b) { return b.state == BreakerState::closed ? "closed" : b.state == BreakerState::open ? "open" : "half open"; }

// A story: what happens, one letter each, with a virtual clock. g b r n: outcomes of a request that was let go; R B: one of them with retry-after 20 s; T: with 1 s;
// $: the account is empty; digits: so many seconds pass; ?: a request asks and goes if it may (! if it must not).
struct StoryCase {
  const char* name;
  const char* story;
  const char* want;
};
class BreakerStory : public testing::TestWithParam<StoryCase> {};

TEST_P(BreakerStory, EndsAs) {
  Breaker b;
  std::int64_t now = kStart, seconds = -1;
  for (const char* p = GetParam().story; *p; ++p) {
    if (*p >= '0' && *p <= '9') {
      seconds = (seconds < 0 ? 0 : seconds * 10) + (*p - '0');
      if (!(p[1] >= '0' && p[1] <= '9')) now += std::exchange(seconds, -1) * kSecond;
      continue;
    }
    switch (*p) {
      case 'g': b = settle(b, Outcome::good, 0, now); break;
      case 'b': b = settle(b, Outcome::bad, 0, now); break;
      case 'r': b = settle(b, Outcome::rate, 0, now); break;
      case 'R': b = settle(b, Outcome::rate, 20 * kSecond, now); break;
      case 'B': b = settle(b, Outcome::bad, 20 * kSecond, now); break;
      case 'T': b = settle(b, Outcome::rate, kSecond, now); break;
      case 'n': b = settle(b, Outcome::neutral, 0, now); break;
      case '$': b = settle(b, Outcome::account, 0, now); break;
      case '?':
        EXPECT_TRUE(admits(b, now)) << "at " << (p - GetParam().story);
        b = enter(b, now);
        break;
      case '!': EXPECT_FALSE(admits(b, now)) << "at " << (p - GetParam().story); break;
      default: break;
    }
    b = Breaker::unpack(b.pack());
  }
  EXPECT_EQ(to_text(b), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Stories, BreakerStory,
    testing::Values(
        StoryCase{"four_failures_are_borne", "bbbb?", "closed"}, StoryCase{"five_in_a_row_open", "bbbbb!", "open"},
        StoryCase{"a_good_one_breaks_the_row", "bbbbgbbbb?", "closed"}, StoryCase{"half_of_twenty_open", "gbgbgbgbgbgbgbgbgbgb!", "open"},
        StoryCase{"half_of_few_do_not", "gbgbgbgbgbgbgbgb?", "closed"}, StoryCase{"windows_forget", "gbgbgbgbgbgbgbgbgb 11 gbgbgbgbgb?", "closed"},
        StoryCase{"opens_for_five_seconds", "bbbbb 4! 2?", "half open"}, StoryCase{"one_probe_at_a_time", "bbbbb 6?!", "half open"},
        StoryCase{"two_good_probes_close", "bbbbb 6?g?g?", "closed"}, StoryCase{"one_good_probe_does_not", "bbbbb 6?g", "half open"},
        StoryCase{"a_bad_probe_opens_for_longer", "bbbbb 6?b 6! 5?", "half open"}, StoryCase{"a_bad_probe_after_a_good_one", "bbbbb 6?g?b!", "open"},
        StoryCase{"the_wait_has_an_end", "bbbbb 6?b 11?b 21?b 41?b 59! 2?", "half open"},
        StoryCase{"once_closed_it_starts_anew", "bbbbb 6?b 11?g?g bbbbb 6?", "half open"},
        StoryCase{"a_lost_probe_is_replaced", "bbbbb 6? 29! 2?", "half open"}, StoryCase{"a_probe_whose_client_left", "bbbbb 6?n?", "half open"},
        StoryCase{"late_news_change_nothing", "bbbbb bbg 6?", "half open"}, StoryCase{"retry_after_is_kept", "R 19! 2?", "half open"},
        StoryCase{"a_short_one_grows_while_probes_fail", "T 1?T 1! 1?T 3! 1?T 4! 1?", "half open"},
        StoryCase{"a_long_one_does_not", "R 20?R 19! 1?", "half open"}, StoryCase{"closed_it_is_short_again", "T 1?T 2?g?g T 1?", "half open"},
        StoryCase{"also_of_an_overloaded_one", "B 19! 2?", "half open"}, StoryCase{"a_429_without_it_counts", "rrrr? r!", "open"},
        StoryCase{"an_empty_account_for_minutes", "$ 299! 2?", "half open"}, StoryCase{"clients_leaving_say_nothing", "nnnnnnnn?", "closed"}),
    [](const auto& c) { return std::string{c.param.name}; });

TEST(BreakerWord, KeepsAll) {
  const Breaker b{BreakerState::half_open, BreakerReason::rate, 7, 9, 1000, 999, 62'500LL * 123'456'789};
  const Breaker back = Breaker::unpack(b.pack());
  EXPECT_EQ(back.state, b.state);
  EXPECT_EQ(back.reason, b.reason);
  EXPECT_EQ(back.streak, b.streak);
  EXPECT_EQ(back.opens, b.opens);
  EXPECT_EQ(back.requests, b.requests);
  EXPECT_EQ(back.failures, b.failures);
  EXPECT_EQ(back.at_us, b.at_us);
  EXPECT_EQ(Breaker{}.pack(), 0u) << "a slot of zeros is a closed breaker";
}

int retries_left(RetryBudget b, std::int64_t now) {
  int n = 0;
  while (n < 100'000 && take_retry(b, now)) {
    b = RetryBudget::unpack(b.pack());
    ++n;
  }
  return n;
}

TEST(RetryBudget, IsAShareOfTheTrafficWithAFloor) {
  RetryBudget b;
  EXPECT_EQ(retries_left(b, kStart), static_cast<int>(kRetryFloor));
  for (int i = 0; i < 1000; ++i) b = count_request(b, kStart);
  EXPECT_EQ(retries_left(b, kStart), 200);
  EXPECT_EQ(retries_left(b, kStart + 10 * kSecond), 200) << "the window before still counts";
  EXPECT_EQ(retries_left(b, kStart + 20 * kSecond), static_cast<int>(kRetryFloor));
}

TEST(RetryBudget, RetriesUseItUp) {
  RetryBudget b;
  for (int i = 0; i < 200; ++i) b = count_request(b, kStart);
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(take_retry(b, kStart));
  const auto word = b.pack();
  EXPECT_FALSE(take_retry(b, kStart));
  EXPECT_EQ(b.pack(), word);
}

}  // namespace
}  // namespace lectr::policy
