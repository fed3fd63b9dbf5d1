// Byte searches of the scanners: 16 bytes a step with SSE2, one by one elsewhere. Pure; never reads outside [p, end).
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

// LECTR_PORTABLE forces the byte-wise way, so that it can be tested where SSE2 is always there.
#if defined(__SSE2__) && !defined(LECTR_PORTABLE)
#define LECTR_SSE2
#include <emmintrin.h>
#endif

#if defined(__GNUC__)
#define LECTR_INLINE [[gnu::always_inline]] inline
#else
#define LECTR_INLINE inline
#endif

namespace lectr::wire {

// Bytes of UTF-8 text by the length of the sequence that they belong to (index: length - 1).
using TextCount = std::array<std::int64_t, 4>;

#if defined(LECTR_SSE2)
// First byte that `hits` (16 bytes in, a mask of bytes out) marks, 32 bytes a step; null: it is none of the whole sixteens, behind which p is.
template <class Hits>
inline const char* find_far(const char*& p, const char* end, Hits hits) noexcept {
  const auto at = [&](const char* from) { return hits(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))); };
  for (; end - p >= 32; p += 32)
    if (_mm_movemask_epi8(_mm_or_si128(at(p), at(p + 16))) != 0) break;
  for (; end - p >= 16; p += 16)
    if (const int mask = _mm_movemask_epi8(at(p))) return p + std::countr_zero(static_cast<unsigned>(mask));
  return nullptr;
}

// Marks quotes, backslashes and control characters. Turning one bit makes a quote of a space and leaves control characters what they are: one
// comparison finds both.
LECTR_INLINE __m128i string_special(__m128i v) noexcept {
  const __m128i turned = _mm_xor_si128(v, _mm_set1_epi8('"' ^ ' '));
  return _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(turned, _mm_set1_epi8(' ')), turned), _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
}

// The same and bytes beyond ASCII, which are below zero.
LECTR_INLINE __m128i text_special(__m128i v) noexcept {
  const __m128i turned = _mm_xor_si128(v, _mm_set1_epi8('"' ^ ' '));
  return _mm_or_si128(_mm_cmplt_epi8(turned, _mm_set1_epi8(' ' + 1)), _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
}
#endif

inline const char* find_string_special_far(const char* p, const char* end) noexcept {
#if defined(LECTR_SSE2)
  if (const char* const found = find_far(p, end, [](__m128i v) { return string_special(v); })) return found;
#endif
  for (; p != end; ++p)
    if (*p == '"' || *p == '\\' || static_cast<unsigned char>(*p) < 0x20) return p;
  return end;
}

// First quote, backslash or control character, else end. Most strings end within the first step, which is therefore taken in place.
LECTR_INLINE const char* find_string_special(const char* p, const char* end) noexcept {
#if defined(LECTR_SSE2)
  if (end - p >= 16) {
    if (const int mask = _mm_movemask_epi8(string_special(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))))
      return p + std::countr_zero(static_cast<unsigned>(mask));
    p += 16;
  }
#endif
  return find_string_special_far(p, end);
}

// The same or first byte beyond ASCII, else end.
inline const char* find_text_special(const char* p, const char* end) noexcept {
#if defined(LECTR_SSE2)
  if (const char* const found = find_far(p, end, [](__m128i v) { return text_special(v); })) return found;
#endif
  for (; p != end; ++p)
    if (*p == '"' || *p == '\\' || static_cast<signed char>(*p) < 0x20) return p;
  return end;
}

// First of two bytes, else end.
inline const char* find_either(const char* p, const char* end, char a, char b) noexcept {
#if defined(LECTR_SSE2)
  const __m128i va = _mm_set1_epi8(a), vb = _mm_set1_epi8(b);
  for (; end - p >= 16; p += 16) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    if (const int mask = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(v, va), _mm_cmpeq_epi8(v, vb))))
      return p + std::countr_zero(static_cast<unsigned>(mask));
  }
#endif
  for (; p != end; ++p)
    if (*p == a || *p == b) return p;
  return end;
}

// Adds the text in [p, end) to `count`. Lead bytes alone decide, so a sequence cut by a chunk border is counted whole with its first byte.
inline void count_text(const char* p, const char* end, TextCount& count) noexcept {
  std::int64_t ascii = 0, two_up = 0, three_up = 0, four = 0;  // leads of at least that length
#if defined(LECTR_SSE2)
  if (end - p >= 16) {
    const __m128i zero = _mm_setzero_si128(), one = _mm_set1_epi8(1);
    __m128i sums[4] = {zero, zero, zero, zero};
    const auto add = [&](int i, __m128i mask) { sums[i] = _mm_add_epi64(sums[i], _mm_sad_epu8(_mm_and_si128(mask, one), zero)); };
    for (; end - p >= 16; p += 16) {
      const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
      if (_mm_movemask_epi8(v) == 0) {
        ascii += 16;
        continue;
      }
      const __m128i high = _mm_cmplt_epi8(v, zero);
      add(0, _mm_andnot_si128(high, _mm_set1_epi8(-1)));
      add(1, _mm_and_si128(high, _mm_cmpgt_epi8(v, _mm_set1_epi8(-65))));
      add(2, _mm_and_si128(high, _mm_cmpgt_epi8(v, _mm_set1_epi8(-33))));
      add(3, _mm_and_si128(high, _mm_cmpgt_epi8(v, _mm_set1_epi8(-17))));
    }
    const auto total = [&](int i) { return _mm_cvtsi128_si64(sums[i]) + _mm_cvtsi128_si64(_mm_srli_si128(sums[i], 8)); };
    ascii += total(0), two_up = total(1), three_up = total(2), four = total(3);
  }
#endif
  for (; p != end; ++p) {
    const auto c = static_cast<unsigned char>(*p);
    ascii += c < 0x80, two_up += c >= 0xC0, three_up += c >= 0xE0, four += c >= 0xF0;
  }
  count[0] += ascii;
  count[1] += 2 * (two_up - three_up);
  count[2] += 3 * (three_up - four);
  count[3] += 4 * four;
}

// As find_string_special, and adds what lies before to `count`: ASCII, which most text is, in the same pass.
inline const char* take_text(const char* p, const char* end, TextCount& count) noexcept {
  const char* const ascii_end = find_text_special(p, end);
  count[0] += ascii_end - p;
  if (ascii_end == end || static_cast<signed char>(*ascii_end) >= 0) return ascii_end;
  const char* const q = find_string_special(ascii_end, end);
  count_text(ascii_end, q, count);
  return q;
}

// Takes a UTF-8 byte order mark off the start of a body that comes in pieces.
class BomSkip {
 public:
  std::string_view skip(std::string_view bytes) noexcept {
    static constexpr std::string_view kBom = "\xEF\xBB\xBF";
    while (!decided_ && !bytes.empty()) {
      if (bytes.front() != kBom[seen_]) {
        decided_ = true;
        break;
      }
      decided_ = ++seen_ == kBom.size();
      bytes.remove_prefix(1);
    }
    return bytes;
  }
  bool whole() const noexcept { return seen_ == 3; }
  bool broken() const noexcept { return seen_ == 1 || seen_ == 2; }  // asked when other bytes followed, or the body ended
  bool decided() const noexcept { return decided_; }

 private:
  std::uint8_t seen_ = 0;
  bool decided_ = false;
};

}  // namespace lectr::wire

#undef LECTR_INLINE
#undef LECTR_SSE2
