// Answers for the web app's files: which file, in which encoding, or 304. Pure but for the files themselves.
#pragma once

#include <string_view>

#include "api/http.hpp"

namespace lectr::api {

// The addresses of the single-page app's pages all get index.html.
Reply serve_file(std::string_view path, std::string_view accept_encoding, std::string_view if_none_match);

}  // namespace lectr::api
