#include "app/anomaly_rows.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace lectr::app {
namespace {

constexpr std::int64_t kHourUs = 3'600'000'000, kDayUs = 24 * kHourUs;
constexpr std::int64_t kMonday = 20'458 * kDayUs;  // 2026-01-05
const JudgedBy kUtc{[](std::int64_t us) { return us; }, {}};

store::AnomalyRow anomaly(int day, std::optional<std::string> feature, bool dismissed = false) {
  store::AnomalyRow row;
  row.feature = std::move(feature);
  row.opened_us = kMonday + day * kDayUs + 9 * kHourUs, row.updated_us = row.opened_us + kHourUs, row.closed_us = row.updated_us;
  if (dismissed) row.dismissed_us = row.closed_us;
  return row;
}

struct DaysCase {
  const char* name;
  int day;  // since a Monday
  int known_days;
  std::vector<store::AnomalyRow> others;
  std::vector<int> want;  // days back
};
class UsualHours : public testing::TestWithParam<DaysCase> {};
TEST_P(UsualHours, AreDaysThatSayWhatIsUsual) {
  const DaysCase& c = GetParam();
  const store::AnomalyRow row = anomaly(c.day, "chat");
  std::vector<int> days;
  for (const store::TimeSpan& span : usual_hours(row, kUtc, row.opened_us - c.known_days * kDayUs, c.others)) {
    EXPECT_EQ((row.opened_us - span.from_us) % kDayUs, 0);
    EXPECT_EQ(span.to_us - span.from_us, kHourUs + insight::kBucketUs);
    days.push_back(static_cast<int>((row.opened_us - span.from_us) / kDayUs));
  }
  EXPECT_EQ(days, c.want);
}
INSTANTIATE_TEST_SUITE_P(Days, UsualHours,
                         testing::Values(DaysCase{"of_a_friday", 11, 30, {}, {1, 2, 3, 4, 7}}, DaysCase{"of_a_monday", 14, 30, {}, {3, 4, 5, 6, 7}},
                                         DaysCase{"of_a_saturday", 12, 30, {}, {6, 7}},
                                         DaysCase{"what_is_not_known_is_no_nothing", 11, 2, {}, {1, 2}},
                                         DaysCase{"the_first_monday_after_a_weekend", 14, 2, {}, {1, 2}},
                                         DaysCase{"without_anomalies", 11, 4, {anomaly(10, "chat"), anomaly(9, "search"), anomaly(8, {})}, {2, 3, 4}},
                                         DaysCase{"anomalies_every_day", 11, 2, {anomaly(10, "chat"), anomaly(9, "chat")}, {1, 2}},
                                         DaysCase{"what_was_dismissed_never", 11, 2, {anomaly(10, "chat", true), anomaly(9, "chat", true)}, {}}),
                         [](const auto& one) { return std::string{one.param.name}; });

TEST(UsualHours, AnAnomalyOfMoreThanADayIsNotItsOwnUsual) {
  store::AnomalyRow row = anomaly(11, "chat");
  row.updated_us = row.opened_us + 30 * kHourUs;
  const auto spans = usual_hours(row, kUtc, 0, {});
  ASSERT_FALSE(spans.empty());
  for (const auto& span : spans) EXPECT_LE(span.to_us, row.opened_us);
}

// Chat spends most and spends what it always does; search is what is above its usual.
TEST(Contribution, RanksByWhatIsAboveTheUsual) {
  store::AnomalyRow row = anomaly(11, {});
  row.metric = static_cast<int>(insight::Metric::cost);
  const std::vector<store::ShareRow> now{{"chat", "big", 1, 1000, 100}, {"search", "small", 1, 200, 12}},
      usual{{"chat", "big", 1, 5000, 490}, {"search", "small", 1, 1000, 10}};
  const auto found = nlohmann::json::parse(contribution_of(row, now, usual, 1.0 / 5, {}, [](auto, auto, auto) { return std::nullopt; }));
  EXPECT_EQ(found["causes"][0]["feature"], "search") << found;
  EXPECT_NEAR(found["causes"][0]["share"], 10.0 / 12, 1e-3);
  EXPECT_NEAR(found["extra"], 12, 1e-3);
}

// Chat's prompts are three times as long, a third of them from the cache now; the list says $1, $0.10 cached and $4 a million.
TEST(Contribution, SaysWhatLengthsAndCachingMakeOfACost) {
  store::AnomalyRow row = anomaly(11, {});
  row.metric = static_cast<int>(insight::Metric::cost);
  store::ShareRow now{"chat", "big", 1, 100, 0.48}, usual{"chat", "big", 1, 500, 0.7};
  now.provider = usual.provider = "openai";
  now.input = 300'000, now.cached = 100'000, now.output = 20'000;
  usual.input = 500'000, usual.output = 50'000;
  const auto rates = [](std::string_view provider, std::string_view model, std::int64_t input) -> std::optional<policy::Rates> {
    EXPECT_EQ((std::pair{provider, model}), (std::pair<std::string_view, std::string_view>{"openai", "big"}));
    EXPECT_TRUE(input == 3'000 || input == 1'000) << input;
    policy::Rates out;
    out.input = 1'000'000'000, out.cached = 100'000'000, out.output = 4'000'000'000;
    return out;
  };
  const auto split = nlohmann::json::parse(contribution_of(row, {&now, 1}, {&usual, 1}, 1.0 / 5, {}, rates))["split"];
  EXPECT_NEAR(split["volume"], 0, 1e-6);
  EXPECT_NEAR(split["mix"], 0, 1e-6);
  EXPECT_NEAR(split["input"], 0.2, 1e-6) << "2,000 tokens more, 100 times, at a dollar a million";
  EXPECT_NEAR(split["caching"], -0.09, 1e-6);
  EXPECT_NEAR(split["output"], 0.04, 1e-6);
  EXPECT_NEAR(split["price"], 0.34 - 0.15, 1e-6) << "and the rest was paid for something else";
  EXPECT_EQ(split["requests"], (nlohmann::json{{"usual", 100.0}, {"now", 100.0}}));
  EXPECT_EQ(split["input_tokens"], (nlohmann::json{{"usual", 1000.0}, {"now", 3000.0}}));
  EXPECT_EQ(split["output_tokens"], (nlohmann::json{{"usual", 100.0}, {"now", 200.0}}));
}

Found opened(std::optional<std::string> feature, insight::Metric metric) {
  Found f{1, std::move(feature), {}};
  f.finding.metric = metric, f.finding.opened_us = f.finding.at_us = kMonday;
  return f;
}

// Three days of 100 requests in five minutes, a burst that is none of it, the last hour twice as many; the anomaly opened with that.
nlohmann::json drawn(insight::Metric metric, std::int64_t from_us) {
  AnomalyJudge judge{[](OrgId) { return kUtc; }};
  std::vector<Found> found;
  std::vector<store::FeatureBucket> buckets;
  constexpr int kLast = 3 * 288;
  for (int i = 0; i < kLast; ++i) {
    auto& b = buckets.emplace_back();
    b.org = 1, b.feature = "chat", b.start_us = kMonday + i * insight::kBucketUs, b.requests = i == kLast - 100 ? 400 : i < kLast - 12 ? 100 : 200;
    b.cost = 0.01 * static_cast<double>(b.requests) * (i < kLast - 12 ? 1 : 3), b.cost2 = b.cost * b.cost / static_cast<double>(b.requests);
    b.p95_us = 900'000;
    judge.judge(b.start_us, std::span{&b, 1}, false, found);
  }
  store::AnomalyRow row;
  row.org = 1, row.feature = "chat", row.metric = static_cast<int>(metric), row.opened_us = kMonday + (kLast - 12) * insight::kBucketUs;
  const std::int64_t to_us = kMonday + kLast * insight::kBucketUs;
  const auto first = std::find_if(buckets.begin(), buckets.end(), [&](const auto& b) { return b.start_us >= from_us; });
  return nlohmann::json::parse(band_of(judge, row, {first, buckets.end()}, from_us, to_us));
}
TEST(Band, SaysHowFarEachStepIsAndWhatThereWasTooMuchInAll) {
  constexpr std::int64_t kFrom = kMonday + 2 * 288 * insight::kBucketUs;
  const auto volume = drawn(insight::Metric::volume, kFrom);
  ASSERT_EQ(volume["sigma"].size(), volume["observed"].size());
  EXPECT_LT(std::abs(volume["sigma"][10].get<double>()), 2);
  EXPECT_GT(volume["sigma"].back().get<double>(), 5);
  EXPECT_NEAR(volume["extra"].get<double>(), 12 * 100, 12 * 10) << "requests";
  EXPECT_NEAR(drawn(insight::Metric::cost, kFrom)["extra"].get<double>(), 12 * 200 * 0.02, 12 * 200 * 0.002) << "dollars, for as many requests";
  EXPECT_TRUE(drawn(insight::Metric::latency, kFrom)["extra"].is_null()) << "percentiles don't add up";
  EXPECT_TRUE(drawn(insight::Metric::volume, kMonday + (3 * 288 - 6) * insight::kBucketUs)["extra"].is_null()) << "it opened before";
}

// Features and the org in sum; `failing` of the features fail half of the time from bucket 600 on. Who opens first.
std::vector<std::string> opens(int failing) {
  AnomalyJudge judge{[](OrgId) { return kUtc; }};
  std::vector<Found> found;
  for (int i = 0; i < 601; ++i) {
    std::vector<store::FeatureBucket> buckets;
    store::FeatureBucket sum;
    for (const char* name : {"chat", "search", "triage"}) {
      auto& b = buckets.emplace_back();
      b.org = 1, b.feature = name, b.start_us = kMonday + i * insight::kBucketUs, b.requests = 100;
      b.errors = i == 600 && static_cast<int>(buckets.size()) <= failing ? 50 : 1;
      sum.requests += b.requests, sum.errors += b.errors, sum.start_us = b.start_us, sum.org = 1;
    }
    buckets.push_back(sum);
    judge.judge(sum.start_us, buckets, false, found);
  }
  std::vector<std::string> out;
  for (const Found& f : found)
    if (f.finding.step == insight::Step::opened) out.push_back(f.feature.value_or("the org"));
  return out;
}
TEST(AnomalyJudge, TheOrgComesFirstWhereSeveralFeaturesFail) {
  EXPECT_EQ(opens(1), (std::vector<std::string>{"chat", "the org"}));
  EXPECT_EQ(opens(2), (std::vector<std::string>{"the org", "chat", "search"}));
}

TEST(Incident, IsNotThatOfADismissedAnomaly) {
  store::AnomalyRow of_errors, fresh;
  apply(opened("chat", insight::Metric::errors), of_errors);
  apply(opened("chat", insight::Metric::cost), fresh);
  of_errors.incident = 7;
  EXPECT_EQ(incident_of(fresh, std::vector{of_errors}), 7);
  of_errors.dismissed_us = 1;
  EXPECT_EQ(incident_of(fresh, std::vector{of_errors}), 0);
}

}  // namespace
}  // namespace lectr::app
