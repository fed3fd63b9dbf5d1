// Rollups against sums over all rows: whatever was rolled up, closed, late or rebuilt when they are asked.
#include <map>
#include <thread>
#include <tuple>

#include "place.hpp"
#include "rows.hpp"
#include "store/rollups.hpp"
#include "store/sqlite/database.hpp"

namespace lectr::store {
namespace {

void expect_same(const Aggregate& is, const Aggregate& want, const std::string& where) {
  EXPECT_EQ(is.from_us, want.from_us) << where;
  EXPECT_EQ(is.to_us, want.to_us) << where;
  EXPECT_TRUE(is.total == want.total) << where << ": " << is.total.requests << " requests instead of " << want.total.requests;
  ASSERT_EQ(is.steps.size(), want.steps.size()) << where;
  for (std::size_t i = 0; i < is.steps.size(); ++i)
    EXPECT_TRUE(is.steps[i] == want.steps[i]) << where << " step " << i << ": " << is.steps[i].requests << " instead of " << want.steps[i].requests;
  ASSERT_EQ(is.groups.size(), want.groups.size()) << where;
  for (std::size_t i = 0; i < is.groups.size(); ++i) {
    EXPECT_EQ(is.groups[i].name, want.groups[i].name) << where;
    EXPECT_TRUE(is.groups[i].total == want.groups[i].total) << where << ' ' << is.groups[i].name;
    EXPECT_TRUE(is.groups[i].steps == want.groups[i].steps) << where << ' ' << is.groups[i].name;
  }
}

// Windows that use every level and its edges, with and without steps, filters and dimensions.
std::vector<AggregateQuery> queries() {
  const std::int64_t last = kStart + 3 * kDayUs;
  std::vector<AggregateQuery> all;
  for (const auto& [from, to] : {std::pair{kStart, last},
                                 {kStart + 90'000'001, last - 1},
                                 {kStart + 7 * kHourUs, kStart + 7 * kHourUs + 3},
                                 {kStart + kDayUs - 5 * kMinuteUs, kStart + 2 * kDayUs + 61 * kMinuteUs},
                                 {std::int64_t{0}, std::int64_t{4} * kStart}})
    for (const std::int64_t step : {std::int64_t{0}, kHourUs, 15 * kMinuteUs, 7 * kMinuteUs, kDayUs}) {
      if (step > 0 && (to - from) / step > 1'000) continue;
      for (int by = 0; by <= static_cast<int>(Dimension::status_class); ++by)
        all.push_back({.filter = {.org = 8, .from_us = from, .to_us = to}, .by = static_cast<Dimension>(by), .step_us = step});
    }
  const std::size_t plain = all.size();
  for (std::size_t i = 0; i < plain; i += 3) {
    AggregateQuery q = all[i];
    if (i % 2 == 0) q.filter.provider = "openai";
    if (i % 4 == 0) q.filter.model = "gpt-x-1";
    if (i % 5 == 0) q.filter.feature = "a'b";
    if (i % 7 == 0) q.filter.key = 12;
    if (i % 8 == 0) q.filter.status_class = 4;
    if (i % 9 == 0) q.filter.task = "";
    all.push_back(q);
  }
  for (std::size_t i = 0, asked = all.size(); i < asked; i += 2) {
    all.push_back(all[i]);
    all.back().percentiles = i % 4 == 0 ? Percentiles::totals_only : Percentiles::none;
  }
  return all;
}

class Rollups : public BothStores {
 protected:
  void put(const std::vector<Event>& rows) {
    for (std::size_t at = 0; at < rows.size(); at += 500) {
      const auto done = events().append(std::span{rows}.subspan(at, std::min<std::size_t>(500, rows.size() - at)));
      ASSERT_TRUE(done) << done.error().what;
    }
  }
  void roll_all() {
    for (int turn = 0;; ++turn) {
      const auto rolled = events().roll_up();
      ASSERT_TRUE(rolled) << rolled.error().what;
      if (*rolled == 0) return;
      ASSERT_LT(turn, 1'000);
    }
  }
  void expect_all(const std::vector<Event>& rows, const char* when) {
    for (const AggregateQuery& query : queries()) {
      const auto sums = events().aggregate(query);
      ASSERT_TRUE(sums) << sums.error().what;
      expect_same(*sums, plain_aggregate(rows, query),
                  std::string{when} + " from " + std::to_string(query.filter.from_us) + " step " + std::to_string(query.step_us) + " by " +
                      std::to_string(static_cast<int>(query.by)) + " percentiles " + std::to_string(static_cast<int>(query.percentiles)));
      if (HasFailure()) return;
    }
  }
  // Every row of the table, as text.
  std::vector<std::string> dump() {
    std::vector<std::string> rows;
    if (GetParam() == Kind::sqlite) {
      sqlite::Connection connection{place_->url().substr(7), sqlite::Connection::Mode::read};
      connection.run(
          Query{"SELECT org_id || ' ' || level || ' ' || dimension || ' ' || bucket_us || ' ' || hex(cell_index) || ' ' || hex(cell_sums) FROM "
                "rollups ORDER BY org_id, level, dimension, bucket_us"},
          [&](const Row& row) { rows.emplace_back(row.text(0)); });
      return rows;
    }
    for (const pqxx::row row : Place::admin("SELECT concat_ws(' ', org_id, level, dimension, bucket_us, encode(cell_index, 'hex'), encode(cell_sums, "
                                            "'hex')) FROM " +
                                            place_->schema() + ".rollups ORDER BY org_id, level, dimension, bucket_us"))
      rows.emplace_back(row[0].c_str());
    return rows;
  }
};
LECTR_BOTH_STORES(Rollups);

TEST_P(Rollups, EqualTheRowsBeforeDuringAndAfterRollingWithLateRowsAndReplays) {
  RandomRows random{20260102};
  std::vector<Event> rows = random.make(1'500, kStart, 3 * kDayUs);
  put(rows);
  expect_all(rows, "before");
  roll_all();
  expect_all(rows, "rolled");
  // Late, for stretches of every level that are closed already; and the first rows once more.
  const auto late = random.make(200, kStart + kHourUs, 2 * kDayUs);
  put(late);
  put({rows.begin(), rows.begin() + 300});
  rows.insert(rows.end(), late.begin(), late.end());
  expect_all(rows, "late ones not rolled");
  roll_all();
  expect_all(rows, "late ones rolled");
  EXPECT_EQ(*events().roll_up(), 0u) << "up to date";
}

// By walking all rows.
using UsageKey = std::tuple<std::string, std::string, std::string, std::string, std::string>;
std::map<UsageKey, UsageGroup> plain_usage(const std::vector<Event>& rows, const RollupFilter& filter) {
  std::map<UsageKey, UsageGroup> out;
  for (const Event& e : rows) {
    if (!selects(filter, e)) continue;
    UsageGroup& group = out[{e.feature, e.task, e.provider, e.model_requested, model_of(e)}];
    group.total.add(e);
    group.peak_tokens = std::max(group.peak_tokens, std::max<std::int64_t>(e.tokens_input, 0) + std::max<std::int64_t>(e.tokens_output, 0));
  }
  for (auto& [key, group] : out) group.total.latency = {}, group.total.ttfb = {};
  return out;
}

TEST_P(Rollups, UsageKeepsTheDimensionsTogether) {
  RandomRows random{77};
  const auto rows = random.make(1'200, kStart, 3 * kDayUs);
  RollupFilter one_feature{.org = 8, .from_us = kStart, .to_us = kStart + 2 * kDayUs + 7 * kMinuteUs};
  one_feature.feature = "chat";
  const RollupFilter filters[] = {{.org = 8, .from_us = kStart, .to_us = kStart + 3 * kDayUs},
                                  {.org = 8, .from_us = kStart + 90'000'001, .to_us = kStart + kDayUs + 3 * kHourUs},
                                  one_feature};
  const auto check = [&](const std::vector<Event>& stored, const char* when) {
    for (const RollupFilter& filter : filters) {
      const auto found = events().usage(filter);
      ASSERT_TRUE(found) << found.error().what;
      const auto want = plain_usage(stored, filter);
      ASSERT_EQ(found->size(), want.size()) << when;
      for (const UsageGroup& group : *found) {
        const auto at = want.find({group.feature, group.task, group.provider, group.asked, group.model});
        ASSERT_TRUE(at != want.end()) << when << ' ' << group.feature << ' ' << group.asked << ' ' << group.model;
        EXPECT_TRUE(group.total == at->second.total) << when;
        EXPECT_EQ(group.peak_tokens, at->second.peak_tokens) << when;
      }
      EXPECT_TRUE(std::is_sorted(found->begin(), found->end(), [](const auto& a, const auto& b) { return a.total.cost > b.total.cost; }));
    }
  };
  put(rows);
  check(rows, "before");
  roll_all();
  check(rows, "rolled");
  auto more = rows;
  const auto late = random.make(150, kStart + kHourUs, 2 * kDayUs);
  put(late);
  more.insert(more.end(), late.begin(), late.end());
  check(more, "late ones not rolled");
  EXPECT_TRUE(events().usage({.org = 99, .from_us = kStart, .to_us = kStart + kDayUs}).value().empty());
}

TEST_P(Rollups, RebuiltFromTheRowsAreIdentical) {
  RandomRows random{3};
  std::vector<Event> rows = random.make(1'000, kStart, 3 * kDayUs);
  std::shuffle(rows.begin() + 200, rows.end(), random.dice());
  for (const auto& [from, to] : {std::pair{0, 300}, {250, 700}, {600, 1'000}}) {
    put({rows.begin() + from, rows.begin() + to});
    roll_all();
  }
  const auto before = dump();
  ASSERT_GT(before.size(), 1'000u);
  const auto done = events().rebuild_rollups();
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_TRUE(dump() == before);
  expect_all(rows, "rebuilt");
}

TEST_P(Rollups, CountWhatEachRuleDecidedByTheHour) {
  RandomRows random{11};
  std::vector<Event> rows = random.make(600, kStart, 3 * kHourUs);
  std::map<std::pair<std::string, bool>, std::int64_t> want;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i % 4 == 0) rows[i].why = i % 8 == 0 ? "r:x s:dear%20one t:groq/m=200,3ms" : "s:dear%20one";
    if (rows[i].org_id != 8 || rows[i].completed_at_us < kStart + kHourUs) continue;
    if (!rows[i].rule.empty()) ++want[{rows[i].rule, false}];
    if (i % 4 == 0) ++want[{"dear%20one", true}];
  }
  const auto hits = [&] {
    std::map<std::pair<std::string, bool>, std::int64_t> found;
    for (const RuleHits& hit : events().rule_hits(8, kStart + kHourUs, kStart + 9 * kHourUs).value()) found[{hit.rule, hit.shadow}] = hit.requests;
    return found;
  };
  put({rows.begin(), rows.begin() + 400});
  roll_all();
  put({rows.begin() + 300, rows.end()});
  roll_all();
  EXPECT_EQ(hits(), want);
  ASSERT_TRUE(events().rebuild_rollups());
  EXPECT_EQ(hits(), want);
}

TEST_P(Rollups, ARebuildLeavesWhatItsRowsAreGoneFor) {
  RandomRows random{5};
  std::vector<Event> rows = random.make(900, kStart, 3 * kDayUs);
  put(rows);
  roll_all();
  const auto before = dump();
  // Of org 8 the first two days are deleted; the others keep all.
  const Retention retention[] = {{.org = 8, .row_days = 1}};
  ASSERT_TRUE(events().keep_house(retention, kStart + 3 * kDayUs + kHourUs));
  EXPECT_EQ(events().oldest_us(8)->value() / kDayUs, kStart / kDayUs + 2);
  EXPECT_EQ(events().oldest_us(7)->value() / kDayUs, kStart / kDayUs);
  EXPECT_TRUE(dump() == before);
  ASSERT_TRUE(events().rebuild_rollups());
  EXPECT_TRUE(dump() == before);
  expect_all(rows, "rebuilt");
  // A row that comes late for the time before is new, and is added.
  Event late = random.one(kStart + kHourUs);
  late.org_id = 8;
  put({late});
  rows.push_back(late);
  expect_all(rows, "late");
  roll_all();
  expect_all(rows, "late one rolled");
}

TEST_P(Rollups, ExpireApartFromTheRows) {
  RandomRows random{6};
  const auto rows = random.make(600, kStart, 3 * kDayUs);
  put(rows);
  roll_all();
  const Retention retention[] = {{.org = 7, .row_days = 1, .rollup_days = 2}, {.org = 8, .row_days = 0, .rollup_days = 1}};
  const std::int64_t now = kStart + 3 * kDayUs + 1;
  ASSERT_TRUE(events().keep_house(retention, now));
  const auto requests = [&](OrgId org) { return events().aggregate({.filter = {.org = org, .from_us = kStart, .to_us = now}})->total.requests; };
  const auto of = [&](OrgId org, std::int64_t from) {
    return std::count_if(rows.begin(), rows.end(), [&](const Event& e) { return e.org_id == org && e.completed_at_us >= from; });
  };
  EXPECT_EQ(requests(7), of(7, kStart + kDayUs));
  EXPECT_EQ(requests(8), of(8, kStart + 2 * kDayUs));
  EXPECT_EQ(requests(9), of(9, kStart));
  EXPECT_EQ(events().oldest_us(7)->value() / kDayUs, kStart / kDayUs + 2);
  EXPECT_EQ(events().oldest_us(8)->value() / kDayUs, kStart / kDayUs);
  EXPECT_FALSE(events().oldest_us(99)->has_value());
}

TEST_P(Rollups, RowsStayUntilTheyAreRolledUp) {
  RandomRows random{8};
  const auto rows = random.make(50, kStart, kDayUs);
  put(rows);
  const Retention retention[] = {{.org = 7, .row_days = 1}, {.org = 8, .row_days = 1}, {.org = 9, .row_days = 1}};
  ASSERT_TRUE(events().keep_house(retention, kStart + 400 * kDayUs));
  expect_all(rows, "kept");
  roll_all();
  ASSERT_TRUE(events().keep_house(retention, kStart + 400 * kDayUs));
  expect_all(rows, "only rollups");
  // Numbers of deleted rows are not given again: what comes now is rolled up too.
  auto more = random.make(20, kStart + kDayUs, kDayUs);
  put(more);
  more.insert(more.end(), rows.begin(), rows.end());
  roll_all();
  expect_all(more, "more");
}

TEST_P(Rollups, RefuseStepsThatAreNoneOrTooMany) {
  for (const std::int64_t step : {std::int64_t{-60'000'000}, std::int64_t{1'000'000}, kMinuteUs})
    EXPECT_EQ(events().aggregate({.filter = {.org = 7, .from_us = 0, .to_us = 90 * kDayUs}, .step_us = step}).error().code, Code::invalid_request);
}

TEST_P(Rollups, SumsBeyond64BitsStayExact) {
  RandomRows random{9};
  std::vector<Event> rows = random.make(30, kStart, kHourUs);
  for (Event& e : rows) e.org_id = 8, e.cost = e.cost_low = e.cost_high = Money{9'223'372'036'854'775'807};
  put(rows);
  roll_all();
  EXPECT_EQ(dollars(events().aggregate({.filter = {.org = 8, .from_us = kStart, .to_us = kStart + kDayUs}})->total.cost), "276701.16110564327421");
}

TEST_P(Rollups, ManyReadersSeeEveryRowOnceWhileOthersAppendAndRoll) {
  constexpr int kBatches = 30, kRows = 20;
  std::atomic<int> stored{0};
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0}, failed{0};
  const AggregateQuery all{.filter = {.org = 8, .from_us = kStart, .to_us = kStart + kDayUs}, .by = Dimension::feature, .step_us = kHourUs};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      while (!done) {
        const int least = stored;
        const auto sums = events().aggregate(all);
        if (!sums) ++failed;
        if (sums && (sums->total.requests < least || sums->total.requests > stored + 2 * kRows)) ++wrong;
      }
    });
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      while (!done)
        if (!events().roll_up()) ++failed;
    });
  std::vector<std::thread> writers;
  for (std::uint64_t w = 0; w < 2; ++w)
    writers.emplace_back([&, w] {
      RandomRows random{w};
      for (int n = 0; n < kBatches; ++n) {
        auto rows = random.make(kRows, kStart + n * kHourUs / 2, kHourUs);
        for (Event& e : rows) e.org_id = 8;
        if (!events().append(rows)) ++failed;
        stored += kRows;
      }
    });
  for (auto& writer : writers) writer.join();
  done = true;
  for (auto& thread : threads) thread.join();
  roll_all();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(events().aggregate(all)->total.requests, 2 * kBatches * kRows);
}

// In small steps every state between is one that a reader may meet, and that a process may be killed in.
TEST(RollInSmallSteps, IsExactAfterEveryOne) {
  Place place{Kind::sqlite};
  auto stores = open_stores(place.url());
  ASSERT_TRUE(stores);
  RandomRows random{12};
  std::vector<Event> rows = random.make(300, kStart, 3 * kDayUs);
  std::swap(rows[5], rows[250]);
  ASSERT_TRUE(stores->events->append(rows));
  sqlite::SqliteDatabase database{place.url().substr(7)};
  const AggregateQuery queries[] = {{.filter = {.org = 8, .from_us = kStart, .to_us = kStart + 3 * kDayUs}, .by = Dimension::model},
                                    {.filter = {.org = 8, .from_us = kStart, .to_us = kStart + 3 * kDayUs, .feature = "chat"}, .step_us = kHourUs}};
  std::size_t rolled = 1;
  for (int turn = 0; rolled > 0; ++turn) {
    ASSERT_LT(turn, 1'000);
    ASSERT_TRUE(database.write([&](Session& session) { rolled = roll(session, 300, kStart + 9 * kDayUs, 7); }));
    for (const auto& query : queries) expect_same(*stores->events->aggregate(query), plain_aggregate(rows, query), "turn " + std::to_string(turn));
    if (HasFailure()) return;
    if (turn != 20) continue;
    ASSERT_TRUE(database.write([](Session& session) { begin_rebuild(session, 300); }));
  }
}

}  // namespace
}  // namespace lectr::store
