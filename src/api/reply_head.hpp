// The head of an answer, with the headers that every answer carries. Pure.
#pragma once

#include <string>

#include "api/http.hpp"

namespace lectr::api {

enum class Length : std::uint8_t { of_body, chunked, until_close };

// `version`: 10 or 11. Ends with the empty line.
std::string head_of(const Reply& reply, unsigned version, bool keep_alive, Length length);

}  // namespace lectr::api
