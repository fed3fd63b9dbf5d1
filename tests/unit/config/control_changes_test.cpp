// What is different between two documents: as tables, and that moves are as few as can be.
#include "lectr/config/control_changes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace lectr::config {
namespace {

using Json = nlohmann::ordered_json;

// One line per change: "rule a changed: when.task "x" -> "y"".
std::string told(const std::vector<Change>& changes) {
  std::string out;
  for (const Change& change : changes) {
    out += change.what + ' ' + change.name + ' ' + to_text(change.action);
    const char* between = ": ";
    for (const auto& field : change.fields) {
      out += between + field.field + ' ' + field.before.dump() + " -> " + field.after.dump();
      between = ", ";
    }
    out += '\n';
  }
  return out;
}

struct Case {
  const char *name, *before, *after, *want;
};
class Changes : public testing::TestWithParam<Case> {};
TEST_P(Changes, Are) {
  const auto before = Json::parse(GetParam().before), after = Json::parse(GetParam().after);
  EXPECT_EQ(told(changes_between(before, after)), GetParam().want);
  EXPECT_EQ(told(changes_between(after, after)), "");
  EXPECT_EQ(changes_between(before, after).empty(), changes_between(after, before).empty());
}
INSTANTIATE_TEST_SUITE_P(
    Table, Changes,
    testing::Values(Case{"both_empty", "{}", "{}", ""},
                    Case{"added_with_all_it_has", "{}", R"({"rules":[{"name":"a","when":{"feature":"chat"},"split":[{"model":"m"}]}]})",
                         "rule a added: when null -> {\"feature\":\"chat\"}, split null -> [{\"model\":\"m\"}]\n"},
                    Case{"removed", R"({"limits":[{"name":"l","kind":"tokens","limit":5}]})", "{}",
                         "limit l removed: kind \"tokens\" -> null, limit 5 -> null\n"},
                    Case{"a_field_deep_down", R"({"rules":[{"name":"a","split":[{"model":"m"},{"model":"n","weight":2}]}]})",
                         R"({"rules":[{"name":"a","split":[{"model":"m"},{"model":"n","weight":3}]}]})", "rule a changed: split[1].weight 2 -> 3\n"},
                    Case{"a_destination_more", R"({"rules":[{"name":"a","split":[{"model":"m"}]}]})",
                         R"({"rules":[{"name":"a","split":[{"model":"m"},{"model":"n"}]}]})", "rule a changed: split[1] null -> {\"model\":\"n\"}\n"},
                    Case{"numbers_are_one_value", R"({"budgets":[{"name":"b","alert_percent":[50]}]})",
                         R"({"budgets":[{"name":"b","alert_percent":[50,80]}]})", "budget b changed: alert_percent [50] -> [50,80]\n"},
                    Case{"a_field_more_and_one_less", R"({"budgets":[{"name":"b","feature":"chat"}]})", R"({"budgets":[{"name":"b","cap":"5"}]})",
                         "budget b changed: feature \"chat\" -> null, cap null -> \"5\"\n"},
                    Case{"order_of_members_is_nothing", R"({"budgets":[{"name":"b","feature":"chat","cap":"5"}]})",
                         R"({"budgets":[{"cap":"5","name":"b","feature":"chat"}]})", ""},
                    Case{"one_rule_moved", R"({"rules":[{"name":"a"},{"name":"b"},{"name":"c"},{"name":"d"}]})",
                         R"({"rules":[{"name":"d"},{"name":"a"},{"name":"b"},{"name":"c"}]})", "rule d moved: position 4 -> 1\n"},
                    Case{"moved_and_changed", R"({"rules":[{"name":"a"},{"name":"b"},{"name":"c"}]})",
                         R"({"rules":[{"name":"b"},{"name":"c"},{"name":"a","shadow":true}]})",
                         "rule a changed: shadow null -> true\nrule a moved: position 1 -> 3\n"},
                    Case{"one_before_others_moves_none", R"({"rules":[{"name":"a"},{"name":"b"}]})",
                         R"({"rules":[{"name":"n"},{"name":"a"},{"name":"b"}]})", "rule n added\n"},
                    Case{"order_of_limits_is_nothing", R"({"limits":[{"name":"a","limit":1},{"name":"b","limit":1}]})",
                         R"({"limits":[{"name":"b","limit":1},{"name":"a","limit":1}]})", ""},
                    Case{"setting_given", "{}", R"({"time_zone":"Asia/Tokyo"})", "setting time_zone added:  null -> \"Asia/Tokyo\"\n"},
                    Case{"setting_away", R"({"time_zone":"Asia/Tokyo"})", "{}", "setting time_zone removed:  \"Asia/Tokyo\" -> null\n"},
                    Case{"settings_that_are_objects", R"({"retention":{"row_days":90}})", R"({"retention":{"row_days":30,"rollup_days":400}})",
                         "setting retention changed: row_days 90 -> 30, rollup_days null -> 400\n"},
                    Case{"setting_of_an_object_given", "{}", R"({"retention":{"row_days":30}})", "setting retention added: row_days null -> 30\n"},
                    Case{"prices_by_provider_and_model",
                         R"({"prices":[{"provider":"openai","model":"m","input":"1"},{"provider":"groq","model":"m","input":"1"}]})",
                         R"({"prices":[{"provider":"groq","model":"m","input":"2"},{"provider":"openai","model":"m","input":"1"}]})",
                         "price groq/m changed: input \"1\" -> \"2\"\n"},
                    Case{"members_never_heard_of", R"({"new_things":[{"name":"x","on":true}]})", R"({"new_things":[{"name":"x","on":false}]})",
                         "new thing x changed: on true -> false\n"},
                    Case{"lists_of_texts", R"({"words":["a","b"]})", R"({"words":["a"]})", "word 2 removed:  \"b\" -> null\n"},
                    Case{"the_same_name_twice", R"({"rules":[{"name":"a"},{"name":"a","shadow":true}]})", R"({"rules":[{"name":"a"}]})",
                         "rule a (2) removed: shadow true -> null\n"},
                    Case{"no_document", "null", "{}", "setting document changed:  null -> {}\n"}),
    [](const auto& one) { return std::string{one.param.name}; });

Json rules_in(const std::vector<int>& order) {
  Json rules = Json::array();
  for (const int n : order) rules.push_back({{"name", std::to_string(n)}});
  return {{"rules", std::move(rules)}};
}

// The fewest moves are all but a longest common subsequence; this way of counting it is slow and plain.
std::size_t fewest_moves(const std::vector<int>& order) {
  std::vector<std::size_t> best(order.size(), 1);
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (order[k] < order[i]) best[i] = std::max(best[i], best[k] + 1);
  return order.size() - *std::max_element(best.begin(), best.end());
}

TEST(ControlChanges, MovesAreAsFewAsCanBe) {
  std::mt19937_64 dice{7};
  for (int round = 0; round < 300; ++round) {
    std::vector<int> order(1 + dice() % 20);
    std::iota(order.begin(), order.end(), 0);
    const Json before = rules_in(order);
    std::shuffle(order.begin(), order.end(), dice);
    EXPECT_EQ(changes_between(before, rules_in(order)).size(), fewest_moves(order));
  }
}

TEST(ControlChanges, LinesForPeople) {
  const auto before = Json::parse(R"({"time_zone":"UTC","rules":[{"name":"a"},{"name":"b"}],"alerts":[{"name":"x","type":"slack"}]})");
  const auto after = Json::parse(R"({"rules":[{"name":"b"},{"name":"a"}],"latency_targets":[{"name":"t"}],"retention":{"row_days":5}})");
  EXPECT_EQ(describe(changes_between(before, after)),
            (std::vector<std::string>{"time zone back to its default", "rule 'b' moved", "alert channel 'x' removed", "latency target 't' added",
                                      "retention added"}));
}

TEST(ControlChanges, ManyMovesAreOneLine) {
  std::vector<int> order(10);
  std::iota(order.begin(), order.end(), 0);
  const Json before = rules_in(order);
  std::reverse(order.begin(), order.end());
  EXPECT_EQ(describe(changes_between(before, rules_in(order))), (std::vector<std::string>{"9 rules moved"}));
}

}  // namespace
}  // namespace lectr::config
