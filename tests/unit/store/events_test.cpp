#include "lectr/store/event_store.hpp"

#include <algorithm>
#include <limits>
#include <thread>

#include "../events/sample.hpp"
#include "place.hpp"

namespace lectr::store {
namespace {

using events::all_of;
using events::id_of;
using events::number_of;
using events::sample_event;

constexpr OrgId kOrg = 7;  // of sample_event

class Events : public BothStores {
 protected:
  void put(std::initializer_list<Event> batch) {
    const auto done = events().append(std::vector<Event>{batch});
    ASSERT_TRUE(done) << done.error().what;
  }
  std::vector<std::uint64_t> found(RequestFilter filter) {
    filter.org = kOrg;
    const auto page = events().requests(filter, {}, 100);
    std::vector<std::uint64_t> numbers;
    if (!page)
      ADD_FAILURE() << page.error().what;
    else
      for (const Event& e : page->rows) numbers.push_back(number_of(e.id));
    return numbers;
  }
};
LECTR_BOTH_STORES(Events);

TEST_P(Events, KeepEveryFieldExactly) {
  Event empty, extreme = sample_event(3);
  empty.id = id_of(1), empty.org_id = kOrg, empty.completed_at_us = 1;
  extreme.bytes_in = extreme.latency_us = extreme.tokens_input = std::numeric_limits<std::int64_t>::max();
  extreme.status = 65535, extreme.attempts = extreme.client_retry = 255;
  extreme.cost = Money{std::numeric_limits<std::int64_t>::max()}, extreme.cost_low = Money{1}, extreme.cost_high.reset(),
  extreme.saved_high = Money{0};
  extreme.feature = "tab\tline\nreturn\rback\\slash \\N \"quote' ; ä \xF0\x9F\x98\x80";
  extreme.task = "\\.";  // ends a COPY of old protocols
  for (Event e : {empty, sample_event(2), extreme}) {
    put({e});
    e.trace = {};  // no column of the row
    const auto back = events().request(kOrg, e.id);
    ASSERT_TRUE(back) << back.error().what;
    EXPECT_EQ(all_of(*back), all_of(e));
  }
}

TEST_P(Events, TagsThatAreNoTextAreStoredWithReplacements) {
  Event e = sample_event(1);
  e.feature = std::string("a\0b\xFF\xC3(\xED\xA0\x80", 9);
  put({e});
  const auto back = events().request(kOrg, e.id);
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(back->feature,
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_P(Events, AnIdSeenBeforeIsSkippedWithinAndAcrossBatches) {
  Event again = sample_event(1);
  again.status = 200, again.completed_at_us += 5;
  put({sample_event(1), sample_event(2)});
  put({again, sample_event(2), sample_event(3), sample_event(3)});
  put({sample_event(1), sample_event(4)});
  EXPECT_EQ(found({}), (std::vector<std::uint64_t>{4, 3, 2, 1}));
  EXPECT_EQ(events().request(kOrg, id_of(1))->status, 429);
  put({});
}

// Rows go in several at a time, and a value that was bound for one may serve another: none may get a neighbour's.
TEST_P(Events, RowsOfALargeBatchKeepTheirOwnValues) {
  std::vector<Event> batch;
  for (std::uint64_t n = 0; n < 100; ++n) {
    Event e = sample_event(n);
    e.feature = n % 3 == 0 ? "" : n % 3 == 1 ? "a" : std::string(n, 'b');
    e.task = n % 7 == 0 ? "\xFF" : "same";
    e.tokens_input = n % 5 == 0 ? -1 : static_cast<std::int64_t>(n % 4);
    e.cost = n % 4 == 0 ? std::nullopt : std::optional{Money{static_cast<std::int64_t>(n % 2)}};
    e.streaming = n % 2 == 0;
    batch.push_back(e);
    if (n % 10 == 9) batch.push_back(sample_event(n - 5));  // seen before
  }
  for (const auto part : {std::span{batch}.first(70), std::span{batch}.subspan(70), std::span{batch}}) ASSERT_TRUE(events().append(part));
  for (std::uint64_t n = 0; n < 100; ++n) {
    const auto back = events().request(kOrg, id_of(n));
    ASSERT_TRUE(back) << n << ' ' << back.error().what;
    Event want = *std::find_if(batch.begin(), batch.end(), [&](const Event& e) { return e.id == id_of(n); });
    if (n % 7 == 0) want.task = "\xEF\xBF\xBD";
    want.trace = {};
    EXPECT_EQ(all_of(*back), all_of(want)) << n;
  }
  EXPECT_EQ(events().overview(kOrg, 0, std::numeric_limits<std::int64_t>::max())->requests, 100);
}

TEST_P(Events, AnotherOrgsRowsDoNotExist) {
  Event other = sample_event(2);
  other.org_id = kOrg + 1;
  put({sample_event(1), other});
  EXPECT_EQ(found({}), std::vector<std::uint64_t>{1});
  EXPECT_EQ(events().request(kOrg, other.id).error().code, Code::not_found);
  EXPECT_EQ(events().request(kOrg, id_of(99)).error().code, Code::not_found);
  EXPECT_EQ(events().overview(kOrg, 0, std::numeric_limits<std::int64_t>::max())->requests, 1);
}

TEST_P(Events, PagesWalkEveryRowOnceNewestFirstAlsoWithinOneMicrosecond) {
  std::vector<Event> batch;
  for (std::uint64_t n = 0; n < 25; ++n) {
    batch.push_back(sample_event(n));
    batch.back().completed_at_us = sample_event(0).completed_at_us + static_cast<std::int64_t>(n / 10);
  }
  ASSERT_TRUE(events().append(batch));
  std::vector<std::uint64_t> seen;
  std::optional<RequestCursor> cursor;
  do {
    const auto page = events().requests({.org = kOrg}, cursor, 4);
    ASSERT_TRUE(page) << page.error().what;
    ASSERT_LE(page->rows.size(), 4u);
    for (const Event& e : page->rows) seen.push_back(number_of(e.id));
    cursor = page->next;
  } while (cursor);
  ASSERT_EQ(seen.size(), 25u);
  for (std::uint64_t i = 0; i < 25; ++i) EXPECT_EQ(seen[i], 24 - i);
  const auto exact = events().requests({.org = kOrg}, {}, 25);
  EXPECT_FALSE(exact->next) << "the last page has no next";
}

TEST_P(Events, AWalkGoesOldestFirstWithWhatADecisionIsMadeFrom) {
  std::vector<Event> batch;
  for (std::uint64_t n = 0; n < 25; ++n) {
    batch.push_back(sample_event(n));
    batch.back().completed_at_us = sample_event(0).completed_at_us + static_cast<std::int64_t>(n / 10);
  }
  ASSERT_TRUE(events().append(batch));
  const std::int64_t from = batch.front().completed_at_us, to = from + 2;
  std::vector<std::uint64_t> seen;
  std::optional<RequestCursor> after;
  for (;;) {
    const auto rows = events().walk(kOrg, from, to, after, 4);
    ASSERT_TRUE(rows) << rows.error().what;
    for (const Event& e : *rows) {
      seen.push_back(number_of(e.id));
      const Event& whole = batch[number_of(e.id)];
      EXPECT_EQ(e.why, whole.why);
      EXPECT_EQ(e.model_requested, whole.model_requested);
      EXPECT_EQ(e.latency_us, whole.latency_us);
      EXPECT_EQ(e.cost, whole.cost);
      EXPECT_EQ(e.error_source, whole.error_source);
      EXPECT_EQ(e.key_id, whole.key_id);
      EXPECT_TRUE(e.provider_request_id.empty()) << "not read";
    }
    if (rows->size() < 4) break;
    after = RequestCursor{rows->back().completed_at_us, rows->back().id};
  }
  ASSERT_EQ(seen.size(), 20u) << "the end is not in it";
  for (std::uint64_t i = 0; i < 20; ++i) EXPECT_EQ(seen[i], i);
  EXPECT_TRUE(events().walk(kOrg + 1, from, to, {}, 4)->empty());
}

TEST_P(Events, FiltersSelect) {
  Event a = sample_event(1), b = sample_event(2), c = sample_event(3);
  a.provider = "anthropic", a.model_requested = "claude-x", a.model_actual = "claude-x-1", a.status = 200, a.error_source = ErrorSource::none;
  b.feature = "search", b.task = "extraction", b.key_id = 99, b.status = 404;
  c.model_requested = "other", c.model_actual = "claude-x", c.status = 503;
  put({a, b, c});
  using Want = std::vector<std::uint64_t>;
  EXPECT_EQ(found({.provider = "anthropic"}), Want{1});
  EXPECT_EQ(found({.model = "claude-x"}), (Want{3, 1}));
  EXPECT_EQ(found({.feature = "search"}), Want{2});
  EXPECT_EQ(found({.task = "extraction"}), Want{2});
  EXPECT_EQ(found({.key = 99}), Want{2});
  EXPECT_EQ(found({.status_class = 2}), Want{1});
  EXPECT_EQ(found({.status_class = 4}), Want{2});
  EXPECT_EQ(found({.status_class = 5}), Want{3});
  EXPECT_EQ(found({.errors = true}), (Want{3, 2}));
  EXPECT_EQ(found({.errors = false}), Want{1});
  EXPECT_EQ(found({.from_us = b.completed_at_us, .to_us = c.completed_at_us}), Want{2});
  EXPECT_EQ(found({.provider = "openai", .feature = "search", .status_class = 4, .errors = true}), Want{2});
  EXPECT_EQ(found({.feature = "x' OR '1'='1"}), Want{});
  EXPECT_EQ(found({.feature = std::string("nul\0here", 8)}), Want{});
}

TEST_P(Events, OverviewIsExactButForPercentiles) {
  std::vector<Event> batch;
  for (std::uint64_t n = 1; n <= 100; ++n) {
    Event e = sample_event(n);
    e.completed_at_us = static_cast<std::int64_t>(n) * 60'000'000;
    e.latency_us = static_cast<std::int64_t>((n * 37) % 100 + 1);  // 1…100 in another order
    e.ttfb_us = n <= 50 ? static_cast<std::int64_t>(n) : -1;
    e.provider = n <= 60 ? "openai" : n <= 90 ? "anthropic" : "";
    e.error_source = n % 10 == 0 ? ErrorSource::provider : ErrorSource::none;
    e.streaming = n % 2 == 0;
    e.token_source = TokenSource::provider;
    e.tokens_input = n == 1 ? -1 : 10, e.tokens_output = 1;
    e.cost = n <= 90 ? std::optional{Money{9'000'000'000'000'000'003}} : std::nullopt;  // the sum leaves 64 bits
    e.cost_source = n > 95 ? CostSource::unknown_model : CostSource::price_table;
    batch.push_back(e);
  }
  ASSERT_TRUE(events().append(batch));
  const auto all = events().overview(kOrg, 60'000'000, 101 * 60'000'000ll);
  ASSERT_TRUE(all) << all.error().what;
  EXPECT_EQ(all->requests, 100);
  EXPECT_EQ(all->errors, 10);
  EXPECT_EQ(all->streaming, 50);
  EXPECT_EQ(all->tokens_input, 990);
  EXPECT_EQ(all->tokens_output, 100);
  EXPECT_EQ(all->latency_p50_us, 50);
  EXPECT_EQ(all->latency_p95_us, 95);
  EXPECT_EQ(all->ttfb_p50_us, 25);
  EXPECT_EQ(all->cost_usd, "810000.00000000000027");
  EXPECT_FALSE(all->cost_estimated);
  EXPECT_EQ(all->cost_unknown, 5);
  ASSERT_EQ(all->providers.size(), 2u);  // what was refused before a provider was chosen is in the totals only
  EXPECT_EQ(all->providers[0].provider, "openai");
  EXPECT_EQ(all->providers[0].requests, 60);
  EXPECT_EQ(all->providers[0].errors, 6);
  EXPECT_EQ(all->providers[0].tokens_input, 590);
  EXPECT_EQ(all->providers[1].provider, "anthropic");
  EXPECT_EQ(all->providers[1].cost_usd, "270000.00000000000009");

  const auto part = events().overview(kOrg, 60'000'000, 3 * 60'000'000ll);  // the end is outside
  EXPECT_EQ(part->requests, 2);
  EXPECT_EQ(part->latency_p50_us, 38);  // of 38 and 75
  EXPECT_EQ(part->latency_p95_us, 75);
  EXPECT_EQ(part->providers.at(0).latency_avg_us, 56);

  const auto none = events().overview(kOrg, 1'000 * 60'000'000ll, 2'000 * 60'000'000ll);
  ASSERT_TRUE(none) << none.error().what;
  EXPECT_EQ(none->requests, 0);
  EXPECT_EQ(none->latency_p50_us, -1);
  EXPECT_EQ(none->ttfb_p50_us, -1);
  EXPECT_EQ(none->cost_usd, "0");
  EXPECT_TRUE(none->providers.empty());
}

TEST_P(Events, MeasuredTokensMakeTheCostAnEstimate) {
  put({sample_event(1)});
  EXPECT_TRUE(events().overview(kOrg, 0, std::numeric_limits<std::int64_t>::max())->cost_estimated);
}

TEST_P(Events, SurviveReopening) {
  put({sample_event(1)});
  stores_ = {};
  auto opened = open_stores(place_->url());
  ASSERT_TRUE(opened) << opened.error().what;
  stores_ = std::move(*opened);
  EXPECT_EQ(found({}), std::vector<std::uint64_t>{1});
}

TEST_P(Events, ManyThreadsReadWhileOneWrites) {
  std::atomic<bool> done{false};
  std::atomic<int> failures{0}, reads{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      do {
        if (!events().requests({.org = kOrg}, {}, 10) || !events().overview(kOrg, 0, std::numeric_limits<std::int64_t>::max())) ++failures;
        ++reads;
      } while (!done);
    });
  for (std::uint64_t n = 0; n < 20; ++n) put({sample_event(2 * n), sample_event(2 * n + 1)});
  done = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(failures, 0);
  EXPECT_GE(reads, 3);
  EXPECT_EQ(found({}).size(), 40u);
}

}  // namespace
}  // namespace lectr::store
