#include "proxy/key_memo.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace lectr::proxy {
namespace {

struct Hasher {
  int asked = 0;
  config::Digest operator()(std::string_view key) noexcept {
    ++asked;
    config::Digest digest{};
    for (const char c : key) digest[static_cast<unsigned char>(c) % digest.size()] += static_cast<std::uint8_t>(c);
    return digest;
  }
};

TEST(KeyMemo, HashesAKeyOnce) {
  KeyMemo memo;
  Hasher hash;
  const auto first = memo.digest("lc_key_one", std::ref(hash));
  EXPECT_EQ(memo.digest("lc_key_one", std::ref(hash)), first);
  EXPECT_EQ(hash.asked, 1);
}

TEST(KeyMemo, TellsKeysApart) {
  KeyMemo memo;
  Hasher hash, fresh;
  for (const std::string key : {"lc_key_one", "lc_key_two", "lc_key_on", "lc_key_one2", "lc_key_one", ""})
    EXPECT_EQ(memo.digest(key, std::ref(hash)), fresh(key)) << key;
  EXPECT_EQ(hash.asked, 6);
}

TEST(KeyMemo, HashesLongKeysEachTime) {
  KeyMemo memo;
  Hasher hash;
  const std::string longest(KeyMemo::kLongest, 'k'), longer(KeyMemo::kLongest + 1, 'k');
  memo.digest(longest, std::ref(hash));
  memo.digest(longest, std::ref(hash));
  EXPECT_EQ(hash.asked, 1);
  memo.digest(longer, std::ref(hash));
  memo.digest(longer, std::ref(hash));
  EXPECT_EQ(hash.asked, 3);
}

TEST(KeyMemo, LeavesNothingBehind) {
  alignas(KeyMemo) unsigned char place[sizeof(KeyMemo)] = {};
  auto* memo = new (place) KeyMemo;
  Hasher hash;
  memo->digest("lc_key_secret", std::ref(hash));
  memo->digest("lc_key_2", std::ref(hash));
  EXPECT_EQ((std::string_view{reinterpret_cast<char*>(place), sizeof place}.find("secret")), std::string_view::npos);
  memo->~KeyMemo();
  EXPECT_EQ((std::string_view{reinterpret_cast<char*>(place), sizeof place}.find("lc_key")), std::string_view::npos);
}

}  // namespace
}  // namespace lectr::proxy
