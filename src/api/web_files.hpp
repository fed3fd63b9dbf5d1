// The web app as it lies in the binary. Generated at build time (web/embed.mjs), or web_absent.cpp when it was left out.
#pragma once

#include <span>
#include <string_view>

namespace lectr::api {

struct WebFile {
  std::string_view path;  // "/index.html"
  std::string_view type;
  std::string_view etag;                 // with quotes; of the plain content
  bool hashed = false;                   // its name changes with its content: may be cached for ever
  std::string_view plain, gzip, brotli;  // the last two empty: not worth it
};
std::span<const WebFile> web_files() noexcept;

}  // namespace lectr::api
