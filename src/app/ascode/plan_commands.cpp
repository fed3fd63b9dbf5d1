// plan, apply, rollback: a document against the state in force.
#include <chrono>
#include <iostream>
#include <thread>

#include "app/ascode/plan_notes.hpp"
#include "app/ascode/run.hpp"
#include "app/ascode/show.hpp"
#include "app/ascode/terminal.hpp"

namespace lectr::app::ascode {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::chrono_literals;

constexpr auto kPatience = 10s;
constexpr auto kPause = 100ms;

std::string version_name(const Json& version) { return "version " + version.dump(); }

// Problems with their places, for --json.
Json placed(Json problems, const Document& document) {
  for (Json& problem : problems) {
    const Place place = document.place_of(problem.value("field", ""));
    problem["line"] = place.line;
    problem["column"] = place.column;
  }
  return problems;
}

// The gateway's word on a document. Nothing: it said why not.
std::optional<Json> ask_plan(Client& client, const Json& document) {
  const Answer answer = client.ask("POST", "/control/plan", {{"document", document}});
  if (!answer.good()) return fail(answer), std::nullopt;
  for (const char* list : {"changes", "problems", "warnings"})
    if (!answer.body.contains(list) || !answer.body[list].is_array())
      return fail("the gateway does not know plans: it is older than this command"), std::nullopt;
  if (!answer.body.contains("base_version") || !answer.body["base_version"].is_number_integer())
    return fail("the gateway's answer names no version"), std::nullopt;
  return answer.body;
}

// What deserves a look, and what would change, for people.
void print_plan(const Json& plan, const std::string& file, const Document& document) {
  if (!plan["warnings"].empty()) std::cout << "To look at:\n" << show_problems(file, document, plan["warnings"]);
  const Json& changes = plan["changes"];
  if (changes.empty()) {
    std::cout << "No changes: " << version_name(plan["base_version"]) << " says the same.\n";
    return;
  }
  std::cout << "Against " << version_name(plan["base_version"]) << ", " << count_changes(changes) << ":\n"
            << show_changes(changes, colour_of_output());
}

std::optional<Json> replay(Client& client, const Json& plan, const std::string& window) {
  const Answer answer = client.ask("POST", "/control/replay", {{"document", plan["document"]}, {"window", window}});
  if (answer.good()) return answer.body;
  fail(answer);
  return {};
}

bool confirmed(const Client& client, const Asked& asked, const char* act) {
  if (asked.yes) return true;
  if (!can_ask() || asked.file == "-") {
    fail("nobody can be asked here: say --yes");
    return false;
  }
  std::cerr << act << ' ' << clean(client.shown()) << "? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return true;
  fail("nothing was changed");
  return false;
}

// One look. Nothing: it can't be told. How many instances there are; `behind`: a line for each that has an older version.
std::optional<int> look_at_instances(Client& client, std::int64_t version, std::string& behind) {
  const Answer answer = client.ask("GET", "/instances");
  if (!answer.good() || !answer.body.contains("rows")) return {};
  behind.clear();
  for (const Json& row : answer.body["rows"])
    if (const std::int64_t has = row.value("version", std::int64_t{0}); has < version)
      behind += "  instance " + clean(row.value("id", "")) + " has version " + std::to_string(has) + ", last heard of at " +
                clean(row.value("seen_at", "")) + "\n";
  return static_cast<int>(answer.body["rows"].size());
}

// Waits until the version is in force in every instance, and says how it went: kDone or kLags. Who ends says so and is none any more; one that fell
// silent stays one for a minute, since it may be cut off from the store and serve by the old version.
int wait_in_force(Client& client, std::int64_t version) {
  const std::string name = "Version " + std::to_string(version);
  const int expected = client.expected_instances();
  if (expected == 0) return std::cout << name << " is in force; no gateway runs on it now.\n", kDone;
  std::string behind;
  std::optional<int> heard;
  for (const auto until = std::chrono::steady_clock::now() + kPatience; std::chrono::steady_clock::now() < until;
       std::this_thread::sleep_for(kPause)) {
    heard = look_at_instances(client, version, behind);
    if (!heard || *heard < expected || !behind.empty()) continue;
    std::cout << name << " is in force in every instance.\n";
    return kDone;
  }
  std::cerr << name << " is the newest one, but after 10 s not in force everywhere:\n" << behind;
  if (!heard)
    std::cerr << "  which instances have it can't be told now\n";
  else if (behind.empty())
    std::cerr << "  the gateway on this state directory has not said yet that it has it\n";
  return kLags;
}

// Makes `document` the newest version, behind `base`. `via`: file where it is one, which later edits by hand are held against; else cli.
int put(Client& client, const Json& document, const Json& base, const std::string& note, const char* via) {
  Json body{{"base_version", base}, {"document", document}, {"via", via}};
  if (!note.empty()) body["note"] = note;
  const Answer answer = client.ask("PUT", "/control", body);
  if (answer.status == 409) return fail("the state moved meanwhile: " + advice(answer) + ". Plan again");
  if (!answer.good()) return fail(answer);
  return wait_in_force(client, answer.body.value("version", std::int64_t{0}));
}

// Whether the newest version is still the one that was planned against. Says so when it is not.
bool still_at(Client& client, const Json& newest, std::int64_t wanted) {
  if (newest == wanted) return true;
  std::string who;
  if (const Answer state = client.ask("GET", "/control"); state.good() && state.body["changed_by"].is_string())
    who = " by " + state.body["changed_by"].get<std::string>() + " at " + state.body.value("changed_at", "");
  fail("the state moved since the plan: that was against version " + std::to_string(wanted) + ", the newest is " + newest.dump() + who +
       ". Nothing was changed; plan again, or --force");
  return false;
}

}  // namespace

