// Text that others can hold: stores, metrics and JSON take no bytes that are not UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace lectr {

// The same bytes if they are UTF-8 without NUL (no copy), else a copy in `scratch` in which every byte that is not part of a valid sequence is
// U+FFFD.
std::string_view well_formed(std::string_view text, std::string& scratch);

}  // namespace lectr
