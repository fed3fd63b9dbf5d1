// The text that mock models say. Safe inside JSON strings as it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lectr::demo {

// Bytes [from, from + count) of a text of exactly `total` bytes. With utf8, its characters take one to four bytes, and none is cut at the end.
void append_filler(std::string& out, std::size_t total, std::size_t from, std::size_t count, bool utf8);
// The text of content frame i: a word, or `bytes` of filler when not 0.
void append_frame_text(std::string& out, std::size_t i, std::size_t bytes, bool utf8);

}  // namespace lectr::demo
