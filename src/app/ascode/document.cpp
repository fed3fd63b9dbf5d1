#include "app/ascode/document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <set>
#include <sstream>

#include "lectr/base/text.hpp"

namespace lectr::app::ascode {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostShown = 64;             // of a name in a path
constexpr std::size_t kMostPathBytes = 64u << 20;  // of all places: what comes then is told by what it lies in

Place place_of_mark(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
}

// Thrown through the parser, which knows no other way to stop.
struct Stop {
  DocumentProblem problem;
};

std::optional<std::int64_t> whole_number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0o")) {
    base = text[1] == 'x' ? 16 : 8;
    text.remove_prefix(2);
    if (text.starts_with('-')) return {};
  } else if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return {};
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

Json typed(const std::string& text) {
  for (const char* word : {"true", "True", "TRUE"})
    if (text == word) return true;
  for (const char* word : {"false", "False", "FALSE"})
    if (text == word) return false;
  for (const char* word : {"null", "Null", "NULL", "~", ""})
    if (text == word) return nullptr;
  if (const auto number = whole_number(text)) return *number;
  return text;
}

// Makes JSON of the parser's events. Nothing is looked up twice and no alias is followed, so the time is that of reading.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(Document& out) : out_{out} {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (std::exchange(begun_, true)) throw Stop{{place_of_mark(mark), "", "the file holds more than one document"}};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    if (wants_name()) return take_name(mark, std::nullopt);
    put(mark, nullptr);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, path(), "aliases are not taken: write the value out");
    if (wants_name()) return take_name(mark, std::string{"*"});
    put(mark, nullptr);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    if (wants_name()) return take_name(mark, value);
    const bool plain = tag == "?" || tag.empty();
    if (!plain && tag != "!" && tag != "tag:yaml.org,2002:str") refuse(mark, path(), "this tag is not taken");
    put(mark, plain ? typed(value) : Json(value));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override { open(mark, Json::array()); }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override { open(mark, Json::object()); }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    Json value;
    std::string path;
    std::string name;  // of a map: of the member whose value comes next
    bool named = false, twice = false;
    std::set<std::string> names;
  };

  bool wants_name() const { return !levels_.empty() && levels_.back().value.is_object() && !levels_.back().named; }

  // Where the next value goes.
  std::string path() const {
    if (levels_.empty()) return "";
    const Level& in = levels_.back();
    if (in.value.is_array()) return in.path + '[' + std::to_string(in.value.size()) + ']';
    if (!in.named) return in.path;
    const std::string_view name = cut_utf8(in.name, kMostShown);
    return in.path.empty() ? std::string{name} : in.path + '.' + std::string{name};
  }

  void take_name(const YAML::Mark& mark, std::optional<std::string> name) {
    Level& in = levels_.back();
    if (!name) refuse(mark, in.path, "a member without a name");
    in.name = name.value_or("");
    in.named = true;
    in.twice = !in.names.insert(in.name).second;
    if (in.twice) return refuse(mark, path(), "is given twice in one object");
    note_place(mark);
  }

  void open(const YAML::Mark& mark, Json empty) {
    if (wants_name()) throw Stop{{place_of_mark(mark), path(), "a name must be plain text"}};
    if (levels_.size() >= kMostDepth) throw Stop{{place_of_mark(mark), "", "is nested deeper than " + std::to_string(kMostDepth) + " levels"}};
    note_place(mark);
    levels_.push_back({std::move(empty), path(), {}, false, false, {}});
  }

  void close() {
    Json value = std::move(levels_.back().value);
    levels_.pop_back();
    store(std::move(value));
  }

  void put(const YAML::Mark& mark, Json value) {
    note_place(mark);
    store(std::move(value));
  }
  // The first stays: a member's is its name's.
  void note_place(const YAML::Mark& mark) {
    if (path_bytes_ > kMostPathBytes) return;
    std::string where = path();
    path_bytes_ += where.size() + sizeof(Place) + 64;  // a node of the map
    out_.places.emplace(std::move(where), place_of_mark(mark));
  }
  void store(Json value) {
    if (levels_.empty()) {
      out_.value = std::move(value);
      return;
    }
    Level& in = levels_.back();
    if (in.value.is_array()) return in.value.push_back(std::move(value));
    // Known to be new: the map itself would look through all.
    if (!in.twice) in.value.get_ref<Json::object_t&>().Json::object_t::Container::emplace_back(in.name, std::move(value));
    in.named = in.twice = false;
  }

  void refuse(const YAML::Mark& mark, std::string field, const char* reason) {
    if (out_.problems.size() < kMostDocumentProblems) out_.problems.push_back({place_of_mark(mark), std::move(field), reason});
  }

  Document& out_;
  std::vector<Level> levels_;
  std::size_t path_bytes_ = 0;
  bool begun_ = false;
};

