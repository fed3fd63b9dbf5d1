#include "lectr/base/utf8.hpp"

#include <algorithm>

namespace lectr {
namespace {

// Length of the valid UTF-8 sequence at the front (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF); 0: none, or NUL.
std::size_t sequence_length(std::string_view s) noexcept {
  const auto at = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u; };
  const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) { return at(i) >= low && at(i) <= high; };
  const unsigned c = at(0);
  if (c == 0) return 0;
  if (c < 0x80) return 1;
  if (c >= 0xC2 && c <= 0xDF) return follows(1) ? 2 : 0;
  if (c >= 0xE0 && c <= 0xEF) return follows(1, c == 0xE0 ? 0xA0 : 0x80, c == 0xED ? 0x9F : 0xBF) && follows(2) ? 3 : 0;
  if (c >= 0xF0 && c <= 0xF4) return follows(1, c == 0xF0 ? 0x90 : 0x80, c == 0xF4 ? 0x8F : 0xBF) && follows(2) && follows(3) ? 4 : 0;
  return 0;
}

std::size_t valid_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t n = sequence_length(text.substr(at));
    if (n == 0) break;
    at += n;
  }
  return at;
}

}  // namespace

std::string_view well_formed(std::string_view text, std::string& scratch) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) > 0; });
  if (plain || valid_prefix(text) == text.size()) return text;
  scratch.clear();
  while (!text.empty()) {
    const std::size_t good = valid_prefix(text);
    scratch.append(text.substr(0, good));
    text.remove_prefix(good);
    if (text.empty()) break;
    scratch += "\xEF\xBF\xBD";
    text.remove_prefix(1);
  }
  return scratch;
}

}  // namespace lectr
