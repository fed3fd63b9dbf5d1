// What the commands print, and what they remember of plans.
#include "app/ascode/show.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/ascode/client.hpp"
#include "app/ascode/plan_notes.hpp"

namespace lectr::app::ascode {
namespace {

using Json = nlohmann::ordered_json;

const Json kAll = Json::parse(R"([
  {"what":"setting","name":"time_zone","action":"added","fields":[{"field":"","before":null,"after":"Asia/Tokyo"}]},
  {"what":"rule","name":"old","action":"removed","fields":[{"field":"when","before":{"feature":"chat"},"after":null}]},
  {"what":"rule","name":"a","action":"changed","fields":[{"field":"split[1].weight","before":2,"after":3},{"field":"sticky","before":null,"after":"x-user"}]},
  {"what":"rule","name":"b","action":"moved","fields":[{"field":"position","before":4,"after":1}]}])");

TEST(Show, ChangesForPeople) {
  EXPECT_EQ(show_changes(kAll, Colour::no), R"(  + time_zone
      Asia/Tokyo
  - rule 'old'
      when: {feature: chat}
  ~ rule 'a'
      split[1].weight: 2 -> 3
      sticky: (default) -> x-user
  > rule 'b' from place 4 to 1
)");
  EXPECT_EQ(count_changes(kAll), "1 to add, 1 to change, 1 to remove, 1 to move");
}

TEST(Show, ColoursOnlyWhenAsked) {
  EXPECT_EQ(show_changes(kAll, Colour::no).find('\x1b'), std::string::npos);
  EXPECT_NE(show_changes(kAll, Colour::yes).find("\x1b[32m+ time_zone\x1b[0m"), std::string::npos);
}

TEST(Show, NothingOfANameReachesTheTerminalAsACommand) {
  const Json changes =
      Json::parse(R"([{"what":"rule","name":"a\u001b[2Jb","action":"added","fields":[{"field":"x\u001b","before":null,"after":"\u001b[2J"}]}])");
  EXPECT_EQ(show_changes(changes, Colour::no).find('\x1b'), std::string::npos);
  EXPECT_EQ(show_problems("f", Document{}, Json::parse(R"([{"field":"\u001b","reason":"\u0007"}])")), "f:1:1: ?: ?\n");
}

TEST(Show, ProblemsWithTheirPlacesInTheOrderOfTheFile) {
  const auto document = read_document("rules:\n  - name: a\n    split: [{provider: nobody}]\nx: 1\n");
  const Json problems =
      Json::parse(R"([{"field":"x","reason":"there is no such field"},{"field":"rules[0].split[0].provider","reason":"is not known"},
    {"field":"","reason":"as a whole"}])");
  EXPECT_EQ(show_problems("c.yaml", document, problems),
            "c.yaml:1:1: as a whole\nc.yaml:3:14: rules[0].split[0].provider: is not known\nc.yaml:4:1: x: there is no such field\n");
}

TEST(Show, AReplayOfBothStates) {
  const Json replay = Json::parse(R"({"from":"2026-01-01T00:00:00Z","to":"2026-01-08T00:00:00Z","complete":true,
    "states":{"requests":200,"skipped":0,"refused_then":0,"differ":30,
      "before":{"passed":200,"rerouted":0,"downgraded":0,"limited":0,"blocked":0,"cost":"10","cost_low":"10","cost_high":"10","cost_unknown":0,
        "latency_p95_ms":120.5,"rules":[],"limits":[{"name":"old","requests":1}],"budgets":[]},
      "after":{"passed":193,"rerouted":20,"downgraded":0,"limited":4,"blocked":3,"cost":"8","cost_low":"7.5","cost_high":"8.5","cost_unknown":3,
        "latency_p95_ms":null,"rules":[{"name":"a","requests":50}],"limits":[{"name":"per key","requests":4}],"budgets":[{"name":"m","requests":3}]}},
    "notes":["token counts are taken as they were"]})");
  EXPECT_EQ(show_replay(replay),
            R"(Replayed over 200 requests from 2026-01-01T00:00:00Z to 2026-01-08T00:00:00Z; 30 (15.0 %) would be decided in another way:
                        now                     planned
  pass                  200 (100.0 %)           193 (96.5 %)
    sent elsewhere      0 (0.0 %)               20 (10.0 %)
    to a cheaper model  0 (0.0 %)               0 (0.0 %)
  refused by limits     0 (0.0 %)               4 (2.0 %)
  refused by budgets    0 (0.0 %)               3 (1.5 %)
  cost of what passes   $10 ($10 to $10)        $8 ($7.5 to $8.5)
    not known of        0                       3
  P95 latency           120.5 ms                not known
  rule a                -                       50
  limit old             1                       -
  limit per key         -                       4
  budget m              -                       3
  Note: token counts are taken as they were
)");
}

TEST(Show, WhatIsWiderThanItsColumnStillStandsApart) {
  const Json state = Json::parse(
      R"({"cost":"60.10702436","cost_low":"60.103905035","cost_high":"60.10773436","rules":[{"name":"classify on small","requests":7}]})");
  const std::string shown = show_replay(Json{{"states", {{"requests", 1}, {"before", state}, {"after", state}}}});
  EXPECT_NE(shown.find("60.10773436)  $60.10702436 ("), std::string::npos) << shown;
  EXPECT_NE(shown.find("classify on small  7"), std::string::npos) << shown;
}

TEST(Show, WhatIsInShadowStandsApartAndOnlyWhereSomethingIs) {
  Json replay = Json::parse(R"({"from":"a","to":"b","complete":true,"notes":[],"states":{"requests":200,"differ":0,
    "before":{"shadow":{"stopped":0,"downgraded":0,"rules":[],"limits":[],"budgets":[]}},"after":{
    "limits":[{"name":"in force","requests":2}],
    "shadow":{"stopped":30,"downgraded":1,"rules":[{"name":"r","requests":50}],"limits":[{"name":"l","requests":28}],"budgets":[{"name":"b","requests":4}]}}}})");
  EXPECT_NE(show_replay(replay).find(R"(
  limit in force        -                       2
  in shadow: would stop 0 (0.0 %)               30 (15.0 %)
    to a cheaper model  0 (0.0 %)               1 (0.5 %)
    rule r              -                       50
    limit l             -                       28
    budget b            -                       4
)"),
            std::string::npos)
      << show_replay(replay);
  for (const char* list : {"rules", "limits", "budgets"}) replay["states"]["after"]["shadow"][list] = Json::array();
  EXPECT_EQ(show_replay(replay).find("shadow"), std::string::npos);
}