bool is_utf8(std::string_view text) {
  // dump() is strict; what it is given is text in any case.
  try {
    (void)Json(text).dump();
    return true;
  } catch (const Json::exception&) { return false; }
}

// What the parser would take for the end of the text or for nothing at all.
std::optional<DocumentProblem> unreadable(std::string_view text) {
  if (text.size() > kMostDocumentBytes) return DocumentProblem{{}, "", "is longer than 1 MiB"};
  Place place;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F) return DocumentProblem{place, "", "holds a control character"};
    place.column = c == '\n' ? 1 : place.column + 1;
    if (c == '\n') ++place.line;
  }
  if (!is_utf8(text)) return DocumentProblem{{}, "", "is not UTF-8"};
  return {};
}

unsigned hex4(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + std::min<std::size_t>(4, text.size()), value, 16);
  return error == std::errc{} && end == text.data() + 4 ? value : 0;
}

// JSON is YAML but for two things, which are changed within their line: tabs between its tokens, and pairs of \u escapes.
std::string json_as_yaml(std::string_view text) {
  std::string out;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted && text[i] == '\\') {
      const unsigned high = text.substr(i).starts_with("\\u") ? hex4(text.substr(i + 2)) : 0;
      const unsigned low = high >= 0xD800 && high < 0xDC00 && text.substr(i + 6).starts_with("\\u") ? hex4(text.substr(i + 8)) : 0;
      if (low >= 0xDC00 && low < 0xE000) {
        char escape[16];
        std::snprintf(escape, sizeof escape, "\\U%08X", 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
        out += escape;
        i += 11;
        continue;
      }
      out += text.substr(i, 2);
      ++i;
      continue;
    }
    out += text[i] == '\t' && !quoted ? ' ' : text[i];
  }
  return out;
}

bool looks_like_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

Place end_of(std::string_view text) {
  const auto last = text.find_last_of('\n');
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  return {lines + 1, text.size() - (last == std::string_view::npos ? 0 : last + 1) + 1};
}

void parse(std::string_view text, Document& out) {
  std::istringstream in{looks_like_json(text) ? json_as_yaml(text) : std::string{text}};
  Builder builder{out};
  try {
    YAML::Parser parser{in};
    bool any = false;
    while (parser.HandleNextDocument(builder)) any = true;
    if (!any) out.value = nullptr;
  } catch (const Stop& stop) { out.problems.push_back(stop.problem); } catch (const YAML::Exception& e) {  // its texts name no content
    // What is missing at the end has no mark.
    const bool at_end = e.mark.is_null() || (e.mark.line == 0 && e.mark.column == 0 && e.msg.starts_with("end of"));
    out.problems.push_back({at_end ? end_of(text) : place_of_mark(e.mark), "", "not YAML: " + e.msg});
  }
}

}  // namespace

Place Document::place_of(std::string_view path) const {
  for (;;) {
    if (const auto at = places.find(std::string{path}); at != places.end()) return at->second;
    if (path.empty()) return {};
    const auto cut = path.find_last_of(".[");
    path = path.substr(0, cut == std::string_view::npos ? 0 : cut);
  }
}

Document read_document(std::string_view text) {
  Document out;
  if (auto problem = unreadable(text)) {
    out.problems.push_back(std::move(*problem));
    return out;
  }
  parse(text, out);
  if (out.problems.empty() && out.value.is_null()) out.problems.push_back({{}, "", "the file is empty: write {} for a state without rules"});
  if (out.problems.empty() && !out.value.is_object())
    out.problems.push_back({out.place_of(""), "", "a map of rules, limits, budgets and so on is needed"});
  return out;
}

}  // namespace lectr::app::ascode
