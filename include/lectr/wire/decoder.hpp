// Content decoding (RFC 9110 §8.4) of a looked-at copy: gzip, deflate, br, zstd. Bounded: input is consumed as it comes, output goes
// through a scratch buffer of the caller, and after max_output bytes the decoder stops looking (the relay never depends on it).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace lectr::wire {

class BodyDecoder {
 public:
  virtual ~BodyDecoder() = default;
  // Empty for identity; for an unknown or stacked coding a decoder that yields nothing (broken() is true at once).
  static std::unique_ptr<BodyDecoder> make(std::string_view content_encoding, std::size_t max_output);

  // Takes all of `in`; calls sink(std::string_view) for decoded pieces, each valid only during the call.
  template <class Sink>
  void feed(std::string_view in, std::span<char> scratch, Sink&& sink) {
    begin(in);
    for (std::string_view piece; !(piece = next(scratch)).empty();) sink(piece);
  }
  bool broken() const noexcept { return broken_; }  // bad data, or past max_output: nothing more will come

 protected:
  virtual void begin(std::string_view in) noexcept = 0;
  virtual std::string_view next(std::span<char> scratch) noexcept = 0;  // empty: input is used up
  bool broken_ = false;
};

}  // namespace lectr::wire
