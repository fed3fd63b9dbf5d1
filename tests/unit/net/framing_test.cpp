#include "lectr/net/framing.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lectr::net {
namespace {

struct ChunkCase {
  const char* name;
  std::string bytes;
  ChunkScan::State want;
  std::string payload;
  std::size_t used;
};
class Chunks : public testing::TestWithParam<ChunkCase> {};

void feed_and_check(const ChunkCase& c, std::size_t first, std::size_t step) {
  ChunkScan scan;
  std::vector<std::string_view> pieces;
  std::string payload;
  std::size_t used = 0;
  std::string_view rest{c.bytes};
  for (std::size_t n = first; !rest.empty() && scan.state() == ChunkScan::State::more; n = step) {
    pieces.clear();
    const std::string_view part = rest.substr(0, n);
    const std::size_t taken = scan.feed(part, &pieces);
    for (const auto& p : pieces) payload += p;
    used += taken;
    rest.remove_prefix(part.size());
    if (taken < part.size()) break;
  }
  EXPECT_EQ(scan.state(), c.want) << c.name << " first " << first;
  if (c.want == ChunkScan::State::bad) return;
  EXPECT_EQ(payload, c.payload) << c.name;
  EXPECT_EQ(used, c.used) << c.name;
}

TEST_P(Chunks, SameAtEverySplit) {
  const ChunkCase& c = GetParam();
  for (std::size_t first = 1; first <= c.bytes.size(); ++first) feed_and_check(c, first, c.bytes.size());
  feed_and_check(c, 1, 1);
}

using S = ChunkScan::State;
INSTANTIATE_TEST_SUITE_P(
    Table, Chunks,
    testing::Values(ChunkCase{"one", "3\r\nabc\r\n0\r\n\r\n", S::done, "abc", 13}, ChunkCase{"behind", "0\r\n\r\nGET", S::done, "", 5},
                    ChunkCase{"upper_hex", "A\r\n0123456789\r\n0\r\n\r\n", S::done, "0123456789", 20},
                    ChunkCase{"extension", "1;a=\"b\"\r\nx\r\n0;c\r\n\r\n", S::done, "x", 19},
                    ChunkCase{"trailer", "0\r\nX-Checksum: 1\r\n\r\n", S::done, "", 20}, ChunkCase{"half", "5\r\nab", S::more, "ab", 5},
                    ChunkCase{"leading_zeros", "003\r\nabc\r\n0\r\n\r\n", S::done, "abc", 15},
                    ChunkCase{"overflow", "fffffffffffffffff\r\n", S::bad, "", 0}, ChunkCase{"sign", "+1\r\nx\r\n", S::bad, "", 0},
                    ChunkCase{"hex_prefix", "0x1\r\nx\r\n", S::bad, "", 0}, ChunkCase{"space_before", " 1\r\nx\r\n", S::bad, "", 0},
                    ChunkCase{"space_after", "1 \r\nx\r\n", S::bad, "", 0}, ChunkCase{"empty_size", "\r\nx\r\n", S::bad, "", 0},
                    ChunkCase{"bare_lf", "1\nx\n0\n\n", S::bad, "", 0}, ChunkCase{"no_crlf_after_data", "1\r\nxy", S::bad, "", 0},
                    ChunkCase{"lf_in_extension", "1;a\nb\r\nx\r\n", S::bad, "", 0},
                    ChunkCase{"long_extension", "1;" + std::string(2000, 'a') + "\r\nx\r\n", S::bad, "", 0},
                    ChunkCase{"framing_trailer", "0\r\nContent-Length: 5\r\n\r\n", S::bad, "", 0},
                    ChunkCase{"coding_trailer", "0\r\ntransfer-encoding: chunked\r\n\r\n", S::bad, "", 0},
                    ChunkCase{"trailer_space_before_colon", "0\r\nA : b\r\n\r\n", S::bad, "", 0},
                    ChunkCase{"trailer_no_name", "0\r\n: b\r\n\r\n", S::bad, "", 0},
                    ChunkCase{"trailer_flood", "0\r\nA: " + std::string(20'000, 'b') + "\r\n\r\n", S::bad, "", 0},
                    ChunkCase{"folded_trailer", "0\r\nA: b\r\n c\r\n\r\n", S::bad, "", 0}),
    [](const auto& c) { return std::string{c.param.name}; });

TEST(BodyScan, ByLengthTakesNoMoreThanAnnounced) {
  BodyScan scan;
  scan.start(Framing::length, 5);
  EXPECT_EQ(scan.feed("abc", nullptr), 3u);
  EXPECT_EQ(scan.left(), 2u);
  EXPECT_FALSE(scan.whole_at_eof());
  EXPECT_EQ(scan.feed("defg", nullptr), 2u);
  EXPECT_EQ(scan.state(), BodyScan::State::done);
  EXPECT_EQ(scan.feed("h", nullptr), 0u);
}

TEST(BodyScan, UntilCloseIsWholeAtTheEnd) {
  BodyScan scan;
  scan.start(Framing::until_close, 0);
  EXPECT_EQ(scan.feed("abc", nullptr), 3u);
  EXPECT_EQ(scan.state(), BodyScan::State::more);
  EXPECT_TRUE(scan.whole_at_eof());
}

}  // namespace
}  // namespace lectr::net
