#include "app/ascode/show.hpp"

#include <algorithm>
#include <cstdio>
#include <set>

#include "app/ascode/document_write.hpp"

namespace lectr::app::ascode {
namespace {

using Json = nlohmann::ordered_json;

struct Look {
  const char *sign, *paint, *verb;
};
Look look_of(const std::string& action) {
  if (action == "added") return {"+", "\x1b[32m", "add"};
  if (action == "removed") return {"-", "\x1b[31m", "remove"};
  if (action == "moved") return {">", "\x1b[36m", "move"};
  return {"~", "\x1b[33m", "change"};
}

std::string painted(const std::string& text, const char* paint, Colour colour) { return colour == Colour::yes ? paint + text + "\x1b[0m" : text; }

std::string text_of(const Json& object, const char* name) {
  const auto at = object.is_object() ? object.find(name) : object.end();
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string{};
}
Json value_of(const Json& object, const char* name) {
  const auto at = object.is_object() ? object.find(name) : object.end();
  return at == object.end() ? Json(nullptr) : *at;
}
const Json& list_of(const Json& object, const char* name) {
  static const Json none = Json::array();
  const auto at = object.is_object() ? object.find(name) : object.end();
  return at != object.end() && at->is_array() ? *at : none;
}

std::string value_text(const Json& value) { return value.is_null() ? "(default)" : clean(write_value(value)); }

std::string field_line(const Json& field, const std::string& action, Colour colour) {
  const Json before = value_of(field, "before"), after = value_of(field, "after");
  const std::string name = clean(text_of(field, "field"));
  const std::string title = "      " + (name.empty() ? std::string{} : name + ": ");
  if (action == "added") return title + value_text(after) + '\n';
  if (action == "removed") return title + value_text(before) + '\n';
  return title + painted(value_text(before), "\x1b[31m", colour) + " -> " + painted(value_text(after), "\x1b[32m", colour) + '\n';
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string of_all(const Json& part, const Json& all) {
  if (!part.is_number_integer() || !all.is_number_integer() || all.get<std::int64_t>() <= 0) return value_text(part);
  const double percent = 100.0 * static_cast<double>(part.get<std::int64_t>()) / static_cast<double>(all.get<std::int64_t>());
  char text[32];
  std::snprintf(text, sizeof text, " (%.1f %%)", percent);
  return part.dump() + text;
}

std::string bare(const Json& value) {
  return value.is_null() ? "not known" : value.is_string() ? clean(value.get<std::string>()) : value_text(value);
}

}  // namespace

std::string clean(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return out;
}

std::string show_changes(const Json& changes, Colour colour) {
  std::string out;
  for (const Json& change : changes) {
    const std::string action = text_of(change, "action"), what = text_of(change, "what"), name = text_of(change, "name");
    const Look look = look_of(action);
    const std::string title = what == "setting" ? clean(name) : clean(what) + " '" + clean(name) + '\'';
    out += "  " + painted(std::string{look.sign} + ' ' + title, look.paint, colour);
    if (action == "moved") {
      const Json& field = list_of(change, "fields").empty() ? change : list_of(change, "fields")[0];
      out += " from place " + value_text(value_of(field, "before")) + " to " + value_text(value_of(field, "after")) + '\n';
      continue;
    }
    out += '\n';
    for (const Json& field : list_of(change, "fields")) out += field_line(field, action, colour);
  }
  return out;
}

std::string count_changes(const Json& changes) {
  std::string out;
  for (const char* action : {"added", "changed", "removed", "moved"}) {
    const auto n = std::count_if(changes.begin(), changes.end(), [&](const Json& change) { return text_of(change, "action") == action; });
    if (n > 0) out += (out.empty() ? "" : ", ") + std::to_string(n) + " to " + look_of(action).verb;
  }
  return out;
}

std::string show_problems(const std::string& file, const std::vector<DocumentProblem>& problems) {
  std::string out;
  for (const auto& [place, field, reason] : problems)
    out += file + ':' + std::to_string(place.line) + ':' + std::to_string(place.column) + ": " + (field.empty() ? "" : clean(field) + ": ") +
           clean(reason) + '\n';
  return out;
}

std::string show_problems(const std::string& file, const Document& document, const Json& problems) {
  std::vector<DocumentProblem> placed;
  for (const Json& problem : problems) {
    const std::string field = text_of(problem, "field");
    placed.push_back({document.place_of(field), field, text_of(problem, "reason")});
  }
  std::stable_sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) { return a.place < b.place; });
  return show_problems(file, placed);
}

