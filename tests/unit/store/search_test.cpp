// Every filter and order, page by page, against a walk over all rows: found by rollups, behind the watermark, or both.
#include "place.hpp"
#include "rows.hpp"
#include "store/search_cells.hpp"

namespace lectr::store {
namespace {

bool has_note(const Event& e, const std::string& word) { return (" " + e.notes + " ").find(" " + word + " ") != std::string::npos; }

bool fits(const RequestFilter& f, const Event& e) {
  const auto same = [](const auto& wanted, const auto& is) { return !wanted || *wanted == is; };
  return e.org_id == f.org && (!f.from_us || e.completed_at_us >= *f.from_us) && (!f.to_us || e.completed_at_us < *f.to_us) &&
         same(f.provider, e.provider) && (!f.model || e.model_requested == *f.model || e.model_actual == *f.model) && same(f.feature, e.feature) &&
         same(f.task, e.task) && same(f.key, e.key_id) && same(f.status_class, e.status / 100) &&
         (!f.errors || *f.errors == (e.error_source != ErrorSource::none)) && same(f.status, int{e.status}) && same(f.streaming, e.streaming) &&
         same(f.verdict, e.verdict) && same(f.error_category, e.error_category) && same(f.error_source, e.error_source) &&
         same(f.token_source, e.token_source) && same(f.cost_source, e.cost_source) && same(f.error_code, e.error_code) &&
         same(f.endpoint, e.endpoint) && same(f.method, e.method) && same(f.rule, e.rule) && (!f.note || has_note(e, *f.note)) &&
         (!f.min_latency_us || e.latency_us >= *f.min_latency_us) && (!f.max_latency_us || e.latency_us <= *f.max_latency_us) &&
         (!f.min_tokens || std::max<std::int64_t>(e.tokens_input, 0) + std::max<std::int64_t>(e.tokens_output, 0) >= *f.min_tokens) &&
         (!f.min_attempts || e.attempts >= *f.min_attempts) && (!f.min_cost || (e.cost && *e.cost >= *f.min_cost));
}

struct Filtered {
  const char* name;
  RequestFilter filter;
};
std::vector<Filtered> filters() {
  return {{"none", {}},
          {"window", {.from_us = kStart + kDayUs + 5, .to_us = kStart + 2 * kDayUs + 7}},
          {"provider", {.provider = "openai"}},
          {"no provider", {.provider = ""}},
          {"model asked for", {.model = "gpt-x"}},
          {"model that answered", {.model = "claude-x-1"}},
          {"feature in a window", {.from_us = kStart + 10, .to_us = kStart + kDayUs, .feature = "a'b"}},
          {"rare", {.provider = "groq", .model = "llama-x", .feature = "search", .key = 12, .status_class = 5}},
          {"never", {.feature = "nothing has this"}},
          {"task", {.task = "generation"}},
          {"key", {.key = 11}},
          {"class", {.status_class = 4}},
          {"errors", {.errors = true}},
          {"good ones of a feature", {.feature = "chat", .errors = false}},
          {"errors of a feature", {.feature = "chat", .errors = true}},
          {"status", {.status = 429}},
          {"streaming", {.streaming = true}},
          {"not streaming", {.provider = "anthropic", .streaming = false}},
          {"verdict", {.verdict = Verdict::complete}},
          {"category", {.error_category = ErrorCategory::rate}},
          {"source", {.error_source = ErrorSource::provider}},
          {"token source", {.token_source = TokenSource::measured}},
          {"cost source", {.cost_source = CostSource::unknown_model}},
          {"code", {.error_code = "rate_limit_exceeded"}},
          {"endpoint", {.endpoint = "/v1/none"}},
          {"method", {.method = "GET"}},
          {"rule", {.rule = "cheap first"}},
          {"note", {.note = "provider_unknown"}},
          {"note in another case", {.note = "Provider_Unknown"}},
          {"slow", {.min_latency_us = 10'000'000}},
          {"fast", {.max_latency_us = 40'000}},
          {"tokens", {.min_tokens = 4'700}},
          {"attempts", {.min_attempts = 3}},
          {"dear", {.feature = "chat", .min_cost = Money{990'000'000'000'000'000}}}};
}

class Search : public BothStores {
 protected:
  std::vector<Uuid> walked(RequestFilter filter, RequestSort sort, std::size_t limit, std::size_t most) {
    filter.org = 8;
    std::vector<Uuid> ids;
    std::optional<RequestCursor> cursor;
    do {
      const auto page = events().requests(filter, cursor, limit, sort);
      if (!page) {
        ADD_FAILURE() << page.error().what;
        break;
      }
      for (const Event& e : page->rows) ids.push_back(e.id);
      cursor = page->next;
    } while (cursor && ids.size() < most);
    return ids;
  }
  static std::vector<Uuid> wanted(const std::vector<Event>& rows, RequestFilter filter, RequestSort sort) {
    filter.org = 8;
    std::vector<Event> fitting;
    for (const Event& e : rows)
      if (fits(filter, e) && (sort == RequestSort::time || value_of(e, sort) >= 0)) fitting.push_back(e);
    std::sort(fitting.begin(), fitting.end(), [&](const Event& a, const Event& b) {
      const auto x = value_of(a, sort), y = value_of(b, sort);
      return std::tie(x, a.completed_at_us, a.id) > std::tie(y, b.completed_at_us, b.id);
    });
    std::vector<Uuid> ids;
    for (const Event& e : fitting) ids.push_back(e.id);
    return ids;
  }
  void expect_found(const std::vector<Event>& rows, const char* when) {
    int turn = 0;
    for (const Filtered& f : filters()) {
      // By time, and by one of the values in turn.
      for (const auto sort : {RequestSort::time, static_cast<RequestSort>(1 + turn++ % 4)}) {
        auto want = wanted(rows, f.filter, sort);
        const std::size_t most = 60, limit = 20;
        auto is = walked(f.filter, sort, limit, most);
        if (want.size() > is.size() && is.size() >= most) want.resize(is.size());
        EXPECT_EQ(is.size(), want.size()) << when << ": " << f.name << " by " << static_cast<int>(sort);
        EXPECT_TRUE(is == want) << when << ": " << f.name << " by " << static_cast<int>(sort);
      }
      if (HasFailure()) return;
    }
  }
};
LECTR_BOTH_STORES(Search);

TEST_P(Search, FindsWhatAWalkOverAllRowsFinds) {
  RandomRows random{20260103};
  std::vector<Event> rows = random.make(1'200, kStart, 3 * kDayUs);
  ASSERT_TRUE(events().append(std::span{rows}.first(500)));
  expect_found({rows.begin(), rows.begin() + 500}, "behind the watermark");
  while (*events().roll_up() > 0) {}
  ASSERT_TRUE(events().append(std::span{rows}.subspan(500)));
  auto late = random.make(60, kStart + kHourUs, kDayUs);
  ASSERT_TRUE(events().append(late));
  rows.insert(rows.end(), late.begin(), late.end());
  expect_found(rows, "half of them");
  while (*events().roll_up() > 0) {}
  expect_found(rows, "rolled up");
}

TEST_P(Search, WalksManyRowsOfOneMinuteAndOneValue) {
  RandomRows random{4};
  std::vector<Event> rows;
  for (int i = 0; i < 90; ++i) {
    Event e = random.one(kStart + i / 30);
    e.org_id = 8, e.feature = "chat", e.latency_us = 5'000 + i % 2, e.cost = Money{77};
    rows.push_back(e);
  }
  ASSERT_TRUE(events().append(rows));
  while (*events().roll_up() > 0) {}
  for (const auto sort : {RequestSort::time, RequestSort::latency, RequestSort::cost})
    EXPECT_TRUE(walked({.feature = "chat"}, sort, 7, 1'000) == wanted(rows, {.feature = "chat"}, sort)) << static_cast<int>(sort);
}

}  // namespace
}  // namespace lectr::store
