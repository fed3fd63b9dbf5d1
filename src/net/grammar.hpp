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

// Characters of a Host field (RFC 3986 §3.2.2, loosely): no controls, spaces, delimiters or bytes beyond ASCII.
inline constexpr std::array<bool, 256> kHostChars = [] {
  std::array<bool, 256> is{};
  for (int c = 0x21; c < 0x7F; ++c)
    is[static_cast<std::size_t>(c)] = std::string_view{"/\\?#@<>\"{}|^`,"}.find(static_cast<char>(c)) == std::string_view::npos;
  return is;
}();
constexpr bool is_host_char(char c) noexcept { return kHostChars[static_cast<unsigned char>(c)]; }

#if defined(__SSE2__)
// First byte that `hits` (16 bytes in, a mask of bytes out) marks; null: it is none of the whole sixteens, behind which p is.
template <class Hits>
inline const char* find_16(const char*& p, const char* end, Hits hits) noexcept {
  for (; end - p >= 16; p += 16)
    if (const int mask = _mm_movemask_epi8(hits(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))))
      return p + std::countr_zero(static_cast<unsigned>(mask));
  return nullptr;
}
#endif

// First control character (tab and DEL too), else end.
inline const char* find_control(const char* p, const char* end) noexcept {
#if defined(__SSE2__)
  const __m128i last = _mm_set1_epi8(0x1F), del = _mm_set1_epi8(0x7F);
  const char* const found =
      find_16(p, end, [&](__m128i v) { return _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(v, last), v), _mm_cmpeq_epi8(v, del)); });
  if (found != nullptr) return found;
#endif
  for (; p != end; ++p)
    if (static_cast<unsigned char>(*p) < 0x20 || *p == 0x7F) return p;
  return end;
}

// First character that a request target can't have, else end.
inline const char* find_no_target(const char* p, const char* end) noexcept {
#if defined(__SSE2__)
  const __m128i first = _mm_set1_epi8(0x21), del = _mm_set1_epi8(0x7F), fragment = _mm_set1_epi8('#');
  const char* const found = find_16(p, end, [&](__m128i v) {  // signed: what is beyond ASCII is below zero
    return _mm_or_si128(_mm_cmplt_epi8(v, first), _mm_or_si128(_mm_cmpeq_epi8(v, del), _mm_cmpeq_epi8(v, fragment)));
  });
  if (found != nullptr) return found;
#endif
  for (; p != end; ++p)
    if (static_cast<signed char>(*p) < 0x21 || *p == 0x7F || *p == '#') return p;
  return end;
}

// Past the letters, digits and hyphens at the front, of which nearly all names consist, as far as it goes 16 bytes a step.
inline const char* find_no_name(const char* p, [[maybe_unused]] const char* end) noexcept {
#if defined(__SSE2__)
  const __m128i a = _mm_set1_epi8('a'), letters = _mm_set1_epi8(25), zero = _mm_set1_epi8('0'), digits = _mm_set1_epi8(9);
  const __m128i lower = _mm_set1_epi8(0x20), hyphen = _mm_set1_epi8('-');
  const char* const found = find_16(p, end, [&](__m128i v) {
    const __m128i letter = _mm_sub_epi8(_mm_or_si128(v, lower), a), digit = _mm_sub_epi8(v, zero);
    const __m128i name = _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(letter, letters), letter), _mm_cmpeq_epi8(_mm_min_epu8(digit, digits), digit));
    return _mm_cmpeq_epi8(_mm_or_si128(name, _mm_cmpeq_epi8(v, hyphen)), _mm_setzero_si128());
  });
  if (found != nullptr) return found;
#endif
  return p;
}

}  // namespace lectr::net
