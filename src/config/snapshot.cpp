#include "lectr/config/snapshot.hpp"

#include <cstring>

namespace lectr::config {

// Eight bytes of a SHA-256 are as good as any hash of it.
std::size_t DigestHash::operator()(const Digest& d) const noexcept {
  std::size_t h;
  std::memcpy(&h, d.data(), sizeof h);
  return h;
}

// Looks at every byte whatever differs, so that the time tells nothing about a digest in the table. The volatile accumulator keeps the
// compiler from leaving early.
bool DigestEqual::operator()(const Digest& a, const Digest& b) const noexcept {
  // Words instead of bytes, and one look at the end: no branch depends on where the digests differ.
  std::uint64_t left[4], right[4];
  std::memcpy(left, a.data(), sizeof left);
  std::memcpy(right, b.data(), sizeof right);
  const volatile std::uint64_t difference = (left[0] ^ right[0]) | (left[1] ^ right[1]) | (left[2] ^ right[2]) | (left[3] ^ right[3]);
  return difference == 0;
}

}  // namespace lectr::config
