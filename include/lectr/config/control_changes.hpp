// What is different between two control documents: the one comparison that plans, histories and summaries are made from. It works on the documents'
// JSON, in the canonical form of write_control, so that members it has never heard of are compared as well. Pure; any thread.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace lectr::config {

enum class ChangeAction : std::uint8_t { added, removed, changed, moved };
const char* to_text(ChangeAction action) noexcept;

// One value of an item. `field` is its path within the item ("split[1].weight"); null stands for what is not there (its default holds).
struct FieldChange {
  std::string field;
  nlohmann::ordered_json before, after;
  friend bool operator==(const FieldChange&, const FieldChange&) = default;
};

// One item of the document: an element of a list at the top ("rule", by its name; what has none by "provider/model"), or a member at the top that is no
// list ("setting", by the member's name). An item that was added or removed has all its members as fields. Order counts for rules alone: one that is
// `moved` has the field `position`, counted from 1; a rule that moved and changed is there twice.
struct Change {
  std::string what, name;
  ChangeAction action = ChangeAction::changed;
  std::vector<FieldChange> fields;
  friend bool operator==(const Change&, const Change&) = default;
};

// In the order of the documents' members; of a list first what is removed, then the rest in its new order. As few rules as can be are `moved`: those that
// keep their order among each other are not. Empty: the documents say the same. n log n in the number of items.
std::vector<Change> changes_between(const nlohmann::ordered_json& before, const nlohmann::ordered_json& after);

// A line for each: "rule 'chat' added". More than three moves are one line.
std::vector<std::string> describe(const std::vector<Change>& changes);
// [{"what","name","action","fields":[{"field","before","after"}]}]
nlohmann::ordered_json to_json(const std::vector<Change>& changes);

}  // namespace lectr::config
