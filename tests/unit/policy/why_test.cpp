#include "lectr/policy/why.hpp"

#include <gtest/gtest.h>

#include "lectr/base/event.hpp"

namespace lectr::policy {
namespace {

TEST(Why, SaysRuleShadowAndWhatEachTargetDid) {
  std::string why;
  why_section(why, 'r', "chat-cheap");
  why_section(why, 's', "other");
  why_target(why, "groq", "llama-3.3", "503", 35);
  why_target(why, "openai", "gpt-4o-mini", "200");
  EXPECT_EQ(why, "r:chat-cheap s:other t:groq/llama-3.3=503,35ms;openai/gpt-4o-mini=200");
  const auto read = read_why(why);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->rule, "chat-cheap");
  EXPECT_EQ(read->shadow, "other");
  EXPECT_EQ(read->targets, (std::vector<WhyTarget>{{"groq", "llama-3.3", "503", 35}, {"openai", "gpt-4o-mini", "200", -1}}));
  EXPECT_FALSE(read->cut);
}

TEST(Why, NamesComeBackWhateverIsInThem) {
  const std::string name = "a b%;=,:+\n/\xC3\xA9";
  std::string why;
  why_section(why, 'r', name);
  why_section(why, 'l', "org-rpm");
  why_target(why, "openai", "vendor/model:free", "timeout", 8000);
  why_section(why, 'n', "no_such_path");
  why_target(why, "groq", "", "refused");
  const auto read = read_why(why);
  ASSERT_TRUE(read) << why;
  EXPECT_EQ(read->rule, name);
  EXPECT_EQ(read->note, "no_such_path");
  EXPECT_EQ(read->others, (std::vector<WhySection>{{'l', "org-rpm"}}));
  EXPECT_EQ(read->targets, (std::vector<WhyTarget>{{"openai", "vendor/model:free", "timeout", 8000}, {"groq", "", "refused", -1}}));
}

TEST(Why, IsBoundedAndSaysThatThereWasMore) {
  std::string why;
  why_section(why, 'r', std::string(64, ' '));  // three bytes each once encoded
  for (int i = 0; i < 8; ++i) why_target(why, "openai", std::string(60, 'm'), "503", 12345);
  EXPECT_LE(why.size(), kMaxWhy);
  const auto read = read_why(why);
  ASSERT_TRUE(read) << why;
  EXPECT_TRUE(read->cut);
  EXPECT_EQ(read->rule, std::string(kWhyName, ' '));
  ASSERT_FALSE(read->targets.empty());
  EXPECT_EQ(read->targets.back().outcome, "503") << "no half target";
}

TEST(Why, CutsNamesBetweenCharacters) {
  std::string why;
  why_section(why, 'r', std::string(kWhyName - 1, 'x') + "\xC3\xA9");
  EXPECT_EQ(read_why(why)->rule, std::string(kWhyName - 1, 'x'));
}

TEST(Why, OtherTextsAreNotRead) {
  EXPECT_EQ(read_why("")->targets.size(), 0u);
  for (const char* text : {"chat", "r", "r:a%2", "r:%zz", "t:openai/x", "t:openai/x=", "t:openai/x=1,ms", "t:openai/x=1,5", "t:o/x=1,5msx"})
    EXPECT_FALSE(read_why(text)) << text;
}

}  // namespace
}  // namespace lectr::policy
