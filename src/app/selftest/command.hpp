#pragma once

#include "app/commands.hpp"

namespace lectr::app {

// Adds selftest; it works beside a running gateway, on its store.
void add_selftest_command(CLI::App& cli, CommonFlags& flags, int& exit_code);

}  // namespace lectr::app
