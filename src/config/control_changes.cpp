#include "lectr/config/control_changes.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace lectr::config {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMovesOneByOne = 3;

const Json* member_of(const Json& object, const std::string& name) {
  const auto at = object.find(name);
  return at == object.end() ? nullptr : &*at;
}

// The members of both in one order: those of `after`, and each that is gone behind the one that it followed.
std::vector<std::string> members_of(const Json& before, const Json& after) {
  std::vector<std::string> names;
  for (const auto& [name, value] : after.items()) names.push_back(name);
  const std::set<std::string> there(names.begin(), names.end());
  std::size_t behind = 0;
  for (const auto& [name, value] : before.items()) {
    if (there.contains(name))
      behind = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin()) + 1;
    else
      names.insert(names.begin() + static_cast<std::ptrdiff_t>(behind++), name);
  }
  return names;
}

bool holds_objects(const Json& value) {
  return value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), [](const Json& one) { return one.is_object(); });
}

// Goes down into objects and lists of objects; anything else is one value, a list of numbers too.
void compare(const std::string& path, const Json& before, const Json& after, std::vector<FieldChange>& out) {
  if (before == after) return;
  if (before.is_object() && after.is_object()) {
    for (const std::string& name : members_of(before, after)) {
      const Json *was = member_of(before, name), *is = member_of(after, name);
      compare(path.empty() ? name : path + '.' + name, was ? *was : Json(nullptr), is ? *is : Json(nullptr), out);
    }
  } else if (holds_objects(before) && holds_objects(after)) {
    for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i)
      compare(path + '[' + std::to_string(i) + ']', i < before.size() ? before[i] : Json(nullptr), i < after.size() ? after[i] : Json(nullptr), out);
  } else {
    out.push_back({path, before, after});
  }
}

std::string word_of(const std::string& member) {
  if (member == "alerts") return "alert channel";
  std::string word = member;
  std::replace(word.begin(), word.end(), '_', ' ');
  if (word.ends_with('s')) word.pop_back();
  return word;
}

std::string text_of(const Json& object, const char* name) {
  const auto at = object.is_object() ? object.find(name) : object.end();
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string{};
}
// By name; what has none by provider and model, or by where it stands.
std::string name_of(const Json& item, std::size_t at) {
  if (auto name = text_of(item, "name"); !name.empty()) return name;
  const std::string provider = text_of(item, "provider"), model = text_of(item, "model");
  if (!provider.empty() || !model.empty()) return provider + '/' + model;
  return std::to_string(at + 1);
}

struct Item {
  std::string name;
  const Json* value = nullptr;
  std::size_t at = 0;
};
std::vector<Item> items_of(const Json& list) {
  std::vector<Item> items;
  std::map<std::string, int> seen;
  for (std::size_t i = 0; i < list.size(); ++i) {
    std::string name = name_of(list[i], i);
    if (const int n = ++seen[name]; n > 1) name += " (" + std::to_string(n) + ')';  // in no document that was checked
    items.push_back({std::move(name), &list[i], i});
  }
  return items;
}

// Which of these different numbers belong to a longest ascending part: of that, none needs to be moved.
std::vector<bool> longest_ascending(const std::vector<std::size_t>& numbers) {
  std::vector<std::size_t> ends, before(numbers.size());  // indices: of the smallest end of each length; of the one before
  constexpr std::size_t kNone = SIZE_MAX;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto at = std::lower_bound(ends.begin(), ends.end(), numbers[i], [&](std::size_t end, std::size_t n) { return numbers[end] < n; });
    before[i] = at == ends.begin() ? kNone : *(at - 1);
    if (at == ends.end())
      ends.push_back(i);
    else
      *at = i;
  }
  std::vector<bool> kept(numbers.size());
  for (std::size_t i = ends.empty() ? kNone : ends.back(); i != kNone; i = before[i]) kept[i] = true;
  return kept;
}

Change whole_item(const std::string& what, const Item& item, ChangeAction action) {
  Change change{what, item.name, action, {}};
  const bool added = action == ChangeAction::added;
  if (!item.value->is_object()) {
    change.fields.push_back({"", added ? Json(nullptr) : *item.value, added ? *item.value : Json(nullptr)});
    return change;
  }
  for (const auto& [name, value] : item.value->items())
    if (name != "name") change.fields.push_back({name, added ? Json(nullptr) : value, added ? value : Json(nullptr)});
  return change;
}

