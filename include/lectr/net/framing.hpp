// Watches where a body ends while its bytes pass untouched (RFC 9112 §6, §7).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "lectr/net/head.hpp"

namespace lectr::net {

// Chunked coding, fed in any pieces. Strict: hexadecimal size without sign or space, CRLF line ends, bounded extensions and trailers, and
// no trailer that frames or routes (those could be merged into a head by somebody behind us).
class ChunkScan {
 public:
  enum class State : std::uint8_t { more, done, bad };
  // Looks at `bytes` from its start; returns how many belong to the body. Payload pieces are appended to `payload` if it is not null.
  std::size_t feed(std::string_view bytes, std::vector<std::string_view>* payload) noexcept;
  State state() const noexcept { return state_; }
  std::uint64_t announced() const noexcept { return announced_; }  // payload bytes of all chunks begun, as their sizes say

 private:
  enum class At : std::uint8_t { size, extension, size_lf, data, data_cr, data_lf, trailer_start, trailer_name, trailer_value, trailer_lf, end_lf };
  bool step(char c) noexcept;
  bool trailer_allowed() const noexcept;

  std::uint64_t left_ = 0;  // of the chunk's size or data
  std::uint64_t announced_ = 0;
  std::uint32_t line_bytes_ = 0;  // of this extension, or of all trailers
  std::uint8_t digits_ = 0, name_size_ = 0;
  At at_ = At::size;
  State state_ = State::more;
  char name_[20] = {};  // a trailer's name as far as it can matter
};

// One body, however it is framed.
class BodyScan {
 public:
  enum class State : std::uint8_t { more, done, bad };
  void start(Framing framing, std::uint64_t length) noexcept;
  // Returns how many of `bytes` belong to the body; what lies behind is the next message's. Payload pieces as for ChunkScan.
  std::size_t feed(std::string_view bytes, std::vector<std::string_view>* payload) noexcept;
  // The peer closed: true if the body is whole by that (Framing::until_close) or was already.
  bool whole_at_eof() const noexcept { return state_ == State::done || framing_ == Framing::until_close; }
  State state() const noexcept { return state_; }
  Framing framing() const noexcept { return framing_; }
  std::uint64_t left() const noexcept { return left_; }                     // Framing::length
  std::uint64_t announced() const noexcept { return chunks_.announced(); }  // Framing::chunked

 private:
  Framing framing_ = Framing::none;
  State state_ = State::done;
  std::uint64_t left_ = 0;
  ChunkScan chunks_;
};

}  // namespace lectr::net
