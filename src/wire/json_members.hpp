// Walks the members of one JSON object that is in memory, by place: for edits that leave all other bytes where they are. No allocation, no recursion; what
// is no JSON ends the walk, but not all that is none is noticed.
#pragma once

#include <cstddef>
#include <string_view>

#include "wire/bytes.hpp"

namespace lectr::wire {

struct JsonMember {
  std::string_view key;            // as it is written, between its quotes
  std::size_t begin = 0;           // of the key's quote
  std::size_t value = 0, end = 0;  // the value's bytes
};

class JsonMembers {
 public:
  // The object begins at `at`, white space before it allowed.
  explicit JsonMembers(std::string_view text, std::size_t at = 0) noexcept : text_{text}, at_{at} { ok_ = eat('{'); }

  bool next(JsonMember& m) noexcept {
    if (!ok_) return false;
    if (eat('}')) return ended_ = true, ok_ = false;
    if (!first_ && !eat(',')) return ok_ = false;
    first_ = false;
    skip_space();
    m.begin = at_;
    if (!skip_string()) return ok_ = false;
    m.key = text_.substr(m.begin + 1, at_ - m.begin - 2);
    if (!eat(':')) return ok_ = false;
    skip_space();
    m.value = at_;
    ok_ = skip_value();
    m.end = at_;
    return ok_;
  }
  bool ended() const noexcept { return ended_; }  // with its bracket

 private:
  void skip_space() noexcept {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) ++at_;
  }
  bool eat(char c) noexcept {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool skip_string() noexcept {
    if (at_ >= text_.size() || text_[at_] != '"') return false;
    for (++at_; at_ < text_.size(); ++at_) {
      at_ = static_cast<std::size_t>(find_string_special(text_.data() + at_, text_.data() + text_.size()) - text_.data());
      if (at_ >= text_.size()) return false;
      if (text_[at_] == '"') return ++at_, true;
      if (text_[at_] == '\\') ++at_;
    }
    return false;
  }
  bool skip_value() noexcept {
    std::size_t depth = 0;
    const std::size_t from = at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        if (!skip_string()) return false;
        if (depth == 0) return true;
        continue;
      }
      if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        if (depth == 0) return at_ > from;
        if (--depth == 0) return ++at_, true;
      } else if (depth == 0 && (c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t')) {
        return at_ > from;
      }
      ++at_;
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool ok_ = false, first_ = true, ended_ = false;
};

}  // namespace lectr::wire