namespace {

// One line of the table: now, planned.
std::string both(const char* title, const std::string& now, const std::string& planned) {
  const auto cell = [](const std::string& text, std::size_t width) { return text.size() < width ? padded(text, width) : text + "  "; };
  return "  " + cell(title, 22) + cell(now, 24) + planned + '\n';
}
std::string cost_of(const Json& state) {
  return "$" + bare(value_of(state, "cost")) + " ($" + bare(value_of(state, "cost_low")) + " to $" + bare(value_of(state, "cost_high")) + ')';
}
std::string latency_of(const Json& state) {
  const Json ms = value_of(state, "latency_p95_ms");
  return ms.is_null() ? "not known" : bare(ms) + " ms";
}
std::string count_in(const Json& state, const char* list, const std::string& name) {
  for (const Json& one : list_of(state, list))
    if (text_of(one, "name") == name) return bare(value_of(one, "requests"));
  return "-";
}

// What rules, limits or budgets did, of either state.
std::string each_of(const Json& now, const Json& planned, const char* list, const std::string& title) {
  std::set<std::string> names;
  for (const Json* state : {&now, &planned})
    for (const Json& one : list_of(*state, list)) names.insert(text_of(one, "name"));
  std::string out;
  for (const std::string& name : names) out += both((title + clean(name)).c_str(), count_in(now, list, name), count_in(planned, list, name));
  return out;
}

// What is in shadow did nothing: it has lines of its own, and none where nothing is.
std::string shadow_of(const Json& now, const Json& planned, const Json& all) {
  const Json one = value_of(now, "shadow"), other = value_of(planned, "shadow");
  const std::string each =
      each_of(one, other, "rules", "  rule ") + each_of(one, other, "limits", "  limit ") + each_of(one, other, "budgets", "  budget ");
  if (each.empty()) return {};
  const auto line = [&](const char* title, const char* name) {
    return both(title, of_all(value_of(one, name), all), of_all(value_of(other, name), all));
  };
  return line("in shadow: would stop", "stopped") + line("  to a cheaper model", "downgraded") + each;
}

}  // namespace

std::string show_replay(const Json& replay) {
  const Json states = value_of(replay, "states"), now = value_of(states, "before"), planned = value_of(states, "after"),
             all = value_of(states, "requests");
  std::string out = "Replayed over " + bare(all) + " requests from " + bare(value_of(replay, "from")) + " to " + bare(value_of(replay, "to")) +
                    (value_of(replay, "complete") == false ? ", a part of the window" : "") + "; " + of_all(value_of(states, "differ"), all) +
                    " would be decided in another way:\n";
  out += both("", "now", "planned");
  for (const auto& [title, name] : {std::pair{"pass", "passed"},
                                    {"  sent elsewhere", "rerouted"},
                                    {"  to a cheaper model", "downgraded"},
                                    {"refused by limits", "limited"},
                                    {"refused by budgets", "blocked"}})
    out += both(title, of_all(value_of(now, name), all), of_all(value_of(planned, name), all));
  out += both("cost of what passes", cost_of(now), cost_of(planned));
  out += both("  not known of", bare(value_of(now, "cost_unknown")), bare(value_of(planned, "cost_unknown")));
  out += both("P95 latency", latency_of(now), latency_of(planned));
  out += each_of(now, planned, "rules", "rule ") + each_of(now, planned, "limits", "limit ") + each_of(now, planned, "budgets", "budget ");
  out += shadow_of(now, planned, all);
  for (const Json& note : list_of(replay, "notes")) out += "  Note: " + bare(note) + '\n';
  return out;
}

std::string show_history(const Json& rows) {
  std::string out;
  for (const Json& row : rows) {
    out += padded("v" + value_of(row, "version").dump(), 6) + bare(value_of(row, "changed_at")) + "  " + bare(value_of(row, "changed_by")) + " (" +
           bare(value_of(row, "via")) + ')' + (text_of(row, "note").empty() ? "" : ": " + clean(text_of(row, "note"))) + '\n';
    for (const Json& line : list_of(row, "summary")) out += "      " + bare(line) + '\n';
  }
  return out;
}

}  // namespace lectr::app::ascode
