// Character classes of HTTP heads (RFC 9110 §5.6.2) and searches over them. Pure; never reads outside what it is given.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace lectr::net {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

inline constexpr std::array<bool, 256> kTokenChars = [] {
  std::array<bool, 256> is{};
  for (const char c : std::string_view{"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"})
    is[static_cast<unsigned char>(c)] = true;
  return is;
}();
constexpr bool is_token_char(char c) noexcept { return kTokenChars[static_cast<unsigned char>(c)]; }

// How many bytes at the front of `text` are a token.
constexpr std::size_t token_size(std::string_view text) noexcept {
  std::size_t n = 0;
  while (n < text.size() && is_token_char(text[n])) ++n;
  return n;
}

// First control character (tab and DEL too), else end. 16 bytes a step where SSE2 is there.
inline const char* find_control(const char* p, const char* end) noexcept {
#if defined(__SSE2__)
  const __m128i last = _mm_set1_epi8(0x1F), del = _mm_set1_epi8(0x7F);
  for (; end - p >= 16; p += 16) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(v, last), v), _mm_cmpeq_epi8(v, del));
    if (const int mask = _mm_movemask_epi8(hit)) return p + std::countr_zero(static_cast<unsigned>(mask));
  }
#endif
  for (; p != end; ++p)
    if (static_cast<unsigned char>(*p) < 0x20 || *p == 0x7F) return p;
  return end;
}

}  // namespace lectr::net
