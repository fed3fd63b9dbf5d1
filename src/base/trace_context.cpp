#include "lectr/base/trace_context.hpp"

#include <span>

namespace lectr {
namespace {

constexpr std::size_t kSize = 55;  // 00-<32>-<16>-<2>

constexpr int digit(char c) noexcept { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

// False: something else than lower-case hexadecimal digits.
bool read_hex(const char* at, std::span<std::uint8_t> out) noexcept {
  int bad = 0;
  for (std::uint8_t& byte : out) {
    const int high = digit(*at++), low = digit(*at++);
    bad |= high | low;  // negative once one is
    byte = static_cast<std::uint8_t>(high << 4 | low);
  }
  return bad >= 0;
}

}  // namespace

TraceContext parse_traceparent(std::string_view value) noexcept {
  if (value.size() < kSize || value[2] != '-' || value[35] != '-' || value[52] != '-') return {};
  TraceContext out;
  std::uint8_t version = 0;
  const char* const at = value.data();
  if (!read_hex(at, {&version, 1}) || !read_hex(at + 3, out.trace_id) || !read_hex(at + 36, out.parent_id) || !read_hex(at + 53, {&out.flags, 1}))
    return {};
  const bool longer = value.size() > kSize;
  if (version == 0xFF || (version == 0 && longer) || (longer && value[kSize] != '-')) return {};
  if (!out.present() || out.parent_id == std::array<std::uint8_t, 8>{}) return {};
  return out;
}

}  // namespace lectr
