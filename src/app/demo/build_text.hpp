// Cheap assembly of answers: appends texts and integers to one string.
#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace lectr::demo {

inline void append_part(std::string& out, std::string_view part) { out.append(part); }
template <std::integral T>
void append_part(std::string& out, T number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

template <class... Parts>
void cat(std::string& out, const Parts&... parts) {
  (append_part(out, parts), ...);
}
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::string out;
  cat(out, parts...);
  return out;
}

// A JSON string with its quotes; peers' bytes (model names, file names) come back safely.
std::string quoted(std::string_view text);
// 24 characters that look random and come from the request's number.
std::string id_text(std::uint64_t number);

}  // namespace lectr::demo
