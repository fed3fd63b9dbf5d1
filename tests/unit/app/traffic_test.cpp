#include <gtest/gtest.h>

#include <map>
#include <set>

#include "app/demo/catalogue.hpp"
#include "app/demo/json_glance.hpp"
#include "demo_client.hpp"
#include "lectr/base/clock.hpp"

namespace lectr::demo {
namespace {

struct GlanceCase {
  const char* name;
  const char* text;
  const char* want;
};
class Glance : public testing::TestWithParam<GlanceCase> {};
TEST_P(Glance, FindsTopLevelModel) { EXPECT_EQ(glance_text(GetParam().text, "model", "(none)"), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(Texts, Glance,
                         testing::Values(GlanceCase{"first", R"({"model":"a","x":1})", "a"},
                                         GlanceCase{"last", R"({"x":[{"model":"no"},"}"], "y" : null , "model" : "b" })", "b"},
                                         GlanceCase{"nested_only", R"({"x":{"model":"no"}})", "(none)"},
                                         GlanceCase{"in_a_string", R"({"x":"\"model\":\"no\"","model":"c"})", "c"},
                                         GlanceCase{"backslashes", R"({"x":"\\\\","model":"d"})", "d"},
                                         GlanceCase{"escaped", R"({"model":"\u0061\/b"})", "a/b"}, GlanceCase{"number", R"({"model":5})", "(none)"},
                                         GlanceCase{"empty", "", "(none)"}, GlanceCase{"array", R"(["model"])", "(none)"},
                                         GlanceCase{"cut_in_value", R"({"model":"a)", "(none)"}, GlanceCase{"cut_in_key", R"({"mod)", "(none)"},
                                         GlanceCase{"cut_nested", R"({"x":[[[)", "(none)"}),
                         [](const auto& c) { return std::string{c.param.name}; });

TEST(DayShape, AveragesOne) {
  double sum = 0;
  for (int minute = 0; minute < 1440; ++minute) sum += day_shape(minute * 60'000'000LL);
  EXPECT_NEAR(sum / 1440, 1, 0.01);
}

std::vector<Event> history(std::uint64_t seed) {
  std::vector<Event> events;
  seed_history({.org_id = 3, .key_id = 4, .end_us = 1'790'000'000'000'000, .events = 4000, .seed = seed},
               [&](Event&& e) { events.push_back(std::move(e)); });
  return events;
}

TEST(History, IsTheSameForTheSameSeed) {
  const auto a = history(7), b = history(7), c = history(8);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_EQ(a[i].id, b[i].id);
  EXPECT_NE(a[0].id, c[0].id);
}

TEST(History, IsPlausible) {
  const auto events = history(1);
  EXPECT_NEAR(static_cast<double>(events.size()), 4000, 300);
  std::set<Uuid> ids;
  std::set<std::string> providers, features;
  std::int64_t before = 0, output = 0;
  unsigned errors = 0, left = 0;
  for (const Event& e : events) {
    ids.insert(e.id);
    providers.insert(e.provider);
    features.insert(e.feature);
    EXPECT_GE(e.completed_at_us, before);
    before = e.completed_at_us;
    EXPECT_LT(e.completed_at_us, 1'790'000'000'000'000);
    EXPECT_GE(e.latency_us, e.ttfb_us);
    EXPECT_EQ(e.status >= 400, e.error_source != ErrorSource::none && e.verdict != Verdict::truncated);
    EXPECT_LE(e.tokens_output_low, std::max<std::int64_t>(e.tokens_output, -1));
    errors += e.status >= 400 && e.status != 499;
    left += e.status == 499;
    output += std::max<std::int64_t>(0, e.tokens_output);
  }
  EXPECT_EQ(ids.size(), events.size());
  EXPECT_EQ(providers.size(), 5u);
  EXPECT_TRUE(features.contains("untagged") && features.contains("chat"));
  EXPECT_NEAR(errors / 4000.0, 0.018, 0.01);
  EXPECT_GT(left, 10u);
  EXPECT_NEAR(static_cast<double>(output) / static_cast<double>(events.size()), 210, 60);
}

// Without a gateway between, the mock refuses all of it for the X-Lectr headers; what counts here is that it comes, and that it stops.
TEST(Traffic, ComesAtItsRateAndStopsAtOnce) {
  Mock mock;
  Traffic traffic{{.proxy_port = mock.providers.port(), .org_key = "lc_key_demo", .requests_per_second = 400, .day_shaped = false}};
  traffic.start();
  const std::int64_t give_up = mono_us() + 5'000'000;
  while (traffic.counters().failed < 100 && mono_us() < give_up) mock.stats();
  const std::int64_t before = mono_us();
  traffic.stop();
  EXPECT_LT(mono_us() - before, 200'000);
  const Counters counters = traffic.counters();
  EXPECT_GE(counters.failed, 100u);
  EXPECT_EQ(counters.ok, 0u);
  EXPECT_EQ(mock.stats()["unauthorized"], 0);
  EXPECT_GE(mock.stats()["leaks"], 100);
}

TEST(Traffic, AnAbsentGatewayIsCounted) {
  std::uint16_t port = 0;
  { port = Mock{}.providers.port(); }
  Traffic traffic{{.proxy_port = port, .org_key = "lc_key_demo", .requests_per_second = 400, .day_shaped = false}};
  traffic.start();
  const std::int64_t give_up = mono_us() + 5'000'000;
  while (traffic.counters().broken < 5 && mono_us() < give_up) {}
  EXPECT_GE(traffic.counters().broken, 5u);
}

}  // namespace
}  // namespace lectr::demo
