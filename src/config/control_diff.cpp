// What is different between two control states, in a line each.
#include <algorithm>
#include <map>

#include "lectr/config/control.hpp"

namespace lectr::config {
namespace {

template <class Item>
void compare_lists(const char* what, const std::vector<Item>& before, const std::vector<Item>& after, std::vector<std::string>& out) {
  std::map<std::string_view, const Item*> old, fresh;
  for (const Item& item : before) old.emplace(item.name, &item);
  for (const Item& item : after) fresh.emplace(item.name, &item);
  const auto say = [&](const std::string& name, const char* happened) { out.push_back(std::string{what} + " '" + name + "' " + happened); };
  for (const Item& item : before)
    if (!fresh.contains(item.name)) say(item.name, "removed");
  for (const Item& item : after) {
    const auto was = old.find(item.name);
    if (was == old.end())
      say(item.name, "added");
    else if (!(*was->second == item))
      say(item.name, "changed");
  }
}

// Names of the rules that both have, in their order of priority.
std::vector<std::string_view> common_order(const std::vector<Rule>& of, const std::vector<Rule>& other) {
  std::map<std::string_view, bool> there;
  for (const Rule& rule : other) there.emplace(rule.name, true);
  std::vector<std::string_view> names;
  for (const Rule& rule : of)
    if (there.contains(rule.name)) names.push_back(rule.name);
  return names;
}

}  // namespace

std::vector<std::string> describe_change(const Control& before, const Control& after) {
  std::vector<std::string> out;
  if (before.time_zone != after.time_zone) out.push_back("time zone " + after.time_zone);
  compare_lists("rule", before.rules, after.rules, out);
  if (common_order(before.rules, after.rules) != common_order(after.rules, before.rules)) out.emplace_back("rules reordered");
  compare_lists("limit", before.limits, after.limits, out);
  compare_lists("budget", before.budgets, after.budgets, out);
  compare_lists("latency target", before.latency_targets, after.latency_targets, out);
  compare_lists("alert channel", before.alerts, after.alerts, out);
  return out;
}

}  // namespace lectr::config
