#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "lectr/base/hash.hpp"
#include "lectr/config/snapshot.hpp"

namespace lectr::proxy {

// Providers that refused to be asked for a stream's usage, by name and address; the newest few.
class RefusedUsage {
 public:
  void add(const config::Provider& provider) noexcept { keys_[next_++ % keys_.size()] = key_of(provider); }
  bool has(const config::Provider& provider) const noexcept {
    return next_ != 0 && std::find(keys_.begin(), keys_.end(), key_of(provider)) != keys_.end();
  }

 private:
  static std::uint64_t key_of(const config::Provider& p) noexcept {
    return (hash_text(p.name) * 31 + hash_text(p.base.authority)) * 31 + hash_text(p.base.path);
  }
  std::array<std::uint64_t, 64> keys_{};
  std::size_t next_ = 0;
};

}  // namespace lectr::proxy
