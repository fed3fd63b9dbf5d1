// What is different between two control states, in a line each.
#include "lectr/config/control.hpp"
#include "lectr/config/control_changes.hpp"

namespace lectr::config {

std::vector<std::string> describe_change(const Control& before, const Control& after) {
  using Json = nlohmann::ordered_json;
  return describe(changes_between(Json::parse(write_control(before)), Json::parse(write_control(after))));
}

}  // namespace lectr::config
