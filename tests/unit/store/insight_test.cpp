#include "lectr/store/insight_store.hpp"

#include <cmath>

#include "lectr/base/model_name.hpp"
#include "place.hpp"
#include "rows.hpp"
#include "store/sqlite/connection.hpp"

namespace lectr::store {
namespace {

class Insight : public BothStores {
 protected:
  OrgId org(const char* name = "acme") { return control().add_org(name).value(); }
  void put(const std::vector<Event>& rows) {
    ASSERT_TRUE(events().append(rows));
    while (events().roll_up().value() > 0) {}
  }
};
LECTR_BOTH_STORES(Insight);

// By walking all rows.
std::map<std::pair<std::int64_t, std::pair<OrgId, std::string>>, FeatureBucket> plain_buckets(const std::vector<Event>& rows) {
  std::map<std::pair<std::int64_t, std::pair<OrgId, std::string>>, FeatureBucket> out;
  for (const Event& e : rows) {
    const std::int64_t start = floor_to(5 * kMinuteUs, e.completed_at_us);
    auto& b = out[{start, {e.org_id, e.feature}}];
    b.org = e.org_id, b.feature = e.feature, b.start_us = start;
    ++b.requests;
    b.errors += e.error_source != ErrorSource::none;
    b.drifted += !e.model_actual.empty() && !same_model(e.model_requested, e.model_actual);
    if (e.cost) b.cost += static_cast<double>(e.cost->femto) * 1e-15;
  }
  return out;
}

TEST_P(Insight, BucketsAreTheRowsByFeatureAndInSum) {
  const auto rows = RandomRows{7}.make(3'000, kStart, 6 * kHourUs);
  put(rows);
  const auto expected = plain_buckets(rows);
  const auto buckets = insight().buckets(kStart, kStart + kDayUs).value();
  std::int64_t requests = 0, in_sums = 0, last_us = 0;
  std::size_t of_features = 0;
  for (const FeatureBucket& b : buckets) {
    EXPECT_GE(b.start_us, last_us);
    last_us = b.start_us;
    EXPECT_GT(b.p95_us, 0);
    EXPECT_LE(b.cost2, b.cost * b.cost * (1 + 1e-9));
    if (!b.feature) {
      in_sums += b.requests;
      continue;
    }
    ++of_features;
    requests += b.requests;
    const auto& e = expected.at({b.start_us, {b.org, *b.feature}});
    EXPECT_EQ(b.requests, e.requests);
    EXPECT_EQ(b.errors, e.errors);
    EXPECT_EQ(b.drifted, e.drifted);
    EXPECT_NEAR(b.cost, e.cost, 1e-9 * (1 + e.cost));
  }
  EXPECT_EQ(of_features, expected.size());
  EXPECT_EQ(requests, 3'000);
  EXPECT_EQ(in_sums, 3'000);
  EXPECT_TRUE(insight().buckets(kStart + kDayUs, kStart + 2 * kDayUs).value().empty());
  for (const FeatureBucket& b : insight().buckets(kStart, kStart + kDayUs, 8).value()) EXPECT_EQ(b.org, 8);
}

TEST_P(Insight, KnowsWhetherRowsWaitForTheRollups) {
  EXPECT_TRUE(insight().rolled_up(kStart + kDayUs).value());
  ASSERT_TRUE(events().append(RandomRows{9}.make(10, kStart, kHourUs)));
  EXPECT_FALSE(insight().rolled_up(kStart + kDayUs).value());
  EXPECT_TRUE(insight().rolled_up(kStart).value()) << "those that wait are later";
  while (events().roll_up().value() > 0) {}
  EXPECT_TRUE(insight().rolled_up(kStart + kDayUs).value());
}

TEST_P(Insight, SharesAreTheRowsByFeatureModelAndKey) {
  const auto rows = RandomRows{11}.make(2'000, kStart, kDayUs);
  put(rows);
  const TimeSpan spans[] = {{kStart + kHourUs, kStart + 2 * kHourUs}, {kStart + 5 * kHourUs, kStart + 9 * kHourUs + 7 * kMinuteUs}};
  constexpr std::int64_t kSlow = 200'000;
  std::map<std::tuple<std::string, std::string, KeyId, std::string>, ShareRow> expected;
  for (const Event& e : rows) {
    const bool within = std::any_of(std::begin(spans), std::end(spans),
                                    [&](const TimeSpan& s) { return s.from_us <= e.completed_at_us && e.completed_at_us < s.to_us; });
    if (e.org_id != 8 || !within) continue;
    ShareRow& row = expected[{e.feature, model_of(e), e.key_id, e.provider}];
    ++row.requests, row.errors += e.error_source != ErrorSource::none;
    row.slow += Sketch::value_of(Sketch::bucket_of(e.latency_us)) > kSlow;
    row.input += std::max<std::int64_t>(e.tokens_input, 0), row.output += std::max<std::int64_t>(e.tokens_output, 0);
    row.cached += std::max<std::int64_t>(e.tokens_cached, 0), row.cache_write += std::max<std::int64_t>(e.tokens_cache_write, 0);
    if (e.cost) row.cost += static_cast<double>(e.cost->femto) * 1e-15;
  }
  const auto shares = insight().shares(8, {}, spans, kSlow).value();
  EXPECT_EQ(shares.size(), expected.size());
  for (const ShareRow& row : shares) {
    const ShareRow& e = expected.at({row.feature, row.model, row.key, row.provider});
    EXPECT_EQ(row.requests, e.requests);
    EXPECT_EQ(row.errors, e.errors);
    EXPECT_EQ(row.slow, e.slow);
    EXPECT_EQ((std::array{row.input, row.cached, row.cache_write, row.output}), (std::array{e.input, e.cached, e.cache_write, e.output}));
    EXPECT_NEAR(row.cost, e.cost, 1e-9 * (1 + e.cost));
  }
  for (const ShareRow& row : insight().shares(8, "chat", spans, kSlow).value()) EXPECT_EQ(row.feature, "chat");
  EXPECT_TRUE(insight().shares(99, {}, spans, kSlow).value().empty());
}

TEST_P(Insight, SquaresOfCostsAreExactForOneAndForTwo) {
  std::vector<Event> rows = RandomRows{8}.make(3, kStart + 10, 1'000'000);
  for (Event& e : rows) e.org_id = 7, e.cost.reset(), e.cost_low.reset(), e.cost_high.reset();
  for (Event& e : rows) e = rows[0], e.completed_at_us = kStart + 10;
  UuidSource ids;
  for (std::size_t i = 0; i < 3; ++i)
    rows[i].id = ids.next(kStart / 1000), rows[i].cost = Money{static_cast<std::int64_t>(i + 1) * 1'000'000'000'000'000};
  put({rows[0], rows[2]});
  EXPECT_NEAR(insight().buckets(kStart, kStart + kDayUs).value().at(0).cost2, 1 + 9, 1e-9);
  put({rows[1]});
  EXPECT_NEAR(insight().buckets(kStart, kStart + kDayUs).value().at(0).cost2, 9 + 3 * 3 / 2.0, 1e-9) << "of 1 + 4 + 9";
}

TEST_P(Insight, OneInstanceHasTheTurnUntilItEndsOrLetsItLapse) {
  EXPECT_TRUE(insight().take_turn("a", 100, 200).value());
  EXPECT_FALSE(insight().take_turn("b", 150, 250).value());
  EXPECT_TRUE(insight().take_turn("a", 190, 300).value());
  EXPECT_FALSE(insight().take_turn("b", 299, 400).value());
  EXPECT_TRUE(insight().take_turn("b", 301, 400).value());
  EXPECT_FALSE(insight().take_turn("a", 302, 400).value());
  EXPECT_TRUE(insight().end_turn("a"));
  EXPECT_FALSE(insight().take_turn("a", 302, 400).value());
  EXPECT_TRUE(insight().end_turn("b"));
  EXPECT_TRUE(insight().take_turn("a", 302, 400).value());
}

TEST_P(Insight, SeriesAreSavedAsAWholeByWhoHasTheTurn) {
  std::vector<OrgSeries> loaded;
  const auto load = [&] {
    loaded.clear();
    return insight().load_series([&](const OrgSeries& org) { loaded.push_back(org); }).value();
  };
  const auto save = [&](const char* instance, std::int64_t judged_us, const std::vector<OrgSeries>& series) {
    return insight().save_series(instance, judged_us,
                                 [&](const InsightStore::EachSeries& give) { std::for_each(series.begin(), series.end(), give); });
  };
  EXPECT_FALSE(load());
  const std::vector<OrgSeries> series{{1, std::string("a\0b", 3)}, {2, ""}};
  EXPECT_EQ(save("a", 5, series).error().code, Code::conflict);
  ASSERT_TRUE(insight().take_turn("a", 100, 200).value());
  EXPECT_FALSE(load()) << "a turn alone is nothing that was judged";
  ASSERT_TRUE(save("a", 5, series));
  EXPECT_EQ(save("b", 6, {}).error().code, Code::conflict);
  EXPECT_EQ(load(), 5);
  ASSERT_EQ(loaded.size(), 2u);
  EXPECT_EQ(loaded[0].saved, series[0].saved);
  ASSERT_TRUE(save("a", 7, {series[0]}));
  EXPECT_EQ(load(), 7);
  EXPECT_EQ(loaded.size(), 1u);
}

AnomalyRow anomaly_of(OrgId org, std::optional<std::string> feature, std::int64_t opened_us) {
  AnomalyRow row;
  row.org = org, row.feature = std::move(feature), row.metric = 2, row.direction = 1, row.severity = 2, row.window = 3;
  row.opened_us = opened_us, row.updated_us = opened_us + 5;
  row.observed = 7.1, row.baseline = 1.0 / 3, row.low = -0.0, row.high = 1e300, row.sigma = 10.9, row.peak_sigma = 11;
  row.contribution = "{}", row.band = "[1]";
  return row;
}

TEST_P(Insight, AnAnomalyIsBroughtUpToDateAndFoundByWhatItIs) {
  const OrgId mine = org(), other = org("other");
  AnomalyRow row = anomaly_of(mine, "chat", 100);
  const auto id = insight().put_anomaly(row).value();
  row.closed_us = 300, row.observed = 8, row.contribution = "", row.band = "";
  EXPECT_EQ(insight().put_anomaly(row).value(), id);
  const auto in_sum = insight().put_anomaly(anomaly_of(mine, {}, 100)).value();
  EXPECT_NE(in_sum, id);
  const auto untagged = insight().put_anomaly(anomaly_of(mine, "", 100)).value();
  EXPECT_NE(untagged, in_sum);
  const auto back = insight().anomaly(mine, id).value();
  EXPECT_EQ(back.observed, 8);
  EXPECT_EQ(back.baseline, 1.0 / 3);
  EXPECT_EQ(back.high, 1e300);
  EXPECT_EQ(back.closed_us, 300);
  EXPECT_EQ(back.incident, id);
  EXPECT_EQ(back.contribution, "{}") << "nothing new is not nothing";
  EXPECT_EQ(back.band, "[1]");
  EXPECT_EQ(insight().anomaly(other, id).error().code, Code::not_found);

  const auto ids = [&](AnomalyFilter filter) {
    std::vector<std::int64_t> out;
    for (const auto& found : insight().anomalies(mine, filter, 10).value()) out.push_back(found.id);
    return out;
  };
  using Ids = std::vector<std::int64_t>;
  EXPECT_EQ(ids({}), (Ids{untagged, in_sum, id}));
  EXPECT_EQ(ids({.open = true}), (Ids{untagged, in_sum}));
  EXPECT_EQ(ids({.feature = "chat"}), (Ids{id}));
  EXPECT_EQ(ids({.feature = ""}), (Ids{untagged}));
  EXPECT_EQ(ids({.metric = 1}), (Ids{}));
  EXPECT_EQ(ids({.from_us = 301}), (Ids{untagged, in_sum}));
  EXPECT_EQ(ids({.to_us = 100}), (Ids{}));
  EXPECT_EQ(ids({.before = untagged}), (Ids{in_sum, id}));
  EXPECT_TRUE(insight().anomalies(other, {}, 10).value().empty());
  EXPECT_EQ(insight().open_anomalies().value().size(), 2u);
}

TEST_P(Insight, TheNewestTenThousandAreKept) {
  if (GetParam() != Kind::sqlite) return;  // one SQL for both; the rows are made by the file
  const OrgId mine = org(), other = org("other");
  {
    sqlite::Connection file{place_->url().substr(7), sqlite::Connection::Mode::write};
    file.run(Query{
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) INSERT INTO anomalies (org_id, metric, direction, severity, "
        "buckets, opened_us, updated_us, figures, incident, contribution, band) SELECT ?, 0, 0, 0, 1, i, i, '0 0 0 0 0 0', 0, '', '' FROM n",
        mine});
  }
  const auto kept = insight().put_anomaly(anomaly_of(other, "chat", 1)).value();
  EXPECT_EQ(insight().anomaly_counts(mine).value().all, 10'000);
  const auto newest = insight().put_anomaly(anomaly_of(mine, "chat", 20'000)).value();
  EXPECT_EQ(insight().anomaly_counts(mine).value().all, 10'000);
  EXPECT_TRUE(insight().anomaly(mine, newest));
  EXPECT_FALSE(insight().anomaly(mine, 1)) << "the oldest";
  EXPECT_TRUE(insight().anomaly(other, kept));
}

TEST_P(Insight, DismissedAnomaliesStayAndTheirSpansAreExcluded) {
  const OrgId mine = org(), other = org("other");
  AnomalyRow row = anomaly_of(mine, "chat", 100);
  row.closed_us = 300;
  const auto id = insight().put_anomaly(row).value(), open = insight().put_anomaly(anomaly_of(mine, {}, 200)).value();
  EXPECT_EQ(insight().dismiss_anomaly(other, id, InsightStore::Dismissal{"ann", "test run", 400}).error().code, Code::not_found);
  ASSERT_TRUE(insight().dismiss_anomaly(mine, id, InsightStore::Dismissal{"ann", "test run", 400}));
  ASSERT_TRUE(insight().put_anomaly(row)) << "the detector does not undo it";
  const auto back = insight().anomaly(mine, id).value();
  EXPECT_EQ(back.dismissed_us, 400);
  EXPECT_EQ(back.dismissed_by, "ann");
  EXPECT_EQ(back.reason, "test run");
  ASSERT_TRUE(insight().dismiss_anomaly(mine, open, InsightStore::Dismissal{"bob", "", 500}));
  const auto counts = insight().anomaly_counts(mine).value();
  EXPECT_EQ(counts.all, 2);
  EXPECT_EQ(counts.dismissed, 2);
  EXPECT_EQ(counts.open, 0);
  const auto spans = insight().excluded_spans(0).value();
  ASSERT_EQ(spans.size(), 1u) << "one that is open learns nothing anyway";
  EXPECT_EQ(spans[0].feature, "chat");
  EXPECT_EQ(spans[0].from_us, 100);
  EXPECT_EQ(spans[0].to_us, 300);
  EXPECT_TRUE(insight().excluded_spans(300).value().empty());
  AnomalyRow of_it = anomaly_of(mine, "search", 250);
  of_it.incident = open;
  const auto third = insight().put_anomaly(of_it).value();
  EXPECT_EQ(insight().anomaly(mine, third).value().incident, open);
  EXPECT_FALSE(insight().anomaly(mine, third).value().dismissed_us);
  ASSERT_TRUE(insight().dismiss_anomaly(mine, third, InsightStore::Dismissal{"bob", "", 600}));
  EXPECT_EQ(insight().anomaly(mine, open).value().dismissed_us, 600) << "the whole incident";
  ASSERT_TRUE(insight().dismiss_anomaly(mine, third, {}));
  EXPECT_FALSE(insight().anomaly(mine, open).value().dismissed_us);
  EXPECT_EQ(insight().anomaly_counts(mine).value().open, 2);
}

}  // namespace
}  // namespace lectr::store
