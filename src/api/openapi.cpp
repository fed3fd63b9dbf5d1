#include "api/openapi.hpp"

#include "api/endpoints.hpp"
#include "api/json.hpp"

namespace lectr::api {
namespace {

constexpr char kDocument[] =
#include "openapi.inc"
    ;

}  // namespace

std::string_view openapi_document() noexcept { return {kDocument, sizeof kDocument - 1}; }

// A schema of its own with all that it refers to, as editors want it.
Reply get_control_schema(const Call&) {
  static const std::string schema = [] {
    const Json document = Json::parse(openapi_document());
    Json out = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "Lectr control document"}};
    for (const auto& [name, value] : document["components"]["schemas"]["Control"].items()) out[name] = value;
    return out.dump(2);
  }();
  return Reply::json(200, schema);
}

Reply get_openapi(const Call&) { return Reply::json(200, std::string{openapi_document()}); }

}  // namespace lectr::api
