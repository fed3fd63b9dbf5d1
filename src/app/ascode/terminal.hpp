// What the process is connected to.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "app/ascode/show.hpp"

namespace lectr::app::ascode {

// On a terminal, unless NO_COLOR (any value but an empty one) or a dumb terminal says otherwise.
inline Colour colour_of_output() {
  const char *no_color = std::getenv("NO_COLOR"), *term = std::getenv("TERM");
  const bool plain = (no_color && *no_color) || !term || std::string_view{term} == "dumb";
  return !plain && ::isatty(STDOUT_FILENO) ? Colour::yes : Colour::no;
}
inline bool can_ask() { return ::isatty(STDIN_FILENO) == 1; }

}  // namespace lectr::app::ascode
