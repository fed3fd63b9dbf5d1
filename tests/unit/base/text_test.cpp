#include "lectr/base/text.hpp"

#include <gtest/gtest.h>

namespace lectr {
namespace {

TEST(Text, CutsAtUtf8Boundaries) {
  EXPECT_EQ(cut_utf8("abc", 5), "abc");
  EXPECT_EQ(cut_utf8("abc", 2), "ab");
  EXPECT_EQ(cut_utf8("a\xC3\xA4"
                     "b",
                     2),
            "a");
  EXPECT_EQ(cut_utf8("\xF0\x9F\x98\x80", 3), "");
}

TEST(Text, ComparesAndTrimsAsHttpDoes) {
  EXPECT_TRUE(iequals("Content-LENGTH", "content-length"));
  EXPECT_FALSE(iequals("a", "ab"));
  EXPECT_TRUE(istarts_with("X-Lectr-Key", "x-lectr-"));
  EXPECT_EQ(trim(" \ta b\t "), "a b");
  EXPECT_EQ(trim(" \t"), "");
}

}  // namespace
}  // namespace lectr
