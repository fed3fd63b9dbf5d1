#include "store/row_text.hpp"

#include <gtest/gtest.h>

namespace lectr::store {
namespace {

struct TextCase {
  const char* name;
  std::string in, want;
};
class Storable : public testing::TestWithParam<TextCase> {};
TEST_P(Storable, IsUtf8WithoutNul) {
  std::string scratch;
  EXPECT_EQ(storable(GetParam().in, scratch), GetParam().want);
  const bool copied = storable(GetParam().in, scratch).data() != GetParam().in.data();
  EXPECT_EQ(copied, GetParam().in != GetParam().want);
}
const std::string kBad = "\xEF\xBF\xBD";
INSTANTIATE_TEST_SUITE_P(
    Table, Storable,
    testing::Values(TextCase{"empty", "", ""}, TextCase{"ascii", "support-chat", "support-chat"}, TextCase{"two_bytes", "\xC3\xA4", "\xC3\xA4"},
                    TextCase{"four_bytes", "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"}, TextCase{"highest", "\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},
                    TextCase{"nul", std::string("a\0b", 3), "a" + kBad + "b"}, TextCase{"latin1", "caf\xE9", "caf" + kBad},
                    TextCase{"cut", "\xE2\x82", kBad + kBad}, TextCase{"overlong", "\xC0\xAF", kBad + kBad},
                    TextCase{"overlong_three", "\xE0\x80\x80", kBad + kBad + kBad}, TextCase{"surrogate", "\xED\xA0\x80", kBad + kBad + kBad},
                    TextCase{"too_high", "\xF4\x90\x80\x80", kBad + kBad + kBad + kBad}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(Dollars, AreExactBeyond64Bits) {
  EXPECT_EQ(dollars(0), "0");
  EXPECT_EQ(dollars(1), "0.000000000000001");
  EXPECT_EQ(dollars(-1'500'000'000'000'000), "-1.5");
  EXPECT_EQ(dollars(Sums::Femto{9'223'372'036'854'775'807} * 1000), "9223372.036854775807");
  EXPECT_EQ(trim_decimal("12.340000"), "12.34");
  EXPECT_EQ(trim_decimal("100"), "100");
  EXPECT_EQ(trim_decimal("0.000"), "0");
}

}  // namespace
}  // namespace lectr::store
