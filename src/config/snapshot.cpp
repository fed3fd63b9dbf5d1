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
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

}  // namespace lectr::config
