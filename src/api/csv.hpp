// CSV as RFC 4180 has it, safe to open in a spreadsheet. Pure.
#pragma once

#include <string>
#include <string_view>

#include "api/json.hpp"

namespace lectr::api {

// Appends one cell: quoted where it must be. Text that a spreadsheet would run as a formula (= + - @ TAB CR in front) gets an apostrophe before it.
void append_csv_text(std::string& out, std::string_view text);
// Numbers and what else can be no formula goes as it is: a negative number stays a number.
void append_csv_raw(std::string& out, std::string_view text);
inline void end_csv_line(std::string& out) { out.append("\r\n"); }

// The requests of the log, one line each; the header names the columns as the API does.
void append_csv_header(std::string& out);
void append_csv_row(std::string& out, const Event& event);

// Any array of JSON objects: a column for each member that is no list; members of an object within go as "metrics_cost".
std::string to_csv(const Json& rows);

}  // namespace lectr::api