// `common`: items of both, as they are now, with where each was.
void find_moved(const std::string& what, const std::vector<std::pair<Item, std::size_t>>& common, std::vector<Change>& out) {
  std::vector<std::size_t> was;
  for (const auto& [item, before] : common) was.push_back(before);
  const auto kept = longest_ascending(was);
  for (std::size_t i = 0; i < common.size(); ++i)
    if (!kept[i]) out.push_back({what, common[i].first.name, ChangeAction::moved, {{"position", was[i] + 1, common[i].first.at + 1}}});
}

void compare_lists(const std::string& member, const Json& before, const Json& after, std::vector<Change>& out) {
  const std::string what = word_of(member);
  const auto old = items_of(before), fresh = items_of(after);
  std::map<std::string_view, const Item*> was, is;
  for (const Item& item : old) was.emplace(item.name, &item);
  for (const Item& item : fresh) is.emplace(item.name, &item);
  for (const Item& item : old)
    if (!is.contains(item.name)) out.push_back(whole_item(what, item, ChangeAction::removed));
  std::vector<std::pair<Item, std::size_t>> common;
  for (const Item& item : fresh) {
    const auto at = was.find(item.name);
    if (at == was.end()) {
      out.push_back(whole_item(what, item, ChangeAction::added));
      continue;
    }
    common.emplace_back(item, at->second->at);
    Change change{what, item.name, ChangeAction::changed, {}};
    compare("", *at->second->value, *item.value, change.fields);
    if (!change.fields.empty()) out.push_back(std::move(change));
  }
  if (member == "rules") find_moved(what, common, out);
}

void compare_setting(const std::string& member, const Json* before, const Json* after, std::vector<Change>& out) {
  Change change{"setting", member, !before ? ChangeAction::added : !after ? ChangeAction::removed : ChangeAction::changed, {}};
  const Json& either = before ? *before : *after;
  const Json nothing = either.is_object() ? Json::object() : Json(nullptr);
  compare("", before ? *before : nothing, after ? *after : nothing, change.fields);
  if (!change.fields.empty()) out.push_back(std::move(change));
}

std::string line_of(const Change& change) {
  if (change.what != "setting") return change.what + " '" + change.name + "' " + to_text(change.action);
  std::string name = change.name;
  std::replace(name.begin(), name.end(), '_', ' ');
  const bool one = change.fields.size() == 1 && change.fields[0].field.empty();
  if (!one) return name + ' ' + to_text(change.action);
  const Json& now = change.fields[0].after;
  return name + ' ' + (now.is_null() ? std::string{"back to its default"} : now.is_string() ? now.get<std::string>() : now.dump());
}

}  // namespace

const char* to_text(ChangeAction action) noexcept {
  static constexpr const char* kWords[] = {"added", "removed", "changed", "moved"};
  return kWords[static_cast<int>(action)];
}

std::vector<Change> changes_between(const Json& before, const Json& after) {
  std::vector<Change> out;
  if (!before.is_object() || !after.is_object()) {
    if (before != after) out.push_back({"setting", "document", ChangeAction::changed, {{"", before, after}}});
    return out;
  }
  const Json empty = Json::array();
  for (const std::string& member : members_of(before, after)) {
    const Json *was = member_of(before, member), *is = member_of(after, member);
    const auto list = [](const Json* value) { return !value || value->is_array(); };
    if (list(was) && list(is))
      compare_lists(member, was ? *was : empty, is ? *is : empty, out);
    else
      compare_setting(member, was, is, out);
  }
  return out;
}

std::vector<std::string> describe(const std::vector<Change>& changes) {
  const auto moves = static_cast<std::size_t>(
      std::count_if(changes.begin(), changes.end(), [](const Change& change) { return change.action == ChangeAction::moved; }));
  std::vector<std::string> out;
  bool said = false;
  for (const Change& change : changes) {
    if (change.action != ChangeAction::moved || moves <= kMovesOneByOne)
      out.push_back(line_of(change));
    else if (!std::exchange(said, true))
      out.push_back(std::to_string(moves) + " rules moved");
  }
  return out;
}

Json to_json(const std::vector<Change>& changes) {
  Json out = Json::array();
  for (const Change& change : changes) {
    Json fields = Json::array();
    for (const FieldChange& field : change.fields) fields.push_back({{"field", field.field}, {"before", field.before}, {"after", field.after}});
    out.push_back({{"what", change.what}, {"name", change.name}, {"action", to_text(change.action)}, {"fields", std::move(fields)}});
  }
  return out;
}

}  // namespace lectr::config
