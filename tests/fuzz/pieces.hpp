// Cuts a fuzzer's input as its own bytes say, so that the fuzzer can search for bad places to cut.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace lectr::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) { return {reinterpret_cast<const char*>(data), size}; }

// Calls feed(piece) for all of text. Each piece is a copy of exact size, so that the sanitizer sees any read past its end.
template <class Feed>
void feed_in_pieces(std::string_view text, std::uint32_t cuts, Feed feed) {
  while (!text.empty()) {
    cuts = cuts * 1664525U + 1013904223U;
    const std::size_t size = std::min<std::size_t>(1 + (cuts >> 24) % 24, text.size());
    const std::string piece{text.substr(0, size)};
    feed(std::string_view{piece});
    text.remove_prefix(size);
  }
}

inline void must_be_equal(const std::string& a, const std::string& b) {
  if (a == b) return;
  std::fprintf(stderr, "whole:  %s\npieces: %s\n", a.c_str(), b.c_str());
  std::abort();
}

}  // namespace lectr::fuzz