int plan(Client& client, const Asked& asked) {
  const auto document = load_document(asked.file);
  if (!document) return kFailed;
  auto plan = ask_plan(client, document->value);
  if (!plan) return kFailed;
  const std::string name = shown_name(asked.file);
  const bool wrong = !(*plan)["problems"].empty();
  if (wrong && !asked.json) std::cerr << show_problems(name, *document, (*plan)["problems"]);
  std::optional<Json> replayed;
  if (!wrong && !asked.window.empty() && !(replayed = replay(client, *plan, asked.window))) return kFailed;
  if (asked.json) {
    (*plan)["problems"] = placed((*plan)["problems"], *document);
    (*plan)["warnings"] = placed((*plan)["warnings"], *document);
    if (replayed) (*plan)["replay"] = *replayed;
    std::cout << plan->dump(2) << "\n";
  }
  if (wrong) return kFailed;
  if (!asked.json) print_plan(*plan, name, *document);
  if (!asked.json && replayed) std::cout << show_replay(*replayed);
  if ((*plan)["changes"].empty()) return kDone;
  if (const std::string target = client.target(); !target.empty())
    note_plan(plan_notes_path(), plan_hash(document->value, target), (*plan)["base_version"].get<std::int64_t>());
  return kChanges;
}

int apply(Client& client, const Asked& asked) {
  const auto document = load_document(asked.file);
  if (!document) return kFailed;
  const auto plan = ask_plan(client, document->value);
  if (!plan) return kFailed;
  const std::string name = shown_name(asked.file), notes = plan_notes_path();
  if (!(*plan)["problems"].empty()) {
    std::cerr << show_problems(name, *document, (*plan)["problems"]);
    return kFailed;
  }
  const std::string target = client.target(), hash = plan_hash(document->value, target);
  const auto insisted = asked.base_version ? asked.base_version : target.empty() ? std::nullopt : noted_base(notes, hash);
  const bool same = (*plan)["changes"].empty();
  if (!same && !asked.force && insisted && !still_at(client, (*plan)["base_version"], *insisted)) return kFailed;
  print_plan(*plan, name, *document);
  if (same) return kDone;
  if (!confirmed(client, asked, "Apply to")) return kFailed;
  const int done = put(client, (*plan)["document"], (*plan)["base_version"], asked.note, "file");
  if (done != kFailed) forget_plan(notes, hash);
  return done;
}

int roll_back(Client& client, const Asked& asked) {
  Json wanted = Json::object();
  if (asked.version > 0) {
    const Answer state = client.ask("GET", "/control/versions/" + std::to_string(asked.version));
    if (state.status == 404) return fail("there is no version " + std::to_string(asked.version) + " (lectr history lists them)");
    if (!state.good()) return fail(state);
    wanted = state.body["document"];
  }
  const auto plan = ask_plan(client, wanted);
  if (!plan) return kFailed;
  const std::string name = "version " + std::to_string(asked.version);
  if (!(*plan)["problems"].empty()) {
    std::cerr << "That version can't be put in force any more:\n";
    for (const Json& problem : (*plan)["problems"])
      std::cerr << "  " << clean(problem.value("field", "")) << ": " << clean(problem.value("reason", "")) << "\n";
    return kFailed;
  }
  const Json& changes = (*plan)["changes"];
  if (changes.empty()) return std::cout << "No changes: " << version_name((*plan)["base_version"]) << " says the same.\n", kDone;
  std::cout << "Back to " << name << " from " << version_name((*plan)["base_version"]) << ", " << count_changes(changes) << ":\n"
            << show_changes(changes, colour_of_output());
  if (!confirmed(client, asked, "Roll back")) return kFailed;
  return put(client, (*plan)["document"], (*plan)["base_version"], asked.note.empty() ? "back to " + name : asked.note, "cli");
}

}  // namespace lectr::app::ascode
