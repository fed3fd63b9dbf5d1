#include <algorithm>
#include <iostream>
#include <memory>

#include "app/cli_pages.hpp"
#include "app/cli_walk.hpp"
#include "version.hpp"

namespace lectr::app {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out.append(out.empty() ? "" : " ").append(word);
  return out;
}

// What may come next behind a command: its children, its options, and what a positional argument may be.
std::vector<std::string> words_after(const Command& command) {
  std::vector<std::string> out;
  for (const auto& child : command.subcommands) out.push_back(child.first);
  for (const Argument& a : command.arguments) {
    out.insert(out.end(), a.names.begin(), a.names.end());
    if (a.names.empty()) out.insert(out.end(), a.choices.begin(), a.choices.end());
  }
  return out;
}

// "path --option" of every name of an option with a value, as a pattern of a `case`.
std::string value_patterns(const std::vector<Command>& commands) {
  std::string out;
  for (const Command& c : commands)
    for (const Argument& a : c.arguments)
      for (const auto& name : a.names)
        if (a.takes_value) out.append(out.empty() ? "" : " | ").append('"' + c.path + ' ' + name + '"');
  return out;
}

// The walk over the words before the cursor; the same in bash and, through bashcompinit, in zsh.
std::string function_body(const std::vector<Command>& commands) {
  std::string out =
      "_lectr() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} at=" +
      commands.front().path +
      " word='' want='' words='' i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    word=${COMP_WORDS[i]}\n"
      "    [[ $word == = ]] && continue\n"
      "    if [[ -n $want ]]; then want=''; continue; fi\n"
      "    case \"$at $word\" in\n";
  for (const Command& c : commands)
    for (const auto& child : c.subcommands) out += "      \"" + c.path + ' ' + child.first + "\") at=\"" + c.path + ' ' + child.first + "\" ;;\n";
  const std::string patterns = value_patterns(commands);
  if (!patterns.empty()) out += "      " + patterns + ") want=$word ;;\n";
  out +=
      "    esac\n"
      "  done\n"
      "  [[ $cur == = ]] && cur=''\n"
      "  case \"$at${want:+ $want}\" in\n";
  for (const Command& c : commands) {
    out += "    \"" + c.path + "\") words='" + joined(words_after(c)) + "' ;;\n";
    for (const Argument& a : c.arguments)
      for (const auto& name : a.names)
        if (!a.choices.empty()) out += "    \"" + c.path + ' ' + name + "\") words='" + joined(a.choices) + "' ;;\n";
  }
  return out +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
         "}\n";
}

// In single quotes for fish, which knows \' and \\ inside them.
std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// True where the words so far are exactly this command and none of its children.
std::string fish_condition(const Command& command) {
  std::string children, out;
  for (const auto& child : command.subcommands) children += ' ' + child.first;
  for (std::size_t from = command.path.find(' '); from != std::string::npos;) {
    const std::size_t to = command.path.find(' ', from + 1);
    out.append(out.empty() ? "" : "; and ").append("__fish_seen_subcommand_from " + command.path.substr(from + 1, to - from - 1));
    from = to;
  }
  if (!children.empty()) out.append(out.empty() ? "" : "; and ").append("not __fish_seen_subcommand_from" + children);
  return out;
}

}  // namespace

std::string bash_completion(const CLI::App& cli) {
  const auto commands = commands_of(cli);
  return "# bash completion of " + commands.front().path + ", written by `lectr completion bash`\n" + function_body(commands) +
         "complete -o default -F _lectr " + commands.front().path + "\n";
}

std::string zsh_completion(const CLI::App& cli) {
  const auto commands = commands_of(cli);
  const std::string& name = commands.front().path;
  return "#compdef " + name + "\n# zsh completion of " + name + ", written by `lectr completion zsh`\nautoload -U +X bashcompinit && bashcompinit\n" +
         function_body(commands) + "complete -o default -F _lectr " + name + "\n";
}

std::string fish_completion(const CLI::App& cli) {
  const auto commands = commands_of(cli);
  std::string out = "# fish completion of " + commands.front().path + ", written by `lectr completion fish`\n";
  for (const Command& c : commands) {
    const std::string line = "complete -c " + commands.front().path + " -n " + fish_quoted(fish_condition(c));
    for (const auto& [name, what] : c.subcommands) out += line + " -f -a " + name + " -d " + fish_quoted(what) + "\n";
    for (const Argument& a : c.arguments) {
      std::string option;
      for (const auto& name : a.names) option += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (option.empty() && a.choices.empty()) continue;
      if (!option.empty() && a.takes_value) option += a.choices.empty() ? " -r" : " -x";
      if (!a.choices.empty()) option += (a.names.empty() ? " -f -a " : " -a ") + fish_quoted(joined(a.choices));
      out += line + option + (a.description.empty() ? "" : " -d " + fish_quoted(a.description)) + "\n";
    }
  }
  return out;
}

void add_page_commands(CLI::App& cli, int& exit_code) {
  const auto print = [&exit_code](const std::string& text) {
    std::cout << text << std::flush;
    exit_code = std::cout ? 0 : 1;
  };
  cli.add_subcommand("man", "print the manual page as roff (lectr man | man -l -)")->callback([&cli, print] { print(man_page(cli, kVersion)); });
  auto shell = std::make_shared<std::string>();
  CLI::App* completion = cli.add_subcommand("completion", "print the completion script of a shell (source <(lectr completion bash))");
  completion->add_option("shell", *shell)->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([&cli, print, shell] {
    print(*shell == "bash" ? bash_completion(cli) : *shell == "zsh" ? zsh_completion(cli) : fish_completion(cli));
  });
}

}  // namespace lectr::app
