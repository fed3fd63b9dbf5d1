// lectr explain: why a request went where it went, read from its row, and the decision made once more from what the row keeps.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "commands.hpp"
#include "lectr/base/time_text.hpp"
#include "lectr/config/control.hpp"
#include "lectr/config/stored_control.hpp"
#include "lectr/policy/explain.hpp"
#include "lectr/policy/why.hpp"
#include "lectr/store/control_store.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::app {
namespace {

constexpr int kDiffers = 2;

int fail(const std::string& what) {
  std::cerr << what << "\n";
  return 1;
}

std::string named(std::string_view text) { return text.empty() ? "-" : std::string{text}; }

struct Found {
  store::OrgRow org;
  Event row;
};
std::optional<Found> find_row(store::Stores& stores, const Uuid& id) {
  const auto orgs = stores.control->orgs();
  if (!orgs) return {};
  for (const auto& org : *orgs)
    if (auto row = stores.events->request(org.id, id)) return Found{org, std::move(*row)};
  return {};
}

const char* title_of(char letter) {
  switch (letter) {
    case 'l': return "Limit    ";
    case 'b': return "Budget   ";
    case 'd': return "Cheaper  for budget ";
    case 'L': return "Shadow   would refuse: limit ";
    case 'B': return "Shadow   would refuse: budget ";
    case 'D': return "Shadow   would ask a cheaper model: budget ";
    default: return "Also     ";
  }
}

void print_row(const Found& found) {
  const Event& e = found.row;
  std::cout << "Request  " << e.id.to_text() << " of org " << found.org.name << ", answered " << to_rfc3339(e.completed_at_us) << " with " << e.status
            << "\n"
            << "Asked    " << e.method << " " << e.endpoint << ", model " << named(e.model_requested) << ", feature " << named(e.feature) << ", task "
            << named(e.task) << "\n"
            << "Went to  " << named(e.provider) << "/" << named(e.model_actual) << ", attempts: " << int{e.attempts} << "\n";
  const auto why = policy::read_why(e.why);
  if (!why) return;
  for (const auto& [title, value] : {std::pair{"Rule     ", &why->rule}, {"Shadow   ", &why->shadow}, {"Not done ", &why->note}})
    if (!value->empty()) std::cout << title << *value << "\n";
  for (const auto& other : why->others) std::cout << title_of(other.letter) << other.value << "\n";
  for (const auto& t : why->targets) {
    std::cout << "Target   " << t.provider << "/" << t.model << ": " << t.outcome;
    if (t.ms >= 0) std::cout << " after " << t.ms << " ms";
    std::cout << "\n";
  }
}

void print_plan(const policy::Explanation& again, const config::CompiledRules& rules, const config::Registry& registry, const Event& row) {
  std::cout << "\nAgain    " << (again.plan.rule ? "rule " + again.plan.rule->name : std::string{"no rule matches"});
  std::size_t before = 0;
  while (before < rules.rules.size() && &rules.rules[before] != again.plan.rule) ++before;
  if (before > 0) std::cout << ", " << before << (again.plan.rule ? " before it don't" : " were tried");
  std::cout << "\n";
  for (const auto& s : again.plan.skipped)
    std::cout << "         not " << registry.providers[s.provider].name << "/"
              << named(s.model.empty() ? std::string_view{row.model_requested} : s.model) << ": " << to_text(s.unfit) << "\n";
  int n = 0;
  for (const auto& t : again.plan.targets)
    std::cout << "         " << ++n << ". " << registry.providers[t.provider].name << "/"
              << named(t.model.empty() ? std::string_view{row.model_requested} : t.model) << "\n";
}

int explain(const config::Settings& settings, const std::string& text) {
  const auto id = Uuid::parse(text);
  if (!id) return fail("'" + text + "' is not a request id. Rows show it, and X-Lectr-Request-Id with X-Lectr-Debug: 1.");
  const auto registry = config::build_registry(settings.providers);
  if (!registry) return fail(registry.error().front().to_text());
  auto stores = store::open_stores(database_of(settings));
  if (!stores) return fail(std::string{"the store could not be opened: "} + stores.error().what);
  const auto found = find_row(*stores, *id);
  if (!found) return fail("No org has a request " + text + ". Rows are kept as long as the org's retention says.");
  print_row(*found);
  if (found->row.control_version <= 0) return std::cout << "\nNo control state was in force: the request passed as it came.\n", 0;
  const auto state = stores->control->control_state(found->org.id, found->row.control_version);
  if (!state) return fail("Version " + std::to_string(found->row.control_version) + " of the control state can't be read.");
  const auto control = config::parse_stored_control(state->document, *registry);
  const auto asked = policy::asked_of(found->row, *registry);
  if (!control || !asked) return fail("The providers of then are not those that this configuration knows.");
  const auto rules = config::compile_rules(*control, *registry);
  std::vector<config::ProviderIndex> own_bases;
  for (const auto& [name, url] : found->org.base_urls)
    if (const auto at = registry->by_name.find(name); at != registry->by_name.end()) own_bases.push_back(at->second);
  const auto again = policy::explain(found->row, *asked, *rules, *registry, own_bases);
  print_plan(again, *rules, *registry, found->row);
  std::cout << "\nBy version " << state->version << " of the control state, made by " << named(state->actor) << ": "
            << (again.same ? "the same decision" : "another decision") << (again.remark.empty() ? "" : " (" + again.remark + ")") << ".\n";
  return again.same ? 0 : kDiffers;
}

}  // namespace

void add_explain_command(CLI::App& cli, CommonFlags& flags, int& exit_code) {
  auto id = std::make_shared<std::string>();
  CLI::App* command =
      cli.add_subcommand("explain", "why a request went where it went, and whether the same decision would be made again (exit code 2: not)");
  command->add_option("--config", flags.config_file, "YAML file with the daemon's settings (environment: LECTR_CONFIG)");
  command->add_option("--state-dir", flags.state_dir, "where the embedded store lives (LECTR_STATE_DIR)");
  command->add_option("id", *id, "of the request")->required();
  command->callback([&flags, &exit_code, id] {
    log::start("warn");
    exit_code = explain(settings_or_exit(flags), *id);
  });
}

}  // namespace lectr::app
