// The command line. Each subcommand is a function of its own.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <map>

#include "ascode/commands.hpp"
#include "cli_pages.hpp"
#include "commands.hpp"
#include "selftest/command.hpp"
#include "version.hpp"

extern char** environ;

namespace lectr::app {

boost::system::result<config::Settings, config::Problems> read_settings(const CommonFlags& flags) {
  std::map<std::string, std::string> environment;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text{*entry};
    const std::size_t equals = text.find('=');
    if (text.starts_with("LECTR_") && equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  for (const char* of_commands : {"LECTR_URL", "LECTR_TOKEN"}) environment.erase(of_commands);  // ascode/commands.cpp
  std::optional<std::string> file;
  if (const auto given = environment.find("LECTR_CONFIG"); given != environment.end()) {
    if (!given->second.empty()) file = given->second;
    environment.erase(given);
  }
  if (!flags.config_file.empty()) file = flags.config_file;
  for (const auto& [flag, name] :
       {std::pair{&flags.state_dir, "LECTR_STATE_DIR"}, {&flags.proxy_listen, "LECTR_PROXY_LISTEN"}, {&flags.admin_listen, "LECTR_ADMIN_LISTEN"}})
    if (!flag->empty()) environment[name] = *flag;
  return config::load_settings(file, environment);
}

config::Settings settings_or_exit(const CommonFlags& flags) {
  auto settings = read_settings(flags);
  if (!settings) {
    for (const auto& problem : settings.error()) std::cerr << problem.to_text() << "\n";
    std::exit(1);
  }
  return std::move(*settings);
}

namespace {

int run(int argc, char** argv) {
  CLI::App cli{"Lectr: a self-hosted AI gateway and control plane", "lectr"};
  cli.require_subcommand(1);
  CommonFlags common;
  const auto with_common = [&common](CLI::App* command) {
    command->add_option("--config", common.config_file, "YAML file with the daemon's settings (environment: LECTR_CONFIG)");
    command->add_option("--state-dir", common.state_dir, "where the store, the journal and the state live (LECTR_STATE_DIR)");
    return command;
  };
  int code = 0;

  CLI::App* serving = with_common(cli.add_subcommand("serve", "run the gateway"));
  serving->add_option("--proxy-listen", common.proxy_listen, "address of the proxy (LECTR_PROXY_LISTEN, default 0.0.0.0:8080)");
  serving->add_option("--admin-listen", common.admin_listen, "address of dashboard and API (LECTR_ADMIN_LISTEN, default 127.0.0.1:8081)");
  serving->callback([&] { code = serve(settings_or_exit(common), common); });

  DemoFlags demo_flags;
  CLI::App* demoing = with_common(cli.add_subcommand("demo", "run the gateway with built-in mock providers and synthetic traffic"));
  demoing->add_option("--proxy-listen", common.proxy_listen, "address of the proxy; without it this machine alone can reach it");
  demoing->add_option("--admin-listen", common.admin_listen, "address of dashboard and API");
  demoing->add_flag("--providers-only", demo_flags.providers_only, "only the mock providers, for tests");
  demoing->add_option("--listen", demo_flags.listen, "address of the mock providers")->capture_default_str();
  demoing->add_option("--threads", demo_flags.threads, "threads of the mock providers")->capture_default_str();
  demoing->add_option("--rate", demo_flags.rate, "requests per second on average; 0: no traffic")
      ->check(CLI::Range(0.0, 1'000.0))
      ->capture_default_str();
  demoing->add_flag("--no-history", demo_flags.no_history, "start without the two weeks of made-up history");
  demoing->callback([&] {
    demo_flags.listen_as_told = !common.proxy_listen.empty();
    code = demo(settings_or_exit(common), demo_flags);
  });

  CLI::App* checking = with_common(cli.add_subcommand("check-config", "check the settings and say what is wrong"));
  checking->callback([&] {
    settings_or_exit(common);
    std::cout << "The settings are fine.\n";
  });
  cli.add_subcommand("version", "print the version")->callback([] { std::cout << "lectr " << kVersion << "\n"; });
  add_store_commands(cli, common, code);
  add_explain_command(cli, common, code);
  add_detect_command(cli, code);
  ascode::add_commands(cli, common, code);
  add_health_command(cli, common, code);
  add_selftest_command(cli, common, code);
  add_page_commands(cli, code);
  CLI11_PARSE(cli, argc, argv);
  return code;
}

}  // namespace
}  // namespace lectr::app

int main(int argc, char** argv) { return lectr::app::run(argc, argv); }
