#include "app/cli_walk.hpp"

namespace lectr::app {
namespace {

// CLI11 writes a set of choices into the type's name: "TEXT:{viewer,editor,admin}".
std::vector<std::string> choices_in(const std::string& type) {
  const auto open = type.find('{'), close = type.find('}');
  std::vector<std::string> out;
  if (open == type.npos || close == type.npos || close < open) return out;
  std::string word;
  for (std::size_t at = open + 1; at <= close; ++at) {
    if (at < close && type[at] != ',') {
      word += type[at];
    } else if (!word.empty()) {
      out.push_back(std::move(word));
      word.clear();
    }
  }
  return out;
}

Argument argument_of(const CLI::Option& option) {
  Argument out;
  for (const auto& name : option.get_snames()) out.names.push_back('-' + name);
  for (const auto& name : option.get_lnames()) out.names.push_back("--" + name);
  if (out.names.empty()) out.positional = option.get_single_name();
  out.description = option.get_description();
  out.fallback = option.get_default_str();
  out.takes_value = option.get_items_expected_max() > 0;
  out.required = option.get_required();
  if (out.takes_value) out.choices = choices_in(option.get_type_name());
  return out;
}

void walk(const CLI::App& app, const std::string& prefix, std::vector<Command>& out) {
  Command command{prefix + app.get_name(), app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options())
    if (!option->get_group().empty()) command.arguments.push_back(argument_of(*option));
  const auto children = app.get_subcommands([](const CLI::App* child) { return !child->get_group().empty() && !child->get_name().empty(); });
  for (const CLI::App* child : children) command.subcommands.emplace_back(child->get_name(), child->get_description());
  const std::string path = command.path + ' ';
  out.push_back(std::move(command));
  for (const CLI::App* child : children) walk(*child, path, out);  // as deep as the definition nests
}

}  // namespace

std::vector<Command> commands_of(const CLI::App& cli) {
  std::vector<Command> out;
  walk(cli, "", out);
  return out;
}

}  // namespace lectr::app
