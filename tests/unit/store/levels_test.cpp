#include "store/levels.hpp"

#include <gtest/gtest.h>

namespace lectr::store {
namespace {

constexpr std::int64_t kDay = kDayUs, kHour = kHourUs, kQuarter = 15 * kMinuteUs;
constexpr Closed kAllClosed = {0, 100 * kDay, 100 * kDay, 100 * kDay, 100 * kDay};

std::string text(const std::vector<Run>& runs) {
  std::string out;
  for (const Run& r : runs)
    out += std::to_string(r.level) + ":" + std::to_string((r.to_us - r.from_us) / kLevelUs[static_cast<std::size_t>(r.level)]) + " ";
  return out;
}

struct PlanCase {
  const char* name;
  std::int64_t from, to, step;
  Closed closed;
  const char* want;  // level:stretches
};
class Plan : public testing::TestWithParam<PlanCase> {};
TEST_P(Plan, UsesTheCoarsestThatFits) {
  const auto& c = GetParam();
  const auto runs = plan_runs(c.from, c.to, c.step, c.closed);
  EXPECT_EQ(text(runs), c.want);
  std::int64_t at = c.from;  // without gaps, in order
  for (const auto& r : runs) {
    EXPECT_EQ(r.from_us, at);
    at = r.to_us;
  }
  EXPECT_EQ(at, c.to);
}
INSTANTIATE_TEST_SUITE_P(
    Table, Plan,
    testing::Values(PlanCase{"empty", kDay, kDay, 0, kAllClosed, ""}, PlanCase{"days", 0, 30 * kDay, 0, kAllClosed, "4:30 "},
                    PlanCase{"edges", kDay - kHour - kMinuteUs, 2 * kDay + 7 * kHour + 16 * kMinuteUs, 0, kAllClosed, "0:1 2:1 4:1 3:1 2:1 1:1 0:1 "},
                    PlanCase{"step_of_an_hour", 0, 2 * kDay, kHour, kAllClosed, "2:48 "},
                    PlanCase{"step_of_two_hours", 0, 2 * kDay, 2 * kHour, kAllClosed, "2:48 "},
                    PlanCase{"step_of_seven_minutes", 0, kHour, 7 * kMinuteUs, kAllClosed, "0:60 "},
                    PlanCase{"nothing_closed", 0, kDay, 0, {}, "0:1440 "},
                    PlanCase{"closed_in_part", 0, 2 * kDay, 0, {0, kDay + 3 * kHour + kQuarter, kDay + 3 * kHour, kDay, kDay}, "4:1 2:3 1:1 0:1245 "},
                    PlanCase{"before_the_epoch", -kDay, kDay, 0, kAllClosed, "4:2 "},
                    PlanCase{"within_a_minute", kMinuteUs, 2 * kMinuteUs, 0, kAllClosed, "0:1 "}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(CellsFor, AreThoseOfOneDimensionWhereNoOtherIsAskedFor) {
  const auto cells = [](RollupFilter filter, Dimension by) { return cells_for({.filter = filter, .by = by}); };
  EXPECT_EQ(cells({}, Dimension::none), 0);
  EXPECT_EQ(cells({}, Dimension::feature), static_cast<int>(Dimension::feature));
  EXPECT_EQ(cells({.feature = "x"}, Dimension::feature), static_cast<int>(Dimension::feature));
  EXPECT_EQ(cells({.key = 1}, Dimension::none), static_cast<int>(Dimension::key));
  EXPECT_EQ(cells({.feature = "x"}, Dimension::model), kAllDimensions);
  EXPECT_EQ(cells({.provider = "x", .status_class = 2}, Dimension::none), kAllDimensions);
}

}  // namespace
}  // namespace lectr::store
