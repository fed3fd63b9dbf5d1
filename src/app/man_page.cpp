#include "app/cli_pages.hpp"
#include "app/cli_walk.hpp"

namespace lectr::app {
namespace {

// Text as roff takes it: a backslash and a hyphen are escaped, a line never begins with a control character.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string sentence(std::string text) {
  if (text.empty()) return text;
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  if (text.back() != '.') text += '.';
  return text;
}

std::string value_name(const Argument& a) {
  if (a.choices.empty()) return "\\fIvalue\\fR";
  std::string out;
  for (const auto& choice : a.choices) out.append(out.empty() ? "" : "|").append("\\fB").append(roff(choice)).append("\\fR");
  return out;
}

std::string synopsis(const Command& command) {
  std::string out = ".B " + roff(command.path) + "\n";
  bool options = false;
  for (const Argument& a : command.arguments) options = options || (!a.names.empty() && !a.required);
  if (options) out += "[\\fIoptions\\fR]\n";
  for (const Argument& a : command.arguments)
    if (a.required && !a.names.empty()) out += "\\fB" + roff(a.names.back()) + "\\fR " + value_name(a) + "\n";
  for (const Argument& a : command.arguments)
    if (!a.positional.empty()) out += (a.required ? "\\fI" : "[\\fI") + roff(a.positional) + (a.required ? "\\fR\n" : "\\fR]\n");
  return out;
}

std::string entry(const Argument& a) {
  std::string out = ".TP\n";
  std::string names;
  for (const auto& name : a.names) names.append(names.empty() ? "" : ", ").append("\\fB" + roff(name) + "\\fR");
  if (a.names.empty()) names = "\\fI" + roff(a.positional) + "\\fR";
  if (a.takes_value && (!a.names.empty() || !a.choices.empty())) names += ' ' + value_name(a);
  out += names + '\n' + roff(sentence(a.description.empty() ? "see the command" : a.description));
  if (!a.fallback.empty()) out += " Default: " + roff(a.fallback) + '.';
  return out + '\n';
}

std::string section(const Command& command) {
  std::string out = ".SS " + roff(command.path) + "\n" + roff(sentence(command.description)) + "\n.PP\n" + synopsis(command);
  for (const Argument& a : command.arguments) out += entry(a);
  return out;
}

constexpr const char* kTail = R"(.SH FILES
.TP
.I /etc/lectr/lectr.yaml
Settings, explained key by key. Read when
.B LECTR_CONFIG
or
.B \-\-config
names it, as the packaged unit does.
.TP
.I /var/lib/lectr
State of a gateway that runs as root or as the packaged service: the journal, the embedded store, the last good control state.
.SH ENVIRONMENT
Every key of the settings has a variable:
.I deadlines.connect
is
.BR LECTR_DEADLINES_CONNECT .
Variables win over the file, options over variables. Unknown ones stop the start.
.SH SIGNALS
.B SIGTERM
and
.B SIGINT
drain: no new connections, what is under way may finish within
.IR deadlines.drain .
.B SIGHUP
reads the proxy's certificate, the providers, the log level, the control state and credential files again.
.SH EXIT STATUS
0: done. 1: it failed, and standard error says why.
.B lectr explain
ends with 2 when the same request would be decided differently today.
)";

}  // namespace

std::string man_page(const CLI::App& cli, std::string_view version) {
  const auto commands = commands_of(cli);
  const Command& root = commands.front();
  std::string out =
      ".TH LECTR 1 \"\" \"Lectr " + roff(version) + "\" \"User Commands\"\n.SH NAME\nlectr \\- a self\\-hosted AI gateway\n.SH SYNOPSIS\n" +
      synopsis(root) + "\\fIcommand\\fR\n.SH DESCRIPTION\n" + roff(sentence(root.description)) +
      " It stands between applications and their AI providers, passes every byte unchanged and keeps one row of metadata for each request.\n"
      ".SH OPTIONS\n";
  for (const Argument& a : root.arguments) out += entry(a);
  out += ".SH COMMANDS\n";
  for (std::size_t at = 1; at < commands.size(); ++at) out += section(commands[at]);
  return out + kTail;
}

}  // namespace lectr::app
