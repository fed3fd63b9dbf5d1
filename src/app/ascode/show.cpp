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

std::string line_of(const char* title, const std::string& value) { return "  " + padded(title, 22) + value + '\n'; }

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

// An element of a list that is not known here: "name: member value, member value".
std::string element_line(const Json& element) {
  if (!element.is_object()) return "  " + bare(element) + '\n';
  std::string rest;
  for (const auto& [name, value] : element.items())
    if (name != "name") rest += (rest.empty() ? "" : ", ") + clean(name) + ' ' + bare(value);
  return "  " + padded(clean(text_of(element, "name")), 22) + rest + '\n';
}

std::string unknown_members(const Json& replay, const std::set<std::string>& known) {
  std::string out;
  for (const auto& [name, value] : replay.items()) {
    if (known.contains(name)) continue;
    std::string title = clean(name);
    std::replace(title.begin(), title.end(), '_', ' ');
    if (!value.is_array()) {
      out += line_of(title.c_str(), bare(value));
    } else if (!value.empty()) {
      out += "  " + title + ":\n";
      for (const Json& element : value) out += "  " + element_line(element);
    }
  }
  return out;
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

std::string show_replay(const Json& replay) {
  static const std::set<std::string> kKnown{"from",
                                            "to",
                                            "complete",
                                            "requests",
                                            "matched",
                                            "rerouted",
                                            "rules",
                                            "cost_before",
                                            "cost_after",
                                            "cost_low",
                                            "cost_high",
                                            "cost_unknown",
                                            "latency_p95_before_ms",
                                            "latency_p95_after_ms",
                                            "latency_unknown",
                                            "notes"};
  const auto get = [&](const char* name) { return value_of(replay, name); };
  std::string out = "Replayed over " + bare(get("requests")) + " requests from " + bare(get("from")) + " to " + bare(get("to")) +
                    (get("complete") == false ? ", the newest of more" : "") + ":\n";
  out += line_of("matched by rules", of_all(get("matched"), get("requests")));
  out += line_of("sent elsewhere", of_all(get("rerouted"), get("requests")));
  out += line_of("cost", bare(get("cost_before")) + " -> " + bare(get("cost_after")) + " USD (" + bare(get("cost_low")) + " to " +
                             bare(get("cost_high")) + "), not known of " + bare(get("cost_unknown")) + " requests");
  out += line_of("P95 latency", bare(get("latency_p95_before_ms")) + " -> " + bare(get("latency_p95_after_ms")) + " ms");
  for (const Json& rule : list_of(replay, "rules"))
    out += line_of(("rule " + clean(text_of(rule, "name"))).c_str(), bare(value_of(rule, "requests")) + " requests, " +
                                                                         bare(value_of(rule, "rerouted")) + " sent elsewhere" +
                                                                         (value_of(rule, "shadow") == true ? " (in shadow: none is)" : ""));
  out += unknown_members(replay, kKnown);
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
