// The subcommands: each takes its parsed options and returns the process's exit code. Texts for people go to standard output, problems to
// standard error.
#pragma once

#include <optional>
#include <string>

#include "lectr/config/settings.hpp"

namespace CLI {
class App;
}

namespace lectr::app {

// Settings from file, environment and the flags common to all subcommands. Prints all problems and exits with 1 when there are any.
struct CommonFlags {
  std::string config_file, state_dir, proxy_listen, admin_listen;
};
config::Settings settings_or_exit(const CommonFlags& flags);
boost::system::result<config::Settings, config::Problems> read_settings(const CommonFlags& flags);

// `flags` are read again on SIGHUP.
int serve(config::Settings settings, const CommonFlags& flags);
struct DemoFlags {
  std::string listen = "127.0.0.1:0";
  bool providers_only = false, quiet = false, no_history = false;
  bool listen_as_told = false;  // --proxy-listen was given: without it the proxy is on loopback, whatever file and variables say
  double rate = 0.25;
  unsigned threads = 1;
};
int demo(config::Settings settings, const DemoFlags& flags);

// Adds org, key, user, token, rollup and migrate to the command line; they work on the store directly. `exit_code` gets the result of the one run.
void add_store_commands(CLI::App& cli, CommonFlags& flags, int& exit_code);

// Adds explain; it reads the store directly.
void add_explain_command(CLI::App& cli, CommonFlags& flags, int& exit_code);
// Adds detect; it needs no settings and no store.
void add_detect_command(CLI::App& cli, int& exit_code);
// Adds health; it asks a running gateway.
void add_health_command(CLI::App& cli, CommonFlags& flags, int& exit_code);
std::string database_of(const config::Settings& settings);

// Blocks SIGTERM, SIGINT and SIGHUP for this thread and those it starts; wait_for_signal() then returns which came.
void hold_signals();
int wait_for_signal();
// Limits that a server wants: many descriptors, no core files (they would hold prompts and keys).
void set_process_limits();

}  // namespace lectr::app
