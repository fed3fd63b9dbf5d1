#include "lectr/insight/rates.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lectr::insight {
namespace {

struct Case {
  const char* name;
  Counted before, after;
  RateChange want;
};
class Rates : public testing::TestWithParam<Case> {};
TEST_P(Rates, Compare) { EXPECT_EQ(compare_rates(GetParam().before, GetParam().after).change, GetParam().want); }
INSTANTIATE_TEST_SUITE_P(
    Pairs, Rates,
    testing::Values(Case{"nothing_before", {0, 0}, {100, 1}, RateChange::unclear}, Case{"nothing_after", {100, 1}, {0, 0}, RateChange::unclear},
                    Case{"equal_but_few", {50, 1}, {50, 1}, RateChange::unclear},
                    Case{"equal_and_many", {10'000, 50}, {10'000, 55}, RateChange::unchanged},
                    Case{"none_and_many", {5'000, 0}, {5'000, 0}, RateChange::unchanged}, Case{"none_and_few", {20, 0}, {20, 0}, RateChange::unclear},
                    Case{"higher", {10'000, 50}, {1'000, 60}, RateChange::higher}, Case{"lower", {1'000, 60}, {10'000, 50}, RateChange::lower}),
    [](const auto& one) { return std::string{one.param.name}; });

// The example of Newcombe's paper: 56 of 70 against 48 of 80, 0.2 with 0.0524 to 0.3339.
TEST(Rates, IntervalIsNewcombes) {
  const auto found = compare_rates({80, 48}, {70, 56});
  EXPECT_NEAR(found.low, 0.0524, 0.00005);
  EXPECT_NEAR(found.high, 0.3339, 0.00005);
}

}  // namespace
}  // namespace lectr::insight
