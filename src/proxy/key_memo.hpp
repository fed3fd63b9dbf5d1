// A connection's last org key and its digest: clients send the same key with every request, and hashing it costs more than all else of the check.
// In memory only, wiped with the connection or by the next key.
#pragma once

#include <openssl/crypto.h>
#include <string.h>  // explicit_bzero

#include <array>
#include <cstring>
#include <string_view>

#include "lectr/config/snapshot.hpp"

namespace lectr::proxy {

class KeyMemo {
 public:
  static constexpr std::size_t kLongest = 96;  // longer keys are hashed each time

  KeyMemo() = default;
  KeyMemo(const KeyMemo&) = delete;
  KeyMemo& operator=(const KeyMemo&) = delete;
  ~KeyMemo() { ::explicit_bzero(key_.data(), key_.size()); }

  // `hash` is asked only for another key than the last one; keys are compared in constant time.
  template <class Hash>
  config::Digest digest(std::string_view key, Hash hash) noexcept {
    if (size_ != 0 && key.size() == size_ && CRYPTO_memcmp(key.data(), key_.data(), size_) == 0) return digest_;
    const config::Digest made = hash(key);
    ::explicit_bzero(key_.data(), size_);
    size_ = key.size() <= kLongest ? key.size() : 0;
    std::memcpy(key_.data(), key.data(), size_);
    digest_ = made;
    return made;
  }

 private:
  std::size_t size_ = 0;  // 0: none
  std::array<char, kLongest> key_;
  config::Digest digest_;
};

}  // namespace lectr::proxy
