// Ids. A request id is a UUIDv7 (RFC 9562 §5.7): unique without coordination, and rows keep their order in an index.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lectr {

using OrgId = std::int64_t;
using KeyId = std::int64_t;

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  friend auto operator<=>(const Uuid&, const Uuid&) = default;

  std::string to_text() const;                                       // 36 characters, lower case
  static std::optional<Uuid> parse(std::string_view text) noexcept;  // the same 36 characters, either case
};

// Makes UUIDv7s. One per thread: not thread-safe, never blocks after construction (seeded once from the system).
class UuidSource {
 public:
  UuidSource();
  Uuid next(std::int64_t unix_ms) noexcept;
  std::uint64_t dice() noexcept;  // 64 random bits, not for secrets

 private:
  std::uint64_t state_[4];
};

}  // namespace lectr
