#include "lectr/base/trace_context.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lectr {
namespace {

constexpr std::string_view kGood = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceContext, ReadsTheThreeParts) {
  const TraceContext t = parse_traceparent(kGood);
  EXPECT_TRUE(t.present());
  EXPECT_TRUE(t.sampled());
  EXPECT_EQ(t.trace_id[0], 0x4b);
  EXPECT_EQ(t.trace_id[15], 0x36);
  EXPECT_EQ(t.parent_id[1], 0xf0);
  EXPECT_EQ(t.parent_id[7], 0xb7);
}

struct Case {
  const char* what;
  std::string value;
  bool present, sampled;
};

std::string with(std::size_t at, std::string_view text) {
  std::string s{kGood};
  return s.replace(at, text.size(), text);
}

TEST(TraceContext, FollowsTheSpecification) {
  const std::string good{kGood}, zeros16(16, '0'), zeros32(32, '0');
  const Case cases[] = {
      {"not sampled", with(53, "00"), true, false},
      {"other flags, not sampled", with(53, "fe"), true, false},
      {"other flags, sampled", with(53, "ff"), true, true},
      {"a later version", with(0, "cc"), true, true},
      {"a later version that has more", with(0, "cc") + "-what-will-be", true, true},
      {"a later version whose more is no part", with(0, "cc") + ".what", false, false},
      {"version 00 with more", good + "-more", false, false},
      {"version ff", with(0, "ff"), false, false},
      {"no hexadecimal version", with(0, "0g"), false, false},
      {"trace of zeros", with(3, zeros32), false, false},
      {"parent of zeros", with(36, zeros16), false, false},
      {"upper case", with(3, "4BF9"), false, false},
      {"a letter beyond f in the trace", with(20, "g"), false, false},
      {"a letter beyond f in the parent", with(40, "z"), false, false},
      {"flags that are none", with(53, "0x"), false, false},
      {"a dash elsewhere", with(35, "_"), false, false},
      {"a dash in an id", with(10, "-"), false, false},
      {"one digit short", good.substr(0, 54), false, false},
      {"nothing", "", false, false},
      {"bytes beyond ASCII", with(5, "\xC3\xA4"), false, false},
  };
  for (const Case& c : cases) {
    const TraceContext t = parse_traceparent(c.value);
    EXPECT_EQ(t.present(), c.present) << c.what;
    EXPECT_EQ(t.sampled(), c.sampled) << c.what;
    if (!c.present) { EXPECT_EQ(t, TraceContext{}) << c.what; }
  }
}

}  // namespace
}  // namespace lectr
