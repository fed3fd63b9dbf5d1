#include "config/values.hpp"

#include <gtest/gtest.h>

namespace lectr::config {
namespace {

struct AddressCase {
  const char* text;
  const char* want;
};  // want: "host port", empty: refused
class ParseAddress : public testing::TestWithParam<AddressCase> {};

TEST_P(ParseAddress, TakesLiteralsOnly) {
  const auto address = parse_address(GetParam().text);
  EXPECT_EQ(address ? address->host + ' ' + std::to_string(address->port) : "", GetParam().want) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Table, ParseAddress,
                         testing::Values(AddressCase{"127.0.0.1:8080", "127.0.0.1 8080"}, AddressCase{":8080", "0.0.0.0 8080"},
                                         AddressCase{"[::1]:8080", "::1 8080"}, AddressCase{"[::]:0", ":: 0"},
                                         AddressCase{"localhost:9", "127.0.0.1 9"}, AddressCase{"0.0.0.0:65535", "0.0.0.0 65535"},
                                         AddressCase{"127.0.0.1:65536", ""}, AddressCase{"127.0.0.1", ""}, AddressCase{"127.0.0.1:", ""},
                                         AddressCase{"127.0.0.1:-1", ""}, AddressCase{"::1:8080", ""}, AddressCase{"[::1]", ""},
                                         AddressCase{"[::1:8080", ""}, AddressCase{"[127.0.0.1]:80", ""}, AddressCase{"example.org:80", ""},
                                         AddressCase{"256.0.0.1:80", ""}, AddressCase{"", ""}, AddressCase{"8080", ""},
                                         AddressCase{"127.0.0.1:80x", ""}, AddressCase{" 127.0.0.1:80", ""}));

struct NumberCase {
  const char* text;
  std::int64_t want;
};  // -1: refused
class ParseDuration : public testing::TestWithParam<NumberCase> {};
TEST_P(ParseDuration, NeedsAUnit) {
  const auto duration = parse_duration(GetParam().text);
  EXPECT_EQ(duration ? duration->count() : -1, GetParam().want) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(Table, ParseDuration,
                         testing::Values(NumberCase{"500ms", 500}, NumberCase{"5s", 5000}, NumberCase{"2m", 120000}, NumberCase{"1h", 3600000},
                                         NumberCase{"0s", 0}, NumberCase{"5", -1}, NumberCase{"5 s", -1}, NumberCase{"-5s", -1},
                                         NumberCase{"1.5s", -1}, NumberCase{"5d", -1}, NumberCase{"", -1}, NumberCase{"s", -1},
                                         NumberCase{"99999999999999999999s", -1}, NumberCase{"18446744073709551615h", -1},
                                         NumberCase{"9999999h", -1}));

class ParseSize : public testing::TestWithParam<NumberCase> {};
TEST_P(ParseSize, TakesBytesAndBinaryUnits) {
  const auto size = parse_size(GetParam().text);
  EXPECT_EQ(size ? static_cast<std::int64_t>(*size) : -1, GetParam().want) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(Table, ParseSize,
                         testing::Values(NumberCase{"65536", 65536}, NumberCase{"32KiB", 32768}, NumberCase{"1MiB", 1048576},
                                         NumberCase{"2GiB", 2147483648}, NumberCase{"1KB", -1}, NumberCase{"1 MiB", -1}, NumberCase{"MiB", -1},
                                         NumberCase{"-1", -1}, NumberCase{"", -1}, NumberCase{"99999999999GiB", -1}));

}  // namespace
}  // namespace lectr::config
