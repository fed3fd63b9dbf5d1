// Incremental JSON scanner (RFC 8259): sees a document in pieces, resumable at every byte, checks its grammar and tells a sink the values
// at a few known paths. Bounded state, no allocation, no recursion. Not checked, because peers differ: UTF-8 validity, lone surrogates,
// bracket kinds below 128 levels.
//
// Sink (all noexcept; views are valid only during the call; calls come in document order, so the last of duplicate keys comes last):
//   void on_string(id, std::string_view decoded, std::uint64_t begin, std::uint64_t end)   cut at kMaxValue; raw offsets, quotes included
//   void on_number(id, std::string_view text)
//   void on_literal(id, char first)         't', 'f' or 'n'
//   void on_open(id, bool array), on_close(id)
//   TextCount& text_count(id)               where the lengths of a Take::text string are added
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "wire/bytes.hpp"
#include "wire/json_paths.hpp"

namespace lectr::wire {

class JsonScan {
 public:
  static constexpr std::size_t kMaxValue = 132;  // kMaxModel and one more UTF-8 sequence, so that the cut can fall between characters

  // Begins a document. `nodes` must outlive the scan.
  void reset(const PathNode* nodes) noexcept;
  template <class Sink>
  void feed(std::string_view in, Sink& sink) noexcept;
  // No byte follows: a number at the top is complete only now.
  template <class Sink>
  void finish(Sink& sink) noexcept;

  bool bad() const noexcept { return state_ == State::bad; }                         // certainly not JSON
  bool closed() const noexcept { return state_ == State::done; }                     // a whole document
  bool completed() const noexcept { return completed_; }                             // closed, even if more followed, which made it bad
  bool untouched() const noexcept { return state_ == State::value && depth_ == 0; }  // nothing but white space so far
  std::uint64_t offset() const noexcept { return offset_; }

 private:
  // The order matters: between_tokens() is a range.
  enum class State : std::uint8_t {
    value,
    first_value,
    first_key,
    key,
    after_value,
    colon,
    string,
    escape,
    hex,
    literal,
    number_minus,
    number_zero,
    number_int,
    number_dot,
    number_fraction,
    number_e,
    number_sign,
    number_exponent,
    deep,
    deep_string,
    deep_escape,
    done,
    bad
  };
  enum class Use : std::uint8_t { skip, key, value, text };
  static constexpr std::uint32_t kMaxDepth = 128;

  bool between_tokens() const noexcept { return state_ <= State::after_value && depth_ != 0; }
  bool number_may_end() const noexcept {
    return state_ == State::number_zero || state_ == State::number_int || state_ == State::number_fraction || state_ == State::number_exponent;
  }
  bool in_array() const noexcept { return (kinds_low_ & 1U) != 0; }
  std::uint8_t id() const noexcept { return nodes_[value_node_].id; }
  std::uint64_t at(const char* p) const noexcept { return offset_ + static_cast<std::uint64_t>(p - chunk_); }
  void end_value() noexcept { state_ = State::after_value; }
  // The value that ended was the whole document's.
  void end_document() noexcept {
    if (depth_ != 0 || state_ != State::after_value) return;
    completed_ = true;
    state_ = State::done;
  }
  const char* fail(const char* end) noexcept { return state_ = State::bad, end; }

  template <class Sink>
  const char* run_tokens(const char* p, const char* end, Sink& sink) noexcept;
  template <class Sink>
  const char* step(const char* p, const char* end, Sink& sink) noexcept;
  template <class Sink>
  const char* begin_value(const char* p, const char* end, Sink& sink) noexcept;
  template <class Sink>
  const char* begin_string(const char* p, const char* end, Sink& sink) noexcept;
  template <class Sink>
  const char* begin_key(const char* p, const char* end, Sink& sink) noexcept;
  template <class Sink>
  const char* begin_number(const char* p, const char* end, Sink& sink) noexcept;
  template <class Sink>
  const char* begin_literal(const char* p, const char* end, const char* word, Sink& sink) noexcept;
  template <class Sink>
  const char* run_string(const char* p, const char* end, Sink& sink) noexcept;
  template <class Sink>
  const char* take_run(const char* p, const char* end, Sink& sink) noexcept;
  template <class Sink>
  const char* run_escape(const char* p, Sink& sink) noexcept;
  template <class Sink>
  const char* run_hex(const char* p, const char* end, Sink& sink) noexcept;
  template <class Sink>
  const char* run_number(const char* p, const char* end, Sink& sink) noexcept;
  template <class Sink>
  const char* run_literal(const char* p, const char* end, Sink& sink) noexcept;
  template <class Sink>
  const char* separator(const char* p, const char* end, Sink& sink) noexcept;
  template <class Sink>
  void open(bool array, Sink& sink) noexcept;
  template <class Sink>
  void close(Sink& sink) noexcept;
  template <class Sink>
  void end_string(const char* after, Sink& sink) noexcept;
  template <class Sink>
  void end_number(Sink& sink) noexcept;
  template <class Sink>
  void add(const char* p, const char* q, Sink& sink) noexcept;
  template <class Sink>
  void add_code(std::uint32_t code, Sink& sink) noexcept;
  template <class Sink>
  void add_unit(std::uint32_t unit, Sink& sink) noexcept;
  State number_next(char c) const noexcept;
  const char* run_deep(const char* p, const char* end) noexcept;

  const PathNode* nodes_ = nullptr;
  const char* chunk_ = nullptr;                   // start of the piece being fed; set only during feed()
  std::uint64_t offset_ = 0;                      // bytes before that piece
  std::uint64_t begin_ = 0;                       // offset of the string being read
  std::uint64_t kinds_low_ = 0, kinds_high_ = 0;  // open containers, innermost in bit 0; set: array
  const char* word_ = nullptr;                    // literal being read
  std::uint32_t depth_ = 0;                       // open containers
  std::uint32_t off_ = 0;                         // how many of them are off the table
  std::uint32_t deep_ = 0;                        // open containers below kMaxDepth
  std::uint32_t unit_ = 0;                        // \u digits so far
  std::uint32_t high_ = 0;                        // high surrogate that waits for its other half
  State state_ = State::bad;
  Use use_ = Use::skip;
  std::uint8_t node_ = kOffTable;        // table node of the innermost container that is on the table
  std::uint8_t value_node_ = kOffTable;  // table node of the value that comes or is being read
  std::uint8_t digits_ = 0;              // of \u, or letters of a literal
  std::uint8_t length_ = 0;              // of buffer_
  bool cut_ = false;                     // buffer_ was too small
  bool completed_ = false;
  char buffer_[kMaxValue];
};

inline void JsonScan::reset(const PathNode* nodes) noexcept {
  nodes_ = nodes;
  offset_ = 0;
  kinds_low_ = kinds_high_ = 0;
  depth_ = off_ = deep_ = high_ = 0;
  completed_ = false;
  state_ = State::value;
  node_ = value_node_ = kRoot;
}

}  // namespace lectr::wire

#include "wire/json_scan_impl.hpp"
