#include "lectr/config/snapshot.hpp"

#include <gtest/gtest.h>

namespace lectr::config {
namespace {

Digest digest_of(std::uint8_t first, std::uint8_t last) {
  Digest d{};
  d.front() = first;
  d.back() = last;
  return d;
}

TEST(Digest, IsEqualOnlyAsAWhole) {
  const DigestEqual equal;
  EXPECT_TRUE(equal(digest_of(1, 2), digest_of(1, 2)));
  for (std::size_t i = 0; i < Digest{}.size(); ++i) {
    Digest other{};
    other[i] = 0x80;
    EXPECT_FALSE(equal(Digest{}, other)) << i;
  }
}

TEST(Digest, FindsTheKeyThatSharesAHashWithAnother) {
  std::unordered_map<Digest, OrgKey, DigestHash, DigestEqual> keys;
  keys[digest_of(7, 1)] = {1, 10};
  keys[digest_of(7, 2)] = {2, 20};  // the same first eight bytes
  EXPECT_EQ(DigestHash{}(digest_of(7, 1)), DigestHash{}(digest_of(7, 2)));
  EXPECT_EQ(keys.at(digest_of(7, 2)).org, 20);
  EXPECT_EQ(keys.find(digest_of(7, 3)), keys.end());
}

}  // namespace
}  // namespace lectr::config
