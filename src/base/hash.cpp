#include "lectr/base/hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <random>

namespace lectr {
namespace {

std::uint64_t random_seed() {
  std::random_device source;
  return static_cast<std::uint64_t>(source()) << 32 | source();
}

}  // namespace

std::uint64_t hash_text(std::string_view text) noexcept {
  static const std::uint64_t seed = random_seed();  // here, since tables are filled before main(), too
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

}  // namespace lectr
