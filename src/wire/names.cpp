#include "wire/names.hpp"

#include "lectr/base/text.hpp"

namespace lectr::wire {
namespace {

// Length of the well-formed sequence (Unicode, table 3-7) at the start of text; 0: there is none.
std::size_t sequence_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && second < 0xA0, surrogate = first == 0xED && second > 0x9F;
    return !overlong && !surrogate && tail(1) && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && second < 0x90, too_large = first == 0xF4 && second > 0x8F;
    return !overlong && !too_large && tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string_view plain_name(std::span<char> text, std::size_t longest) noexcept {
  const std::string_view cut = cut_utf8({text.data(), text.size()}, longest);
  for (std::size_t i = 0; i < cut.size();) {
    if (cut[i] >= 0x20 && cut[i] < 0x7F) {
      ++i;
      continue;
    }
    const std::size_t length = sequence_length(cut.substr(i));
    const bool control = length == 1 && (static_cast<unsigned char>(cut[i]) < 0x20 || cut[i] == 0x7F);
    if (length == 0 || control) text[i] = '?';
    i += length == 0 ? 1 : length;
  }
  return cut;
}

}  // namespace lectr::wire
