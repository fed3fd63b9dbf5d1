// The OpenAPI 3.1 document (openapi.json beside this file), which a test holds against the endpoint table.
#pragma once

#include <string_view>

namespace lectr::api {

std::string_view openapi_document() noexcept;

}  // namespace lectr::api
