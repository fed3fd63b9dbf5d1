#include "lectr/insight/any_csv.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace lectr::insight {
namespace {

struct TimeCase {
  const char* name;
  const char* text;
  std::int64_t want;  // -1: refused
};
class AnyTime : public testing::TestWithParam<TimeCase> {};
TEST_P(AnyTime, Reads) { EXPECT_EQ(parse_any_time(GetParam().text).value_or(-1), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(Forms, AnyTime,
                         testing::Values(TimeCase{"plain", "2026-11-19 14:29:31", 1795098571},
                                         TimeCase{"fraction", "2026-11-19 14:29:31.5", 1795098571},
                                         TimeCase{"rfc", "2026-11-19T14:29:31Z", 1795098571},
                                         TimeCase{"offset", "2026-11-19 15:29:31+01:00", 1795098571},
                                         TimeCase{"no_seconds", "2026-11-19 14:29", 1795098540}, TimeCase{"day", "2026-11-19", 1795046400},
                                         TimeCase{"unix", "1795098571", 1795098571}, TimeCase{"unix_fraction", "1795098571.9", 1795098571},
                                         TimeCase{"zero", "0", 0}, TimeCase{"empty", "", -1}, TimeCase{"word", "yesterday", -1},
                                         TimeCase{"month_13", "2026-13-19 14:29:31", -1}, TimeCase{"rest", "2026-11-19 14:29:31 x", -1},
                                         TimeCase{"too_large", "1e300", -1}, TimeCase{"not_a_number", "nan", -1}, TimeCase{"short", "2026-11-1", -1}),
                         [](const auto& test) { return std::string{test.param.name}; });

struct RowCase {
  const char* name;
  const char* line;
  const char* want;  // "time value", "missing", or a part of the error
};
class AnyRowOf : public testing::TestWithParam<RowCase> {};
TEST_P(AnyRowOf, Reads) {
  const auto row = read_any_row(GetParam().line, {});
  const std::string want = GetParam().want;
  const std::string got = !row         ? std::string{row.error().what}.substr(0, want.size())
                          : row->value ? std::string{row->timestamp} + " " + std::to_string(*row->value)
                                       : "missing";
  EXPECT_EQ(got, want);
}
INSTANTIATE_TEST_SUITE_P(Lines, AnyRowOf,
                         testing::Values(RowCase{"plain", "60,1.5", "60 1.500000"}, RowCase{"spaces_and_cr", " 60 , -2e1 \r", "60 -20.000000"},
                                         RowCase{"quotes", "\"60\",\"+3\"", "60 3.000000"}, RowCase{"more_columns", "60,4,x,y", "60 4.000000"},
                                         RowCase{"empty_value", "60,", "missing"}, RowCase{"nan", "60,NaN", "missing"},
                                         RowCase{"null", "60,null", "missing"}, RowCase{"one_column", "60", "fewer columns"},
                                         RowCase{"word", "60,many", "not a number"}, RowCase{"infinite", "60,inf", "not a number"},
                                         RowCase{"huge", "60,1e200", "not a number"}, RowCase{"rest", "60,4 5", "not a number"},
                                         RowCase{"bad_time", "then,4", "not a timestamp"}),
                         [](const auto& test) { return std::string{test.param.name}; });

TEST(AnyHeader, FindsColumnsByName) {
  const auto by_name = read_any_header("id,Value,\"timestamp\"", "timestamp", "value");
  ASSERT_TRUE(by_name);
  EXPECT_EQ(by_name->first, 2u);
  EXPECT_EQ(by_name->second, 1u);
  EXPECT_EQ(read_any_row("x,7,60", *by_name)->value, 7);
  const auto by_place = read_any_header("\xef\xbb\xbftime,load", "timestamp", "value");
  ASSERT_TRUE(by_place);
  EXPECT_EQ(by_place->first, 0u);
  EXPECT_EQ(by_place->second, 1u);
}
TEST(AnyHeader, RefusesWhatIsNone) {
  EXPECT_FALSE(read_any_header("timestamp", "timestamp", "value"));
  EXPECT_FALSE(read_any_header("2026-11-19 14:29:31,4", "timestamp", "value"));
  EXPECT_FALSE(read_any_header("", "timestamp", "value"));
}
TEST(AnyWindow, HasAnOrder) {
  EXPECT_EQ(read_any_window("60,120", {})->end, 120);
  EXPECT_EQ(read_any_window("60,60", {})->end, 60);
  EXPECT_FALSE(read_any_window("120,60", {}));
  EXPECT_FALSE(read_any_window("120", {}));
}

}  // namespace
}  // namespace lectr::insight
