#include "lectr/base/time_text.hpp"

#include <gtest/gtest.h>

namespace lectr {
namespace {

struct TimeCase {
  const char* name;
  const char* text;
  std::optional<std::int64_t> want;
};
class TimeText : public testing::TestWithParam<TimeCase> {};
TEST_P(TimeText, Parses) { EXPECT_EQ(parse_rfc3339(GetParam().text), GetParam().want); }

constexpr std::int64_t kAt = 1'795'098'571'000'000;  // 2026-11-19T14:29:31Z
INSTANTIATE_TEST_SUITE_P(
    Cases, TimeText,
    testing::Values(TimeCase{"seconds", "2026-11-19T14:29:31Z", kAt}, TimeCase{"lower_case", "2026-11-19t14:29:31z", kAt},
                    TimeCase{"millis", "2026-11-19T14:29:31.418Z", kAt + 418'000}, TimeCase{"micros", "2026-11-19T14:29:31.418209Z", kAt + 418'209},
                    TimeCase{"nanos_cut", "2026-11-19T14:29:31.418209999Z", kAt + 418'209}, TimeCase{"ahead", "2026-11-19T16:29:31+02:00", kAt},
                    TimeCase{"behind", "2026-11-19T09:59:31-04:30", kAt}, TimeCase{"leap_day", "2024-02-29T00:00:00Z", 1'709'164'800'000'000},
                    TimeCase{"no_leap_day", "2026-02-29T00:00:00Z", {}}, TimeCase{"no_zone", "2026-11-19T14:29:31", {}},
                    TimeCase{"month_13", "2026-13-19T14:29:31Z", {}}, TimeCase{"hour_24", "2026-11-19T24:00:00Z", {}},
                    TimeCase{"second_60", "2026-11-19T14:29:60Z", {}}, TimeCase{"empty_fraction", "2026-11-19T14:29:31.Z", {}},
                    TimeCase{"ten_digits", "2026-11-19T14:29:31.0123456789Z", {}}, TimeCase{"trailing", "2026-11-19T14:29:31Zx", {}},
                    TimeCase{"date_only", "2026-11-19", {}}, TimeCase{"signed_year", "+026-11-19T14:29:31Z", {}}, TimeCase{"empty", "", {}}),
    [](const auto& c) { return std::string{c.param.name}; });

TEST(TimeText, WritesMicrosecondsAndReadsThemBack) {
  EXPECT_EQ(to_rfc3339(kAt + 418'209), "2026-11-19T14:29:31.418209Z");
  EXPECT_EQ(to_rfc3339(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(parse_rfc3339(to_rfc3339(kAt + 7)), kAt + 7);
}

}  // namespace
}  // namespace lectr
