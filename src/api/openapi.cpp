#include "api/openapi.hpp"

#include "api/endpoints.hpp"

namespace lectr::api {
namespace {

constexpr char kDocument[] =
#include "openapi.inc"
    ;

}  // namespace

std::string_view openapi_document() noexcept { return {kDocument, sizeof kDocument - 1}; }

Reply get_openapi(const Call&) { return Reply::json(200, std::string{openapi_document()}); }

}  // namespace lectr::api
