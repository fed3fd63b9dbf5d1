// The settings file. The only door to the YAML library.
#pragma once

#include <string>

#include "lectr/config/settings.hpp"

namespace lectr::config {

// Takes what is good into `settings` and adds a problem, with line and column, for all that is not.
void read_yaml(const std::string& file, Settings& settings, Problems& problems);

}  // namespace lectr::config
