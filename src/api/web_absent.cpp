#include "api/web_files.hpp"

namespace lectr::api {

std::span<const WebFile> web_files() noexcept {
  static constexpr WebFile kFiles[] = {{"/index.html", "text/plain; charset=utf-8", "\"absent\"", false,
                                        "The web app was left out of this build. The REST API is under /api/v1.\n", "", ""}};
  return kFiles;
}

}  // namespace lectr::api
