// What the command line offers, read from CLI11's objects. Used by the manual page and the completions.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace lectr::app {

// One option, flag or positional argument of a command.
struct Argument {
  std::vector<std::string> names;  // "-h", "--help"; empty for a positional one
  std::string positional, description, fallback;
  std::vector<std::string> choices;  // of its value; empty: anything
  bool takes_value = false, required = false;
};

// A command with its whole path, "lectr org create"; `subcommands` are the last words of its children.
struct Command {
  std::string path, description;
  std::vector<Argument> arguments;
  std::vector<std::pair<std::string, std::string>> subcommands;  // name, description
};

// All commands, each before its children. Those without a group are hidden and left out, as in --help.
std::vector<Command> commands_of(const CLI::App& cli);

}  // namespace lectr::app
