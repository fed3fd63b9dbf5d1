// The document and the endpoint table name the same routes, parameters and rights.
#include "api/openapi.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "api/context.hpp"

namespace lectr::api {
namespace {

using nlohmann::json;

const json& document() {
  static const json parsed = json::parse(openapi_document());
  return parsed;
}
const char* verb_name(Verb verb) {
  switch (verb) {
    case Verb::get: return "get";
    case Verb::post: return "post";
    case Verb::put: return "put";
    case Verb::patch: return "patch";
    case Verb::del: return "delete";
  }
  return "";
}
const json& operation(const Endpoint& endpoint) { return document().at("paths").at(std::string{endpoint.path}).at(verb_name(endpoint.verb)); }
const json& resolve(const json& node) {
  return node.contains("$ref") ? document().at(json::json_pointer{node["$ref"].get<std::string>().substr(1)}) : node;
}

TEST(OpenApi, NamesTheRoutesOfTheTableAndNoOthers) {
  std::set<std::string> served, described;
  for (const Endpoint& endpoint : endpoints()) served.insert(std::string{verb_name(endpoint.verb)} + ' ' + std::string{endpoint.path});
  for (const auto& [path, item] : document().at("paths").items())
    for (const auto& [verb, what] : item.items())
      if (verb != "parameters") described.insert(verb + ' ' + path);
  EXPECT_EQ(served, described);
}

TEST(OpenApi, NamesTheParametersOfTheTable) {
  for (const Endpoint& endpoint : endpoints()) {
    std::set<std::string> taken(endpoint.parameters.begin(), endpoint.parameters.end()), described;
    for (std::string_view rest = endpoint.path; rest.find('{') != rest.npos;) {
      rest.remove_prefix(rest.find('{') + 1);
      taken.insert("in path: " + std::string{rest.substr(0, rest.find('}'))});
    }
    for (const auto& entry : operation(endpoint).value("parameters", json::array())) {
      const json& parameter = resolve(entry);
      described.insert((parameter["in"] == "path" ? "in path: " : "") + parameter["name"].get<std::string>());
    }
    EXPECT_EQ(taken, described) << endpoint.path;
  }
}

TEST(OpenApi, SaysWhoMay) {
  for (const Endpoint& endpoint : endpoints()) {
    const json& what = operation(endpoint);
    const bool open = what.contains("security") && what["security"].empty();
    EXPECT_EQ(open, endpoint.access == Access::anyone) << endpoint.path;
    if (open) continue;
    const char* role = endpoint.access == Access::viewer ? "viewer" : endpoint.access == Access::editor ? "editor" : "admin";
    EXPECT_EQ(what.value("x-role", ""), role) << endpoint.path;
  }
}

TEST(OpenApi, EveryReferenceLeadsSomewhere) {
  const std::function<void(const json&)> walk = [&](const json& node) {
    if (node.is_object() && node.contains("$ref") && node["$ref"].is_string()) { EXPECT_NO_THROW(resolve(node)) << node; }
    if (node.is_structured())
      for (const auto& child : node) walk(child);
  };
  walk(document());
}

}  // namespace
}  // namespace lectr::api
