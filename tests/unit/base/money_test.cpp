#include "lectr/base/money.hpp"

#include <gtest/gtest.h>

namespace lectr {
namespace {

struct MoneyCase {
  const char* text;
  std::optional<std::int64_t> femto;
};
class MoneyParse : public testing::TestWithParam<MoneyCase> {};

TEST_P(MoneyParse, IsExactOrRefused) {
  const auto money = Money::parse(GetParam().text);
  ASSERT_EQ(money.has_value(), GetParam().femto.has_value()) << GetParam().text;
  EXPECT_EQ(money ? money->femto : 0, GetParam().femto.value_or(0)) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Table, MoneyParse,
                         testing::Values(MoneyCase{"0", 0}, MoneyCase{"1", Money::kPerDollar}, MoneyCase{"0.15", 150'000'000'000'000},
                                         MoneyCase{".5", 500'000'000'000'000}, MoneyCase{"0.000000003625", 3'625'000},
                                         MoneyCase{"-0.5", -500'000'000'000'000}, MoneyCase{"0.000000000000001", 1},
                                         MoneyCase{"0.0000000000000010", 1}, MoneyCase{"0.0000000000000001", {}},
                                         MoneyCase{"9223", 9'223 * Money::kPerDollar}, MoneyCase{"9224", {}},
                                         MoneyCase{"99999999999999999999999999999999999999999", {}}, MoneyCase{"", {}}, MoneyCase{"-", {}},
                                         MoneyCase{".", {}}, MoneyCase{"1.2.3", {}}, MoneyCase{"1e-6", {}}, MoneyCase{" 1", {}},
                                         MoneyCase{"1,5", {}}));

TEST(Money, TextRoundTrips) {
  for (const std::int64_t femto : {0L, 1L, -1L, 43'000'000'000L, 3'625'000L, Money::kPerDollar, 9'223'372'036'854'775'807L}) {
    const auto back = Money::parse(Money{femto}.to_text());
    ASSERT_TRUE(back) << femto;
    EXPECT_EQ(back->femto, femto);
  }
  EXPECT_EQ(Money{43'000'000'000}.to_text(), "0.000043");
}

TEST(NanoMoney, HoldsCapsAndNothingFiner) {
  EXPECT_EQ(NanoMoney::parse("9000000")->nano, 9'000'000 * NanoMoney::kPerDollar);
  EXPECT_EQ(NanoMoney::parse("0.000000001")->nano, 1);
  EXPECT_FALSE(NanoMoney::parse("0.0000000001"));
  EXPECT_FALSE(NanoMoney::parse("9300000000"));
  EXPECT_EQ(NanoMoney{1'500'000'000}.to_text(), "1.5");
}

}  // namespace
}  // namespace lectr
