// What estimates of tokens are made from.
#pragma once

#include <array>
#include <cstdint>

namespace lectr::wire {

// Lengths of text that passes, of prompt or answer, decoded, by UTF-8 sequence length; what estimates are made from. No text is kept.
struct Measured {
  std::array<std::int64_t, 4> bytes{};  // bytes in 1-, 2-, 3-, 4-byte sequences
  std::int64_t deltas = 0;
  std::int64_t total() const noexcept { return bytes[0] + bytes[1] + bytes[2] + bytes[3]; }
};

}  // namespace lectr::wire
