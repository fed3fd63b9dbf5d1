// `*` stands for any characters, also none; everything else for itself. Linear: only the last star is ever gone back to.
#pragma once

#include <cstddef>
#include <string_view>

namespace lectr {

constexpr bool glob_matches(std::string_view glob, std::string_view text) noexcept {
  // Most globs are dismissed by their last character.
  if (!glob.empty() && glob.back() != '*' && (text.empty() || text.back() != glob.back())) return false;
  std::size_t g = 0, t = 0, star = glob.npos, mark = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      mark = t;
      if (g == glob.size()) return true;
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g;
      ++t;
    } else if (star != glob.npos) {
      g = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

}  // namespace lectr