TEST(Advice, SaysWhatToDo) {
  const auto of = [](unsigned status, const char* body = "null") { return advice({status, Json::parse(body), "no answer"}); };
  EXPECT_EQ(of(0), "no answer");
  EXPECT_NE(of(401).find("lectr token create"), std::string::npos);
  EXPECT_NE(of(403, R"({"error":{"message":"an editor or admin may do this"}})").find("an editor or admin may do this"), std::string::npos);
  EXPECT_NE(of(404).find("address of the dashboard"), std::string::npos);
  EXPECT_NE(of(503).find("try again"), std::string::npos);
  EXPECT_EQ(of(500, R"({"error":[]})"), "the answer was 500");
}

class PlanNotes : public testing::Test {
 protected:
  void SetUp() override { folder_ = std::filesystem::temp_directory_path() / ("lectr_plans_" + std::to_string(::getpid())); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path() const { return (folder_ / "cache" / "plans.json").string(); }
  std::filesystem::path folder_;
};

TEST_F(PlanNotes, AreFoundAgainForTheSameFileAndPlace) {
  const Json document = {{"time_zone", "Asia/Tokyo"}};
  const std::string hash = plan_hash(document, "here");
  EXPECT_FALSE(noted_base(path(), hash));
  ASSERT_TRUE(note_plan(path(), hash, 3));
  EXPECT_EQ(noted_base(path(), hash), 3);
  EXPECT_FALSE(noted_base(path(), plan_hash(document, "there")));
  EXPECT_FALSE(noted_base(path(), plan_hash(Json::object(), "here")));
  ASSERT_TRUE(note_plan(path(), hash, 4));
  EXPECT_EQ(noted_base(path(), hash), 4);
  forget_plan(path(), hash);
  EXPECT_FALSE(noted_base(path(), hash));
}

TEST_F(PlanNotes, AreTheUsersOwnAndHoldNoDocument) {
  ASSERT_TRUE(note_plan(path(), plan_hash({{"time_zone", "Asia/Tokyo"}}, "secret place"), 1));
  struct stat info {};
  ASSERT_EQ(::stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  std::ifstream in{path()};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  EXPECT_EQ(text.find("Tokyo"), std::string::npos);
  EXPECT_EQ(text.find("place"), std::string::npos);
}

TEST_F(PlanNotes, KeepTheNewestHundred) {
  for (int i = 0; i < 130; ++i) ASSERT_TRUE(note_plan(path(), "plan" + std::to_string(i), i));
  EXPECT_EQ(noted_base(path(), "plan129"), 129);
  EXPECT_EQ(noted_base(path(), "plan30"), 30);
  EXPECT_FALSE(noted_base(path(), "plan29"));
}

TEST_F(PlanNotes, ABrokenFileIsAnEmptyOne) {
  std::filesystem::create_directories(folder_ / "cache");
  for (const char* text : {"", "{", "[1,{\"plan\":5},{\"plan\":\"p\"}]", "{\"plan\":\"p\",\"base_version\":1}"}) {
    std::ofstream{path()} << text;
    EXPECT_FALSE(noted_base(path(), "p")) << text;
    EXPECT_TRUE(note_plan(path(), "p", 2));
    EXPECT_EQ(noted_base(path(), "p"), 2);
  }
}

}  // namespace
}  // namespace lectr::app::ascode
