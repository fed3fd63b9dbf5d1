#include "lectr/limits/period.hpp"

#include <gtest/gtest.h>

#include <ctime>

namespace lectr::limits {
namespace {

using config::Period;

std::int64_t at(const char* utc) {
  std::tm parts{};
  EXPECT_NE(strptime(utc, "%Y-%m-%dT%H:%M:%SZ", &parts), nullptr);
  return timegm(&parts) * std::int64_t{1'000'000};
}
std::string text(std::int64_t us) {
  const std::time_t seconds = us / 1'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char out[32];
  std::strftime(out, sizeof out, "%Y-%m-%dT%H:%MZ", &parts);
  return out;
}

struct PeriodCase {
  const char *name, *zone;
  Period period;
  const char *now, *from, *to;
};
class Periods : public testing::TestWithParam<PeriodCase> {};

TEST_P(Periods, AreThoseOfThePlace) {
  const PeriodCase& c = GetParam();
  const auto zone = Zone::find(c.zone);
  ASSERT_TRUE(zone);
  const Span span = zone->period(c.period, at(c.now));
  EXPECT_EQ(text(span.from_us), c.from);
  EXPECT_EQ(text(span.to_us), c.to);
  EXPECT_EQ(zone->period(c.period, span.from_us).from_us, span.from_us) << "its first moment is in it";
  EXPECT_EQ(zone->period(c.period, span.to_us - 1).from_us, span.from_us) << "its last moment too";
  EXPECT_EQ(zone->period(c.period, span.to_us).from_us, span.to_us) << "and the next one begins where it ends";
}

INSTANTIATE_TEST_SUITE_P(
    Zones, Periods,
    testing::Values(
        PeriodCase{"utc_day", "UTC", Period::day, "2026-11-25T12:00:00Z", "2026-11-25T00:00Z", "2026-11-26T00:00Z"},
        PeriodCase{"utc_week_from_monday", "UTC", Period::week, "2026-11-29T23:59:59Z", "2026-11-23T00:00Z", "2026-11-30T00:00Z"},
        PeriodCase{"utc_month_over_new_year", "UTC", Period::month, "2026-12-31T23:59:59Z", "2026-12-01T00:00Z", "2027-01-01T00:00Z"},
        PeriodCase{"berlin_day_of_23_hours", "Europe/Berlin", Period::day, "2026-03-29T12:00:00Z", "2026-03-28T23:00Z", "2026-03-29T22:00Z"},
        PeriodCase{"berlin_day_of_25_hours", "Europe/Berlin", Period::day, "2026-10-25T12:00:00Z", "2026-10-24T22:00Z", "2026-10-25T23:00Z"},
        PeriodCase{"berlin_month_with_the_change", "Europe/Berlin", Period::month, "2026-10-31T22:59:59Z", "2026-09-30T22:00Z", "2026-10-31T23:00Z"},
        PeriodCase{"berlin_by_the_rule_behind_the_table", "Europe/Berlin", Period::day, "2060-07-15T12:00:00Z", "2060-07-14T22:00Z",
                   "2060-07-15T22:00Z"},
        PeriodCase{"sydney_summer_over_new_year", "Australia/Sydney", Period::month, "2060-01-15T12:00:00Z", "2059-12-31T13:00Z",
                   "2060-01-31T13:00Z"},
        PeriodCase{"kathmandu_by_the_quarter", "Asia/Kathmandu", Period::day, "2026-11-25T18:15:00Z", "2026-11-25T18:15Z", "2026-11-26T18:15Z"},
        PeriodCase{"new_york_week_with_the_change", "America/New_York", Period::week, "2026-03-05T12:00:00Z", "2026-03-02T05:00Z",
                   "2026-03-09T04:00Z"},
        // Of years that are over: such zones are given other rules, and Havana was for 2026.
        PeriodCase{"santiago_skips_midnight", "America/Santiago", Period::day, "2024-09-08T12:00:00Z", "2024-09-08T04:00Z", "2024-09-09T03:00Z"},
        PeriodCase{"havana_shows_midnight_twice", "America/Havana", Period::day, "2024-11-03T12:00:00Z", "2024-11-03T04:00Z", "2024-11-04T05:00Z"}),
    [](const auto& one) { return std::string{one.param.name}; });

TEST(Zone, WhatTheSystemDoesNotKnowIsNoZone) {
  EXPECT_FALSE(Zone::find("Europe/Nowhere"));
  EXPECT_FALSE(Zone::find("../../etc/passwd"));
  EXPECT_FALSE(Zone::find("Europe"));
}

}  // namespace
}  // namespace lectr::limits
