// Incremental scanner of multipart/form-data (RFC 7578, RFC 2046 §5.1): names and contents of the parts, any split, bounded state.
//
// Sink (all noexcept; views are valid only during the call):
//   void on_part(std::string_view name)                             headers of a part ended; empty: it has no name
//   void on_content(std::string_view piece)
//   void on_part_end(std::uint64_t begin, std::uint64_t end)        offsets of its content in the body
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "wire/bytes.hpp"

namespace lectr::wire {

class MultipartScan {
 public:
  // Takes the boundary out of the content type (quoted or not); false: there is none that RFC 2046 allows.
  bool reset(std::string_view content_type) noexcept;
  template <class Sink>
  void feed(std::string_view in, Sink& sink) noexcept;

  bool bad() const noexcept { return state_ == State::bad; }
  bool closed() const noexcept { return state_ == State::epilogue; }  // the closing delimiter was seen
  bool untouched() const noexcept { return offset_ == 0; }

 private:
  enum class State : std::uint8_t { preamble, content, after, dash, padding, after_cr, header, epilogue, bad };
  static constexpr std::size_t kMaxBoundary = 70, kMaxLine = 256, kMaxName = 8;
  static constexpr std::uint32_t kMaxHeaderBytes = 16 * 1024;

  std::string_view delimiter() const noexcept { return {delimiter_, delimiter_length_}; }
  template <class Sink>
  const char* step(const char* p, const char* end, Sink& sink) noexcept;
  template <class Sink>
  const char* run_content(const char* p, const char* end, Sink& sink) noexcept;
  template <class Sink>
  const char* run_after(const char* p, Sink& sink) noexcept;
  template <class Sink>
  const char* run_header(const char* p, const char* end, Sink& sink) noexcept;
  template <class Sink>
  void not_a_delimiter(std::string_view more, Sink& sink) noexcept;
  template <class Sink>
  void end_part(Sink& sink) noexcept;
  template <class Sink>
  void end_line(std::uint64_t next, Sink& sink) noexcept;
  void read_disposition() noexcept;
  void begin_headers() noexcept;

  const char* chunk_ = nullptr;
  std::uint64_t offset_ = 0;  // bytes before the piece being fed
  std::uint64_t content_begin_ = 0, content_end_ = 0;
  std::uint32_t header_bytes_ = 0;
  std::uint16_t line_length_ = 0;
  std::uint8_t delimiter_length_ = 0, matched_ = 0, name_length_ = 0;
  State state_ = State::bad;
  bool in_part_ = false;  // else: the preamble
  bool line_is_empty_ = true;
  char delimiter_[kMaxBoundary + 4];  // \r\n--boundary
  char name_[kMaxName];
  char line_[kMaxLine];
};

template <class Sink>
void MultipartScan::feed(std::string_view in, Sink& sink) noexcept {
  const char* p = in.data();
  const char* const end = p + in.size();
  chunk_ = p;
  while (p != end) p = step(p, end, sink);
  offset_ += in.size();
}

template <class Sink>
inline const char* MultipartScan::step(const char* p, const char* end, Sink& sink) noexcept {
  switch (state_) {
    case State::preamble:
    case State::content: return run_content(p, end, sink);
    case State::after:
    case State::dash:
    case State::padding:
    case State::after_cr: return run_after(p, sink);
    case State::header: return run_header(p, end, sink);
    default: return end;
  }
}

// The delimiter has one \r, at its start: after a mismatch only the byte at hand can begin another.
template <class Sink>
const char* MultipartScan::run_content(const char* p, const char* end, Sink& sink) noexcept {
  if (matched_ == 0) {
    const char* const q = find_either(p, end, '\r', '\r');
    if (in_part_ && q != p) sink.on_content({p, static_cast<std::size_t>(q - p)});
    if (q == end) return end;
    content_end_ = offset_ + static_cast<std::uint64_t>(q - chunk_);
    matched_ = 1;
    return q + 1;
  }
  if (*p == delimiter_[matched_]) {
    if (++matched_ == delimiter_length_) state_ = State::after;
    return p + 1;
  }
  if (in_part_) sink.on_content({delimiter_, matched_});
  matched_ = 0;
  return p;
}

// What stands behind a delimiter: "--" ends the body; padding and a line end begin a part; anything else was content after all.
template <class Sink>
const char* MultipartScan::run_after(const char* p, Sink& sink) noexcept {
  const bool blank = *p == ' ' || *p == '\t';
  if (state_ == State::after && *p == '-') return state_ = State::dash, p + 1;
  if (state_ == State::dash) {
    if (*p != '-') return not_a_delimiter("-", sink), p;
    end_part(sink);
    state_ = State::epilogue;
    return p + 1;
  }
  if (state_ == State::after_cr) {
    if (*p != '\n') return not_a_delimiter("\r", sink), p;
    end_part(sink);
    begin_headers();
    return p + 1;
  }
  if (blank) return state_ = State::padding, p + 1;
  if (*p == '\r') return state_ = State::after_cr, p + 1;
  not_a_delimiter({}, sink);
  return p;
}

template <class Sink>
void MultipartScan::not_a_delimiter(std::string_view more, Sink& sink) noexcept {
  if (in_part_) {
    sink.on_content(delimiter());
    if (!more.empty()) sink.on_content(more);
  }
  matched_ = 0;
  state_ = in_part_ ? State::content : State::preamble;
}

template <class Sink>
void MultipartScan::end_part(Sink& sink) noexcept {
  if (in_part_) sink.on_part_end(content_begin_, content_end_);
  in_part_ = false;
}

template <class Sink>
const char* MultipartScan::run_header(const char* p, const char* end, Sink& sink) noexcept {
  const char* const q = find_either(p, end, '\n', '\n');
  const auto size = static_cast<std::size_t>(q - p);
  header_bytes_ += static_cast<std::uint32_t>(std::min<std::size_t>(size + (q != end), kMaxHeaderBytes));
  if (header_bytes_ >= kMaxHeaderBytes) {
    state_ = State::bad;
    return end;
  }
  for (const char* c = p; c != q; ++c) {
    if (*c != '\r') line_is_empty_ = false;
    if (line_length_ < kMaxLine) line_[line_length_++] = *c;
  }
  if (q == end) return end;
  end_line(offset_ + static_cast<std::uint64_t>(q + 1 - chunk_), sink);
  return q + 1;
}

template <class Sink>
void MultipartScan::end_line(std::uint64_t next, Sink& sink) noexcept {
  if (!line_is_empty_) {
    read_disposition();
    line_length_ = 0;
    line_is_empty_ = true;
    return;
  }
  in_part_ = true;
  sink.on_part({name_, name_length_});
  content_begin_ = content_end_ = next;
  state_ = State::content;
  matched_ = 0;
}

}  // namespace lectr::wire
