#include "api/query.hpp"

#include <gtest/gtest.h>

#include "api/context.hpp"
#include "api/cursor.hpp"
#include "api/window.hpp"

namespace lectr::api {
namespace {

store::RequestCursor sample() {
  store::RequestCursor cursor{1'795'098'571'418'209, {}};
  cursor.value = -42;
  for (std::size_t i = 0; i < 16; ++i) cursor.id.bytes[i] = static_cast<std::uint8_t>(i * 17);
  return cursor;
}

TEST(Cursor, ComesBackAsItWas) {
  const auto text = encode_cursor(sample());
  EXPECT_EQ(text.size(), 44u);
  const auto back = decode_cursor(text);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->completed_at_us, sample().completed_at_us);
  EXPECT_EQ(back->id, sample().id);
  EXPECT_EQ(back->value, -42);
  EXPECT_FALSE(decode_cursor(text, store::RequestSort::cost)) << "a place in another order";
  EXPECT_TRUE(decode_cursor(encode_cursor(sample(), store::RequestSort::cost), store::RequestSort::cost));
}

// A store's errors keep their own word and status as far as docs/api.md lists them; whatever else it says is a fault of ours.
TEST(Problems, OfAStore) {
  struct {
    Code code;
    unsigned status;
    std::string_view word;
  } cases[] = {
      {Code::not_found, 404, "not_found"},    {Code::conflict, 409, "conflict"},   {Code::unavailable, 503, "unavailable"},
      {Code::corrupt, 500, "internal_error"}, {Code::full, 500, "internal_error"},
  };
  for (const auto& c : cases) {
    const Problem problem = problem_of(Error{c.code, Fault::us, Again::no, "said"});
    EXPECT_EQ(problem.status, c.status) << c.word;
    EXPECT_EQ(std::string_view{problem.code}, c.word);
    EXPECT_EQ(problem.message, "said");
    EXPECT_EQ(problem.retry_after_s > 0, c.status == 503);
  }
}

TEST(Cursor, RefusesWhatItDidNotMake) {
  const auto text = encode_cursor(sample());
  EXPECT_FALSE(decode_cursor(""));
  EXPECT_FALSE(decode_cursor(text.substr(1)));
  EXPECT_FALSE(decode_cursor(text + "A"));
  EXPECT_FALSE(decode_cursor(std::string(44, '=')));
  EXPECT_FALSE(decode_cursor(std::string(44, '\0')));
}

// Each bad query names the parameter at fault; good ones name nothing.
struct QueryCase {
  const char* name;
  const char* text;
  const char* code;
  const char* field;
};
class RequestQueries : public testing::TestWithParam<QueryCase> {};
TEST_P(RequestQueries, NamesTheField) {
  const auto& c = GetParam();
  const auto query = Query::parse(c.text);
  auto parsed = query ? parse_request_query(*query, 1'795'098'571'000'000) : Parsed<RequestQuery>{query.error()};
  if (query)
    if (const auto unknown = unknown_parameter(*query, (*find_endpoint(Verb::get, "/api/v1/requests"))->parameters)) parsed = *unknown;
  EXPECT_EQ(parsed ? "" : std::string{parsed.error().code}, c.code);
  EXPECT_EQ(parsed ? "" : parsed.error().field, c.field);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, RequestQueries,
    testing::Values(
        QueryCase{"nothing", "", "", ""},
        QueryCase{"all",
                  "from=2026-11-19T00:00:00Z&to=2026-11-20T00:00:00Z&provider=openai&model=gpt-x&feature=chat&task=generation&key=4&status_class=5&"
                  "errors=true&limit=200",
                  "", ""},
        QueryCase{"unknown", "provder=openai", "unknown_parameter", "provder"}, QueryCase{"org_is_not_asked", "org=2", "unknown_parameter", "org"},
        QueryCase{"twice", "limit=1&limit=2", "invalid_parameter", "limit"}, QueryCase{"limit_zero", "limit=0", "invalid_parameter", "limit"},
        QueryCase{"limit_big", "limit=201", "invalid_parameter", "limit"}, QueryCase{"limit_text", "limit=5x", "invalid_parameter", "limit"},
        QueryCase{"limit_negative", "limit=-1", "invalid_parameter", "limit"}, QueryCase{"bad_time", "from=yesterday", "invalid_parameter", "from"},
        QueryCase{"bad_to", "to=2026-11-19", "invalid_parameter", "to"}, QueryCase{"bad_key", "key=lc_key_x", "invalid_parameter", "key"},
        QueryCase{"bad_class", "status_class=6", "invalid_parameter", "status_class"},
        QueryCase{"bad_flag", "errors=1", "invalid_parameter", "errors"}, QueryCase{"bad_cursor", "cursor=abc", "invalid_parameter", "cursor"},
        QueryCase{
            "every_field",
            "window=7d&status=429&streaming=true&verdict=truncated&error_category=rate&error_source=provider&error_code=x&token_source=measured&"
            "cost_source=org_override&endpoint=%2Fv1%2Fmessages&method=POST&rule=r&note=retried_stale&min_latency_ms=100&max_latency_ms=900&"
            "min_tokens=5&min_attempts=2&min_cost=0.05&sort=cost",
            "", ""},
        QueryCase{"bad_verdict", "verdict=good", "invalid_parameter", "verdict"}, QueryCase{"bad_sort", "sort=asc", "invalid_parameter", "sort"},
        QueryCase{"bad_cost", "min_cost=1e-3", "invalid_parameter", "min_cost"},
        QueryCase{"negative_cost", "min_cost=-1", "invalid_parameter", "min_cost"},
        QueryCase{"bad_latency", "min_latency_ms=-1", "invalid_parameter", "min_latency_ms"},
        QueryCase{"window_and_from", "window=1h&from=2026-11-19T00:00:00Z", "invalid_parameter", "window"},
        QueryCase{"zero_byte", "feature=a%00b", "invalid_parameter", "feature"}, QueryCase{"bad_escape", "model=%4", "invalid_parameter", ""},
        QueryCase{"bad_escape_digits", "model=%zz", "invalid_parameter", ""}),
    [](const auto& c) { return std::string{c.param.name}; });

TEST(RequestQueries, FillTheFilter) {
  const auto query = Query::parse("model=gpt%2D4.1&feature=a+b&key=4&status_class=4&errors=false&limit=3&cursor=" + encode_cursor(sample()));
  const auto parsed = parse_request_query(*query, 7);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->filter.model, "gpt-4.1");
  EXPECT_EQ(parsed->filter.feature, "a b");
  EXPECT_EQ(parsed->filter.key, 4);
  EXPECT_EQ(parsed->filter.status_class, 4);
  EXPECT_EQ(parsed->filter.errors, false);
  EXPECT_EQ(parsed->limit, 3u);
  EXPECT_EQ(parsed->before->id, sample().id);
}

constexpr std::int64_t kNow = 1'795'098'571'000'000, kHour = 3'600'000'000;
struct SpanCase {
  const char* name;
  const char* text;
  std::int64_t length;
  const char* field;
};
class OverviewQueries : public testing::TestWithParam<SpanCase> {};
TEST_P(OverviewQueries, MakeASpan) {
  const auto& c = GetParam();
  const auto span = parse_span(*Query::parse(c.text), kNow);
  EXPECT_EQ(span ? span->to_us - span->from_us : 0, c.length);
  EXPECT_EQ(span ? "" : span.error().field, c.field);
}
INSTANTIATE_TEST_SUITE_P(Cases, OverviewQueries,
                         testing::Values(SpanCase{"default_is_a_day", "", 24 * kHour, ""}, SpanCase{"hour", "window=1h", kHour, ""},
                                         SpanCase{"week", "window=7d", 168 * kHour, ""}, SpanCase{"month", "window=30d", 720 * kHour, ""},
                                         SpanCase{"other", "window=2h", 0, "window"},
                                         SpanCase{"from_to", "from=2026-11-19T00:00:00Z&to=2026-11-19T02:00:00Z", 2 * kHour, ""},
                                         SpanCase{"only_from", "from=2026-11-19T00:00:00Z", 0, "to"},
                                         SpanCase{"only_to", "to=2026-11-19T00:00:00Z", 0, "from"},
                                         SpanCase{"both_ways", "window=1h&to=2026-11-19T00:00:00Z", 0, "window"},
                                         SpanCase{"backwards", "from=2026-11-19T02:00:00Z&to=2026-11-19T02:00:00Z", 0, "to"},
                                         SpanCase{"too_long", "from=2025-01-01T00:00:00Z&to=2026-11-19T02:00:00Z", 0, "from"}),
                         [](const auto& c) { return std::string{c.param.name}; });

struct StepCase {
  const char* name;
  std::int64_t length, step;
};
class Steps : public testing::TestWithParam<StepCase> {};
TEST_P(Steps, AreFewEnoughToSee) { EXPECT_EQ(step_for(GetParam().length), GetParam().step); }
INSTANTIATE_TEST_SUITE_P(Windows, Steps,
                         testing::Values(StepCase{"quarter", kHour / 4, kMinuteUs}, StepCase{"hour", kHour, kMinuteUs},
                                         StepCase{"six", 6 * kHour, 5 * kMinuteUs}, StepCase{"day", 24 * kHour, 15 * kMinuteUs},
                                         StepCase{"week", 168 * kHour, kHour}, StepCase{"month", 720 * kHour, 6 * kHour},
                                         StepCase{"quarter_year", 2160 * kHour, kDayUs}, StepCase{"year", 400 * kDayUs, kDayUs}),
                         [](const auto& c) { return std::string{c.param.name}; });
TEST(Steps, AreWholeMinutesAndBounded) {
  const auto step = [](const char* text, std::int64_t length) {
    const auto parsed = parse_step(*Query::parse(std::string{"step="} + text), length);
    return parsed ? *parsed : -1;
  };
  EXPECT_EQ(step("60s", kHour), kMinuteUs);
  EXPECT_EQ(step("5m", kHour), 5 * kMinuteUs);
  EXPECT_EQ(step("1d", kHour), kDayUs);
  for (const char* bad : {"", "s", "30s", "90s", "2d", "0m", "-1m", "1w", "5"}) EXPECT_EQ(step(bad, kHour), -1) << bad;
  EXPECT_EQ(step("1m", 1501 * kMinuteUs), -1);
}

}  // namespace
}  // namespace lectr::api
