// What the commands print, made from the API's answers. Pure. Control characters of names and values never reach the terminal.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/ascode/document.hpp"

namespace lectr::app::ascode {

enum class Colour : std::uint8_t { no, yes };

// `changes` as POST /control/plan and GET /control/diff give them: an item per paragraph, a field per line.
std::string show_changes(const nlohmann::ordered_json& changes, Colour colour);
// "1 to add, 2 to change".
std::string count_changes(const nlohmann::ordered_json& changes);

// FILE:LINE:COLUMN: field: reason, a line each, in the order of the file. `problems` is a list of {field, reason}.
std::string show_problems(const std::string& file, const Document& document, const nlohmann::ordered_json& problems);
std::string show_problems(const std::string& file, const std::vector<DocumentProblem>& problems);

// The answer of POST /control/replay. Members that are not known here follow as they are.
std::string show_replay(const nlohmann::ordered_json& replay);
// Rows of GET /control/versions.
std::string show_history(const nlohmann::ordered_json& rows);

// One line without control characters.
std::string clean(std::string_view text);

}  // namespace lectr::app::ascode
