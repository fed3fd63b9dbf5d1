// export, plan, apply, history, diff, rollback, validate: the control state as a document in a file.
#pragma once

#include "app/commands.hpp"

namespace lectr::app::ascode {

// Adds them to the command line. `exit_code` gets the result of the one run.
void add_commands(CLI::App& cli, CommonFlags& flags, int& exit_code);

}  // namespace lectr::app::ascode
