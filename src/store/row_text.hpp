// Texts and sums on their way into and out of rows.
#pragma once

#include <string>
#include <string_view>

#include "lectr/store/aggregate.hpp"

namespace lectr::store {

// What a store can hold as text: the same bytes if they are UTF-8 without NUL (no copy), else a copy in `scratch` in which every byte that is
// not part of a valid sequence is U+FFFD. Client-chosen tags are arbitrary bytes, and no row may be lost over them.
std::string_view storable(std::string_view text, std::string& scratch);

// "12.340000" -> "12.34", "" -> "0".
std::string trim_decimal(std::string_view text);

}  // namespace lectr::store
