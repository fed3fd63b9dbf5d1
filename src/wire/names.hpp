// Names that peers choose (models) end up in rows, labels and logs: they are made plain text there, whatever was sent.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace lectr::wire {

// In place: control characters and whatever is no UTF-8 become '?', byte by byte. Returns the text, cut to `longest` bytes between characters.
std::string_view plain_name(std::span<char> text, std::size_t longest) noexcept;

}  // namespace lectr::wire
