// A control document to YAML that reads and compares well. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace lectr::app::ascode {

// Members in their order; a list's elements each begin on a line of their own, small objects stay on one. Texts are quoted where they would be read as
// something else, here or by another YAML reader. read_document(write_document(x)).value is x, for objects without numbers that are not whole.
std::string write_document(const nlohmann::ordered_json& document);
// One value as it stands in such a document, on one line.
std::string write_value(const nlohmann::ordered_json& value);

}  // namespace lectr::app::ascode
