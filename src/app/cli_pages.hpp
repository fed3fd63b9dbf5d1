// Manual page and shell completion, written from the command line's own definition: there is no second list of commands and options. Pure.
#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace lectr::app {

// lectr(1) as roff: every subcommand and option with its description, type, default and choices. `version` goes into the footer.
std::string man_page(const CLI::App& cli, std::string_view version);

// Completion scripts for commands, options and the choices of values; any other value is left to the shell, which offers files.
std::string bash_completion(const CLI::App& cli);
std::string zsh_completion(const CLI::App& cli);
std::string fish_completion(const CLI::App& cli);

// Adds man and completion; they print the above of `cli` itself, so all other commands must be there by the time that they run.
void add_page_commands(CLI::App& cli, int& exit_code);

}  // namespace lectr::app
