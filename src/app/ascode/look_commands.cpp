// export, history, diff, validate: the commands that change nothing and compare nothing with a file.
#include <fstream>
#include <iostream>

#include "app/ascode/document_write.hpp"
#include "app/ascode/run.hpp"
#include "app/ascode/show.hpp"
#include "app/ascode/terminal.hpp"
#include "lectr/config/control.hpp"

namespace lectr::app::ascode {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kPage = 100;

std::string text_of(const Json& value) { return value.is_string() ? clean(value.get<std::string>()) : std::string{}; }

std::string header_of(const Json& state, const std::string& org) {
  const std::string version = state.value("version", Json(0)).dump(), who = text_of(state["changed_by"]);
  return "# Control state" + (org.empty() ? std::string{} : " of org " + clean(org)) + ", version " + version +
         (who.empty() ? "" : ", made " + text_of(state["changed_at"]) + " by " + who) +
         ".\n# Change it here; lectr plan -f FILE shows what that would change, lectr apply -f FILE puts it in force. What is left out has its "
         "default.\n";
}

int write_out(const std::string& file, const std::string& text) {
  if (file.empty() || file == "-") return std::cout << text, kDone;
  std::ofstream out{file, std::ios::binary | std::ios::trunc};
  out << text;
  out.close();
  return out ? kDone : fail(file + " can't be written");
}

}  // namespace

int export_state(Client& client, const Asked& asked) {
  Answer answer = asked.version == 0
                      ? Answer{200, {{"version", 0}, {"changed_at", nullptr}, {"changed_by", nullptr}, {"document", Json::object()}}, {}}
                      : client.ask("GET", asked.version > 0 ? "/control/versions/" + std::to_string(asked.version) : "/control");
  if (answer.status == 404 && asked.version > 0) return fail("there is no version " + std::to_string(asked.version) + " (lectr history lists them)");
  if (!answer.good()) return fail(answer);
  const Json& document = answer.body["document"];
  if (!document.is_object()) return fail("the gateway's answer holds no document");
  return write_out(asked.output, asked.json ? document.dump(2) + '\n' : header_of(answer.body, client.org_name()) + write_document(document));
}

int show_versions(Client& client, const Asked& asked) {
  Json rows = Json::array();
  std::string before;
  while (static_cast<std::int64_t>(rows.size()) < asked.limit) {
    const auto wanted = std::min(kPage, asked.limit - static_cast<std::int64_t>(rows.size()));
    const Answer page = client.ask("GET", "/control/versions?limit=" + std::to_string(wanted) + before);
    if (!page.good()) return fail(page);
    for (const Json& row : page.body["rows"]) rows.push_back(row);
    if (!page.body["next"].is_number_integer()) break;
    before = "&before=" + page.body["next"].dump();
  }
  if (asked.json)
    std::cout << rows.dump(2) << "\n";
  else
    std::cout << (rows.empty() ? "There is no version yet.\n" : show_history(rows));
  return kDone;
}

int show_difference(Client& client, const Asked& asked) {
  const Answer answer = client.ask("GET", "/control/diff?from=" + std::to_string(asked.from) + "&to=" + std::to_string(asked.to));
  if (answer.status == 404) return fail("one of the two versions is not there (lectr history lists them)");
  if (!answer.good()) return fail(answer);
  const Json& changes = answer.body["changes"];
  if (asked.json)
    std::cout << answer.body.dump(2) << "\n";
  else
    std::cout << (changes.empty() ? "No changes.\n" : show_changes(changes, colour_of_output()));
  return kDone;
}

int validate(const CommonFlags& flags, const Asked& asked) {
  const auto document = load_document(asked.file);
  if (!document) return kFailed;
  const auto registry = config::build_registry(settings_or_exit(flags).providers);
  if (!registry) return fail(registry.error().front().to_text());
  const auto control = config::parse_control(document->value.dump(), *registry);
  if (control) return std::cout << shown_name(asked.file) << " is fine.\n", kDone;
  Json problems = Json::array();
  for (const auto& problem : control.error()) problems.push_back({{"field", problem.field}, {"reason", problem.reason}});
  std::cerr << show_problems(shown_name(asked.file), *document, problems);
  return kFailed;
}

}  // namespace lectr::app::ascode
