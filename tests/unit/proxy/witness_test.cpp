#include "proxy/witness.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lectr::proxy {
namespace {

using namespace std::string_view_literals;

// What came in one piece left in these.
bool same(std::initializer_list<std::string_view> pieces) {
  BodyWitness w;
  w.came("hello world");
  for (const std::string_view piece : pieces) w.left(piece);
  return w.same();
}

TEST(BodyWitness, KnowsTheSameBytesHoweverTheyAreCut) {
  EXPECT_TRUE(same({"hello world"}));
  EXPECT_TRUE(same({"", "hello", " ", "world"}));
  EXPECT_FALSE(same({"hello", "world"})) << "a byte is lost";
  EXPECT_FALSE(same({"hello ", "hello ", "world"})) << "a piece went twice";
  EXPECT_FALSE(same({" world", "hello"})) << "pieces changed places";
  EXPECT_FALSE(same({"hello World"}));
  EXPECT_FALSE(same({}));
  EXPECT_TRUE(BodyWitness{}.same());
}

TEST(BodyWitness, StartsAnewForAnotherAttempt) {
  BodyWitness w;
  w.came("abc");
  w.left("a");
  w.restart();
  w.came("abc");
  w.left("abc");
  EXPECT_TRUE(w.same());
}

// A head of 4 bytes and the body in one write or in several, cut at every byte.
TEST(Witness, LeavesTheHeadOut) {
  const std::string_view body = "abcdef";
  for (std::size_t first = 0; first <= 10; ++first) {
    Witness w;
    w.watches_up = true;
    w.up.came(body);
    w.left_up(body, 4, 0, first);
    EXPECT_EQ(w.up.same(), first == 10) << first;
    w.left_up(body, 4, first, 10 - first);
    EXPECT_TRUE(w.up.same()) << first;
  }
}

TEST(Witness, LeavesTheRestOfAHeadOutThatWaits) {
  const std::string_view waiting = "eadBODY";
  for (std::size_t cut = 0; cut <= waiting.size(); ++cut) {
    Witness w;
    w.watches_down = true;
    w.head_left = 3;
    w.down.came("BODY");
    w.left_waiting(waiting.substr(0, cut));
    w.left_waiting(waiting.substr(cut));
    EXPECT_TRUE(w.down.same()) << cut;
    EXPECT_EQ(w.head_left, 0U);
  }
}

}  // namespace
}  // namespace lectr::proxy
