#include <gtest/gtest.h>

#include <set>

#include "lectr/api/server.hpp"

namespace lectr::api {
namespace {

TEST(Passwords, OnlyTheRightOneMatches) {
  const auto hash = hash_password("correct horse");
  EXPECT_TRUE(hash.starts_with("$argon2id$")) << hash;
  EXPECT_TRUE(verify_password(hash, "correct horse"));
  EXPECT_FALSE(verify_password(hash, "correct horsf"));
  EXPECT_FALSE(verify_password(hash, ""));
}

TEST(Passwords, SameWordHashesDifferently) { EXPECT_NE(hash_password("a"), hash_password("a")); }

TEST(Passwords, GarbledHashMatchesNothing) {
  EXPECT_FALSE(verify_password("", ""));
  EXPECT_FALSE(verify_password("$argon2id$v=19$m=1,t=1,p=1$x", "a"));
}

TEST(Secrets, HavePrefixLengthAndAlphabet) {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const auto secret = new_secret("lc_key_");
    EXPECT_EQ(secret.size(), 7u + 43u);
    EXPECT_TRUE(secret.starts_with("lc_key_"));
    EXPECT_EQ(secret.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 7), std::string::npos);
    EXPECT_TRUE(seen.insert(secret).second);
  }
}

TEST(Secrets, DigestIsSha256) {
  const auto digest = digest_of("abc");  // FIPS 180-2, example B.1
  EXPECT_EQ(digest[0], 0xba);
  EXPECT_EQ(digest[1], 0x78);
  EXPECT_EQ(digest[31], 0xad);
}

}  // namespace
}  // namespace lectr::api
