// Documents as people keep them: what becomes of their values, where things stand, what is refused, and that what is written reads back.
#include "app/ascode/document.hpp"

#include <gtest/gtest.h>

#include <random>

#include "app/ascode/document_write.hpp"

namespace lectr::app::ascode {
namespace {

using Json = nlohmann::ordered_json;

struct Value {
  const char *name, *text, *json;
};
class Values : public testing::TestWithParam<Value> {};
TEST_P(Values, Are) {
  const auto read = read_document(std::string{"x: "} + GetParam().text);
  ASSERT_TRUE(read.problems.empty()) << read.problems[0].reason;
  EXPECT_EQ(read.value["x"].dump(), GetParam().json);
}
INSTANTIATE_TEST_SUITE_P(
    Table, Values,
    testing::Values(Value{"text", "chat on small", "\"chat on small\""}, Value{"yes_is_text", "true", "true"}, Value{"no", "False", "false"},
                    Value{"norway", "no", "\"no\""}, Value{"nothing", "", "null"}, Value{"tilde", "~", "null"}, Value{"null_word", "Null", "null"},
                    Value{"number", "600", "600"}, Value{"below_zero", "-3", "-3"}, Value{"plus", "+3", "3"}, Value{"leading_zero", "007", "7"},
                    Value{"hex", "0x1F", "31"}, Value{"octal", "0o17", "15"}, Value{"money_is_text", "12.50", "\"12.50\""},
                    Value{"exponent_is_text", "1e3", "\"1e3\""}, Value{"beyond_64_bits", "99999999999999999999", "\"99999999999999999999\""},
                    Value{"signs_alone", "+-3", "\"+-3\""}, Value{"quoted_number", "\"600\"", "\"600\""}, Value{"quoted_word", "'true'", "\"true\""},
                    Value{"quoted_null", "'null'", "\"null\""}, Value{"block", "|\n  12\n", "\"12\\n\""}, Value{"tagged_text", "!!str 5", "\"5\""},
                    Value{"empty_list", "[]", "[]"}, Value{"empty_map", "{}", "{}"}, Value{"date_is_text", "2024-01-01", "\"2024-01-01\""},
                    Value{"time_is_text", "12:30", "\"12:30\""}, Value{"infinity_is_text", ".inf", "\".inf\""}, Value{"comment", "a # b", "\"a\""},
                    Value{"escape", "\"\\u00fc\"", "\"ü\""}),
    [](const auto& one) { return std::string{one.param.name}; });

struct Where {
  const char* path;
  Place place;
};
class Places : public testing::TestWithParam<Where> {};
constexpr const char* kPlaced =
    "# first\n"
    "time_zone: UTC\n"
    "rules:\n"
    "  - name: a\n"
    "    split: [{model: m}, {provider: nobody}]\n"
    "  - name: b\n"
    "    when:\n"
    "      feature: chat\n";
TEST_P(Places, AreThere) {
  const auto read = read_document(kPlaced);
  const Place found = read.place_of(GetParam().path);
  EXPECT_EQ(found.line, GetParam().place.line);
  EXPECT_EQ(found.column, GetParam().place.column);
}
INSTANTIATE_TEST_SUITE_P(Table, Places,
                         testing::Values(Where{"time_zone", {2, 1}}, Where{"rules", {3, 1}}, Where{"rules[0]", {4, 5}},
                                         Where{"rules[0].name", {4, 5}}, Where{"rules[0].split", {5, 5}}, Where{"rules[0].split[1]", {5, 25}},
                                         Where{"rules[0].split[1].provider", {5, 26}}, Where{"rules[1].when.feature", {8, 7}},
                                         Where{"rules[1].split", {6, 5}},  // not there: what would hold it
                                         Where{"rules[7].split[0].model", {3, 1}}, Where{"", {2, 1}}, Where{"nothing", {2, 1}}));

struct Refused {
  const char *name, *text;
  std::size_t line, column;
  const char *field, *reason;
};
class Refuses : public testing::TestWithParam<Refused> {};
TEST_P(Refuses, WithItsPlace) {
  const auto& want = GetParam();
  const auto read = read_document(want.text);
  ASSERT_FALSE(read.problems.empty()) << read.value.dump();
  const auto& [place, field, reason] = read.problems[0];
  EXPECT_EQ(place.line, want.line);
  EXPECT_EQ(place.column, want.column);
  EXPECT_EQ(field, want.field);
  EXPECT_NE(reason.find(want.reason), std::string::npos) << reason;
}
INSTANTIATE_TEST_SUITE_P(
    Table, Refuses,
    testing::Values(Refused{"twice", "a: 1\nb: 2\na: 3\n", 3, 1, "a", "given twice"},
                    Refused{"twice_deep_down", "rules:\n  - name: a\n    name: b\n", 3, 5, "rules[0].name", "given twice"},
                    Refused{"twice_in_json", "{\"a\": 1,\n \"a\": 2}", 2, 2, "a", "given twice"},
                    Refused{"alias", "a: &x {b: 1}\nc: *x\n", 2, 4, "c", "aliases"},
                    Refused{"merge_key", "a: &x {b: 1}\nc:\n  <<: *x\n", 3, 7, "c.<<", "aliases"},
                    Refused{"tab", "rules:\n\t- name: a\n", 2, 2, "", "not YAML"}, Refused{"unclosed", "a: [1, 2\n", 2, 1, "", "not YAML"},
                    Refused{"unclosed_at_the_end", "a: [", 1, 5, "", "not YAML"}, Refused{"closed_before", "] a\n", 1, 1, "", "not YAML"},
                    Refused{"two_documents", "a: 1\n---\nb: 2\n", 2, 1, "", "more than one document"},
                    Refused{"empty", "# nothing\n", 1, 1, "", "empty"}, Refused{"a_list", "- a\n- b\n", 1, 1, "", "a map"},
                    Refused{"a_text", "hello\n", 1, 1, "", "a map"}, Refused{"control_character", "a: 1\nb: \x04\n", 2, 4, "", "control character"},
                    Refused{"no_utf8", "a: \xff\n", 1, 1, "", "UTF-8"}, Refused{"number_tag", "a: !!float 5\n", 1, 4, "a", "tag"},
                    Refused{"list_as_name", "? [a]\n: 1\n", 1, 3, "", "plain text"}, Refused{"no_name", "a:\n  ~: 1\n", 2, 3, "a", "without a name"}),
    [](const auto& one) { return std::string{one.param.name}; });

TEST(Document, NamesAllOfItsProblems) {
  const auto read = read_document("a: 1\na: 2\nb: &x 1\nc: *x\nd: *x\n");
  EXPECT_EQ(read.problems.size(), 3u);
}

TEST(Document, IsBounded) {
  EXPECT_EQ(read_document(std::string(kMostDocumentBytes + 1, ' ')).problems[0].reason, "is longer than 1 MiB");
  const auto nested = [](std::size_t levels) { return "a: " + std::string(levels, '[') + std::string(levels, ']'); };
  EXPECT_TRUE(read_document(nested(kMostDepth - 1)).problems.empty());
  EXPECT_NE(read_document(nested(kMostDepth)).problems[0].reason.find("deeper than 64"), std::string::npos);
  EXPECT_FALSE(read_document(nested(100'000)).problems.empty());
}

TEST(Document, ABombCostsNoMoreThanItsBytes) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1), name = "a" + std::to_string(i);
    bomb += name + ": &" + name + " [" + before + "," + before + "," + before + "]\n";
  }
  EXPECT_EQ(read_document(bomb).problems.size(), 87u);
  std::string names = "{";
  for (int i = 0; i < 20'000; ++i) names += "k" + std::to_string(i) + ": 1, ";
  EXPECT_TRUE(read_document(names + "}").problems.empty());
  std::string paths = std::string(900, 'k') + ": [";
  for (int i = 0; i < 50'000; ++i) paths += "1,";
  EXPECT_TRUE(read_document(paths + "]").problems.empty());
}

TEST(Document, TakesJsonAsItIsWritten) {
  const char* json = "\t{\n\t\"a\":\t[1,\t\"tab\\tand \\\"quote\\\" \\ud83d\\ude00 \\/\"],\n\t\"b\": {\"c\": null}\n}";
  const auto read = read_document(json);
  ASSERT_TRUE(read.problems.empty()) << read.problems[0].reason;
  EXPECT_EQ(read.value, Json::parse(json));
  EXPECT_EQ(read.place_of("b").line, 3u);
}

TEST(Document, IsWrittenToBeRead) {
  const auto document = Json::parse(
      R"({"time_zone":"Europe/Berlin","rules":[{"name":"chat","when":{"feature":"chat","model":"gpt-4o*"},"split":[{"model":"m","weight":3},{"provider":"groq"}]},)"
      R"({"name":"12"}],"budgets":[{"name":"yes","cap":"12.50","alert_percent":[50,80],"downgrade":{"gpt-4o":"groq/llama-3.3"}}],"retention":{"row_days":30},"on":true})");
  EXPECT_EQ(write_document(document), R"(time_zone: Europe/Berlin
rules:
  - name: chat
    when: {feature: chat, model: gpt-4o*}
    split:
      - {model: m, weight: 3}
      - {provider: groq}
  - name: "12"
budgets:
  - name: "yes"
    cap: "12.50"
    alert_percent: [50, 80]
    downgrade: {gpt-4o: groq/llama-3.3}
retention:
  row_days: 30
"on": true
)");
}

// Texts that readers of YAML like to take for something else.
std::string random_text(std::mt19937_64& dice) {
  static constexpr const char* kParts[] = {"a",
                                           "Z",
                                           "0",
                                           "-",
                                           ":",
                                           ": ",
                                           " #",
                                           "#",
                                           "*",
                                           "&",
                                           "!",
                                           "%",
                                           "@",
                                           "`",
                                           "'",
                                           "\"",
                                           "\\",
                                           "/",
                                           "{",
                                           "}",
                                           "[",
                                           "]",
                                           ",",
                                           "?",
                                           "|",
                                           ">",
                                           " ",
                                           "~",
                                           "null",
                                           "yes",
                                           "1.5",
                                           "0x1",
                                           "ü",
                                           "日本",
                                           "😀",
                                           "\xC2\x85",
                                           "\xE2\x80\xA8",
                                           "\xEF\xBB\xBF",
                                           "=",
                                           "<<",
                                           ".",
                                           "_",
                                           "env:A"};
  std::string out;
  for (auto n = dice() % 6; n > 0; --n) out += kParts[dice() % std::size(kParts)];
  return out;
}
Json random_value(std::mt19937_64& dice, int depth) {
  switch (dice() % (depth > 0 ? 7 : 5)) {
    case 0: return random_text(dice);
    case 1: return static_cast<std::int64_t>(dice());
    case 2: return dice() % 2 == 0;
    case 3: return nullptr;
    case 4: return static_cast<std::int64_t>(dice() % 1000);
    case 5: {
      Json list = Json::array();
      for (auto n = dice() % 4; n > 0; --n) list.push_back(random_value(dice, depth - 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (auto n = dice() % 4; n > 0; --n) object[random_text(dice)] = random_value(dice, depth - 1);
      return object;
    }
  }
}

TEST(Document, WhateverIsWrittenReadsBack) {
  std::mt19937_64 dice{20261126};
  for (int round = 0; round < 6'000; ++round) {
    Json document = Json::object();
    for (auto n = dice() % 5; n > 0; --n) document[random_text(dice)] = random_value(dice, 4);
    const std::string text = write_document(document);
    const auto read = read_document(text);
    ASSERT_TRUE(read.problems.empty()) << read.problems[0].reason << "\n" << text << "\n" << document.dump();
    ASSERT_EQ(read.value, document) << text;
    if (round % 10 == 0) {
      const auto json = read_document(document.dump(2));
      ASSERT_TRUE(json.problems.empty()) << json.problems[0].reason << "\n" << document.dump(2);
      ASSERT_EQ(json.value, document) << document.dump(2);
    }
  }
}

}  // namespace
}  // namespace lectr::app::ascode
