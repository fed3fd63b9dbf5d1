// The only door to the log. Lines are for operators: no peer's bytes, no content, no credential. Asynchronous, bounded, drops and counts.
#pragma once

#include <string>
#include <string_view>

namespace lectr::log {

// Call once before any thread starts. Levels: trace debug info warn error. Lines go to standard error.
void start(std::string_view level);
void set_level(std::string_view level);
void flush();

void debug(std::string_view line);
void info(std::string_view line);
void warn(std::string_view line);
void error(std::string_view line);

}  // namespace lectr::log
