#include "app/ascode/commands.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

#include "app/ascode/client_direct.hpp"
#include "app/ascode/run.hpp"
#include "app/ascode/show.hpp"
#include "lectr/base/text.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::app::ascode {
namespace {

constexpr std::size_t kMostTokenBytes = 4096;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// The token is never an argument: arguments are shown to everybody on the machine.
std::optional<std::string> token_of(const Asked& asked) {
  if (asked.token_file.empty()) return variable("LECTR_TOKEN");
  std::ifstream in{asked.token_file};
  std::string line;
  if (!in.is_open() || !std::getline(in, line) || line.size() > kMostTokenBytes) return {};
  return std::string{trim(line.ends_with('\r') ? std::string_view{line}.substr(0, line.size() - 1) : std::string_view{line})};
}

// An explicit --url first, then an explicit --state-dir, then LECTR_URL; with none of them the settings say where the store is.
std::unique_ptr<Client> connect(const CommonFlags& flags, const Asked& asked) {
  std::string trouble;
  const std::string url = !asked.url.empty() ? asked.url : flags.state_dir.empty() ? variable("LECTR_URL") : std::string{};
  std::unique_ptr<Client> client;
  if (url.empty()) {
    client = direct_client(settings_or_exit(flags), asked.org, trouble);
  } else if (!asked.org.empty()) {
    trouble = "--org is for working on the state directory: over HTTP the token says which org";
  } else if (const auto token = token_of(asked)) {
    client = http_client({url, *token, asked.ca_file}, trouble);
  } else {
    trouble = "the file of --token-file can't be read";
  }
  if (!client) fail(trouble);
  return client;
}

}  // namespace

int fail(const std::string& what) {
  std::cerr << "lectr: " << clean(what) << "\n";
  return kFailed;
}
int fail(const Answer& answer) { return fail(advice(answer)); }

std::optional<std::string> read_file(const std::string& name) {
  std::ifstream file;
  if (name != "-") file.open(name, std::ios::binary);
  std::istream& in = name == "-" ? std::cin : file;
  std::string text;
  char piece[16384];
  // One byte more than may be tells that it is too long.
  while (text.size() <= kMostDocumentBytes && (in.read(piece, sizeof piece), in.gcount() > 0))
    text.append(piece, static_cast<std::size_t>(in.gcount()));
  if ((name != "-" && !file.is_open()) || in.bad() || (text.empty() && !in.eof())) {
    fail(name + " can't be read");
    return {};
  }
  return text;
}

std::string shown_name(const std::string& file) { return file == "-" ? "stdin" : clean(file); }

std::optional<Document> load_document(const std::string& file) {
  const auto text = read_file(file);
  if (!text) return {};
  auto document = read_document(*text);
  if (document.problems.empty()) return document;
  std::cerr << show_problems(shown_name(file), document.problems);
  return {};
}

void add_commands(CLI::App& cli, CommonFlags& flags, int& exit_code) {
  auto asked = std::make_shared<Asked>();
  const auto with_settings = [&](CLI::App* command) {
    command->add_option("--config", flags.config_file, "YAML file with the daemon's settings (environment: LECTR_CONFIG)");
    command->add_option("--state-dir", flags.state_dir, "work on the store there, without the API (LECTR_STATE_DIR)");
    return command;
  };
  const auto add = [&](const char* name, const char* what, int (*run)(Client&, const Asked&)) {
    CLI::App* command = with_settings(cli.add_subcommand(name, what));
    command->add_option("--url", asked->url, "of a running gateway's dashboard (LECTR_URL); the token is in LECTR_TOKEN");
    command->add_option("--token-file", asked->token_file, "file with the API token, in place of LECTR_TOKEN");
    command->add_option("--ca-file", asked->ca_file, "certificates that the gateway's may be signed by, beside the system's");
    command->add_option("--org", asked->org, "which org, where the state directory has several");
    command->callback([&flags, &exit_code, asked, run] {
      log::start("error");
      const auto client = connect(flags, *asked);
      try {
        exit_code = client ? run(*client, *asked) : kFailed;
      } catch (const nlohmann::json::exception&) {  // a member of another kind than the API's description says
        exit_code = fail("the gateway's answer could not be read: is it another version of Lectr?");
      }
    });
    return command;
  };
  const auto file_of = [&](CLI::App* command) {
    command->add_option("-f,--file", asked->file, "the document, YAML or JSON; -: standard input")->required();
  };

  const auto a_version = CLI::Validator(
      [](const std::string& text) {
        const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
        return digits ? std::string{} : "'" + text + "' is no version (lectr history lists them)";
      },
      "");

  CLI::App* c = add("export", "write the control state as a document", export_state);
  c->add_option("-o,--output", asked->output, "file to write, in place of standard output");
  c->add_option("--version", asked->version, "an earlier version")->check(a_version);
  c->add_flag("--json", asked->json, "as JSON");
  c = add("plan", "what a document would change (exit code 0: nothing, 2: something, 1: it can't be told)", plan);
  file_of(c);
  c->add_option("--replay", asked->window, "and what it would have meant for the requests of this window: 1h, 24h, 7d, 30d ...");
  c->add_flag("--json", asked->json, "as JSON");
  c = add("apply", "put a document in force (exit code 3: done, but an instance lags)", apply);
  file_of(c);
  c->add_flag("--yes", asked->yes, "don't ask");
  c->add_option("--base-version", asked->base_version, "only if this is the newest version still")->check(a_version);
  c->add_flag("--force", asked->force, "also when the state moved since the plan");
  c->add_option("--note", asked->note, "why; kept with the version");
  c = add("history", "who changed what", show_versions);
  c->add_option("--limit", asked->limit, "how many versions")->check(CLI::Range(1, 10'000))->capture_default_str();
  c->add_flag("--json", asked->json, "as JSON");
  c = add("diff", "what two versions differ in", show_difference);
  c->add_option("from", asked->from, "a version; 0 is the empty state")->required()->check(a_version);
  c->add_option("to", asked->to)->required()->check(a_version);
  c->add_flag("--json", asked->json, "as JSON");
  c = add("rollback", "make an earlier version the newest one", roll_back);
  c->add_option("version", asked->version, "which; 0 is the empty state")->required()->check(a_version);
  c->add_flag("--yes", asked->yes, "don't ask");
  c->add_option("--note", asked->note, "why; kept with the version");
  c = with_settings(cli.add_subcommand("validate", "check a document without a gateway"));
  file_of(c);
  c->callback([&flags, &exit_code, asked] { exit_code = validate(flags, *asked); });
}

}  // namespace lectr::app::ascode
