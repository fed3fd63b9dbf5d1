// Incremental scanner of text/event-stream (WHATWG HTML §9.2): any split, lines ended by \n, \r\n or \r, a BOM at the start, comments,
// lines of any length. No line is buffered: data passes in pieces.
//
// Handler (all noexcept; views are valid only during the call):
//   void on_data(std::string_view piece)       part of the event's data; further data lines are joined by a piece "\n"
//   void on_event(std::string_view name)       an event with data ended (blank line, or the end of the body); name is empty or cut at kMaxName
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "wire/bytes.hpp"

namespace lectr::wire {

class SseScan {
 public:
  static constexpr std::size_t kMaxName = 40;

  void reset() noexcept { *this = SseScan{}; }
  template <class Handler>
  void feed(std::string_view in, Handler& handler) noexcept;
  // No byte follows. An event without its blank line is told too: some providers close right after the last line.
  template <class Handler>
  void finish(Handler& handler) noexcept;

 private:
  enum class State : std::uint8_t { bom, line, field, space, value };
  enum class Field : std::uint8_t { other, data, event };
  static constexpr std::size_t kMaxField = 8;

  template <class Handler>
  const char* step(const char* p, const char* end, Handler& handler) noexcept;
  template <class Handler>
  const char* begin_line(const char* p, const char* end, Handler& handler) noexcept;
  template <class Handler>
  const char* run_field(const char* p, const char* end, Handler& handler) noexcept;
  template <class Handler>
  const char* run_value(const char* p, const char* end, Handler& handler) noexcept;
  template <class Handler>
  void begin_value(Handler& handler) noexcept;
  template <class Handler>
  void end_event(Handler& handler) noexcept;
  void end_line(char c) noexcept { state_ = State::line, after_cr_ = c == '\r'; }
  std::string_view name() const noexcept { return {name_, name_length_}; }

  State state_ = State::bom;
  Field field_ = Field::other;
  bool after_cr_ = false;  // a \n that comes now belongs to the \r before
  bool has_data_ = false;
  std::uint8_t length_ = 0;  // of the field's name so far, or of the BOM
  std::uint8_t name_length_ = 0;
  char text_[kMaxField] = {};  // the field's name so far
  char name_[kMaxName] = {};
};

template <class Handler>
void SseScan::feed(std::string_view in, Handler& handler) noexcept {
  const char* p = in.data();
  const char* const end = p + in.size();
  while (p != end) p = step(p, end, handler);
}

template <class Handler>
void SseScan::finish(Handler& handler) noexcept {
  if (state_ == State::field) {
    field_ = std::string_view{text_, length_} == "data" ? Field::data : Field::other;
    begin_value(handler);
  }
  end_event(handler);
  reset();
}

template <class Handler>
inline const char* SseScan::step(const char* p, const char* end, Handler& handler) noexcept {
  static constexpr char kBom[] = "\xEF\xBB\xBF";
  switch (state_) {
    case State::bom:
      if (*p == kBom[length_]) {
        if (++length_ == 3) state_ = State::line;
        return p + 1;
      }
      // A broken mark is the start of a field nobody knows.
      state_ = length_ == 0 ? State::line : State::field;
      return p;
    case State::line: return begin_line(p, end, handler);
    case State::field: return run_field(p, end, handler);
    case State::space: state_ = State::value; return *p == ' ' ? p + 1 : p;
    case State::value: return run_value(p, end, handler);
  }
  return end;
}

template <class Handler>
inline const char* SseScan::begin_line(const char* p, const char* end, Handler& handler) noexcept {
  if (after_cr_) {
    after_cr_ = false;
    if (*p == '\n') return p + 1;
  }
  if (*p == '\n' || *p == '\r') {
    end_event(handler);
    end_line(*p);
    return p + 1;
  }
  if (end - p >= 6 && std::memcmp(p, "data:", 5) == 0) {
    field_ = Field::data;
    begin_value(handler);
    p += p[5] == ' ' ? 6 : 5;
    state_ = State::value;
    return p == end ? p : run_value(p, end, handler);
  }
  state_ = State::field;
  length_ = 0;
  return p;
}

template <class Handler>
const char* SseScan::run_field(const char* p, const char* end, Handler& handler) noexcept {
  for (; p != end; ++p) {
    const bool ends_line = *p == '\n' || *p == '\r';
    if (*p != ':' && !ends_line) {
      if (length_ < kMaxField) text_[length_++] = *p;
      continue;
    }
    const std::string_view text{text_, length_};
    field_ = text == "data" ? Field::data : text == "event" ? Field::event : Field::other;
    begin_value(handler);
    if (ends_line) {
      end_line(*p);
    } else {
      state_ = State::space;
    }
    return p + 1;
  }
  return p;
}

template <class Handler>
inline void SseScan::begin_value(Handler& handler) noexcept {
  if (field_ == Field::event) name_length_ = 0;
  if (field_ != Field::data) return;
  if (has_data_) handler.on_data("\n");
  has_data_ = true;
}

template <class Handler>
inline const char* SseScan::run_value(const char* p, const char* end, Handler& handler) noexcept {
  const char* const q = find_either(p, end, '\n', '\r');
  const auto size = static_cast<std::size_t>(q - p);
  if (field_ == Field::data) {
    if (size != 0) handler.on_data({p, size});
  } else if (field_ == Field::event) {
    const std::size_t taken = std::min(size, kMaxName - name_length_);
    std::memcpy(name_ + name_length_, p, taken);
    name_length_ = static_cast<std::uint8_t>(name_length_ + taken);
  }
  if (q == end) return q;
  end_line(*q);
  return q + 1;
}

template <class Handler>
inline void SseScan::end_event(Handler& handler) noexcept {
  if (has_data_) handler.on_event(name());
  has_data_ = false;
  name_length_ = 0;
}

}  // namespace lectr::wire
