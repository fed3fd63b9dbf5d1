// The manual page and the completions of a command line made for the test, the latter asked in a real bash.
#include "app/cli_pages.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <fstream>

#include "app/cli_walk.hpp"
#include "app/health_command.hpp"

namespace lectr::app {
namespace {

// Two levels, an option with a value, a flag, a set of choices, a positional argument with choices, a hidden command.
struct Sample {
  CLI::App cli{"a .sample\\of a tool", "lectr"};
  std::string text, role = "viewer";
  bool flag = false;
  Sample() {
    CLI::App* run = cli.add_subcommand("run", "run it");
    run->add_option("-c,--config", text, "the file");
    run->add_flag("--quick", flag, "don't wait");
    CLI::App* user = cli.add_subcommand("user", "people");
    CLI::App* add = user->add_subcommand("add", "add one");
    add->add_option("name", text)->required();
    add->add_option("--role", role, "what they may do")->check(CLI::IsMember({"viewer", "editor", "admin"}))->capture_default_str();
    user->add_subcommand("run", "the same word as a command of the first level");
    cli.add_subcommand("shell", "a shell's")->add_option("shell", text)->required()->check(CLI::IsMember({"bash", "zsh"}));
    cli.add_subcommand("secret", "hidden")->group("");
  }
};

TEST(CliPages, WalkSeesEveryCommandOnceAndNoHiddenOne) {
  Sample s;
  std::string paths;
  for (const Command& c : commands_of(s.cli)) paths += c.path + ';';
  EXPECT_EQ(paths, "lectr;lectr run;lectr user;lectr user add;lectr user run;lectr shell;");
}

TEST(CliPages, ManPageHasEveryCommandOptionDefaultAndChoice) {
  Sample s;
  const std::string page = man_page(s.cli, "1.2.3");
  for (const char* want :
       {"Lectr 1.2.3", ".SS lectr user add", ".SS lectr run", "\\fB\\-c\\fR, \\fB\\-\\-config\\fR \\fIvalue\\fR", "\\fB\\-\\-quick\\fR\nDon't wait.",
        "\\fBviewer\\fR|\\fBeditor\\fR|\\fBadmin\\fR", "Default: viewer.", "\\fIname\\fR", "A .sample\\eof a tool."})
    EXPECT_NE(page.find(want), page.npos) << want;
  EXPECT_EQ(page.find("secret"), page.npos);
}

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return "popen failed";
  std::array<char, 4096> part{};
  while (const std::size_t n = std::fread(part.data(), 1, part.size(), pipe)) out.append(part.data(), n);
  return pclose(pipe) == 0 ? out : out + " (failed)";
}

struct Line {
  const char* name;
  const char* words;  // what was typed, as bash's array
  const char* want;   // what is offered
};
class BashCompletion : public testing::TestWithParam<Line> {};

TEST_P(BashCompletion, Offers) {
  const Sample sample;
  const std::string file = testing::TempDir() + "lectr-completion-" + std::to_string(getpid()) + ".bash";
  std::ofstream{file} << bash_completion(sample.cli);
  const std::string words = GetParam().words;
  const std::string got = output_of("bash --norc -c 'set -u; source " + file + "; COMP_WORDS=(" + words +
                                    "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _lectr; echo -n \"${COMPREPLY[*]}\"'");
  std::remove(file.c_str());
  EXPECT_EQ(got, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Lines, BashCompletion,
                         testing::Values(Line{"commands", "lectr \"\"", "run user shell -h --help"},  //
                                         Line{"begun", "lectr u", "user"},                            //
                                         Line{"children", "lectr user \"\"", "add run -h --help"},    //
                                         Line{"options", "lectr run --", "--help --config --quick"},  //
                                         Line{"same_word_deeper", "lectr user run --", "--help"},     //
                                         Line{"choices", "lectr user add x --role \"\"", "viewer editor admin"},
                                         Line{"choices_after_equals", "lectr user add --role = e", "editor"},
                                         Line{"free_value_is_the_shells", "lectr run --config \"\"", ""},
                                         Line{"value_is_no_command", "lectr run --config user --", "--help --config --quick"},
                                         Line{"positional_choices", "lectr shell z", "zsh"},  //
                                         Line{"hidden", "lectr s", "shell"}),
                         [](const auto& line) { return std::string{line.param.name}; });

TEST(CliPages, FishConditionsAreThePathOfTheCommand) {
  Sample s;
  const std::string script = fish_completion(s.cli);
  for (const char* want :
       {"complete -c lectr -n 'not __fish_seen_subcommand_from run user shell' -f -a user -d 'people'",
        "complete -c lectr -n '__fish_seen_subcommand_from user; and __fish_seen_subcommand_from add' -l role -x -a 'viewer editor admin'",
        "-l quick -d 'don\\'t wait'"})
    EXPECT_NE(script.find(want), script.npos) << want << "\n" << script;
}

TEST(HealthUrl, IsWhereThisMachineReachesTheDashboard) {
  EXPECT_EQ(health_url({{"127.0.0.1", 8081}, {}}), "http://127.0.0.1:8081/health");
  EXPECT_EQ(health_url({{"0.0.0.0", 81}, {}}), "http://127.0.0.1:81/health");
  EXPECT_EQ(health_url({{"::", 81}, {}}), "http://[::1]:81/health");
  EXPECT_EQ(health_url({{"fd00::1", 81}, {}}), "http://[fd00::1]:81/health");
  EXPECT_EQ(health_url({{"10.1.2.3", 81}, {"a.crt", "a.key"}}), "https://10.1.2.3:81/health");
  EXPECT_EQ(health_url({{"127.0.0.1", 0}, {}}), "");
}

}  // namespace
}  // namespace lectr::app
