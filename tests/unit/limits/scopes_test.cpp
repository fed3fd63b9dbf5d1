#include <algorithm>

#include "limiter_fixture.hpp"

namespace lectr::limits {
namespace {

struct ScopeCase {
  const char *name, *key, *feature, *model;
  bool meant;
};
class Scopes : public LimiterTest, public testing::WithParamInterface<ScopeCase> {};
TEST_P(Scopes, MeanTheirRequestsOnly) {
  auto l = limit("l", LimitKind::requests, 1);
  l.key = GetParam().key;
  l.feature = GetParam().feature;
  l.model = GetParam().model;
  use({l});
  EXPECT_EQ(code(query()), Code::none);
  EXPECT_EQ(code(query()), GetParam().meant ? Code::rate_limit_exceeded : Code::none);
}
INSTANTIATE_TEST_SUITE_P(Limits, Scopes,
                         testing::Values(ScopeCase{"org", "", "", "", true}, ScopeCase{"key", "7", "", "", true},
                                         ScopeCase{"other_key", "8", "", "", false}, ScopeCase{"feature", "", "chat", "", true},
                                         ScopeCase{"other_feature", "", "Chat", "", false}, ScopeCase{"model", "", "", "gpt-x", true},
                                         ScopeCase{"other_model", "", "", "gpt", false}, ScopeCase{"each", "*", "*", "*", true},
                                         ScopeCase{"mixed", "7", "*", "gpt-x", true}, ScopeCase{"mixed_other", "7", "*", "gpt-y", false}),
                         [](const auto& one) { return std::string{one.param.name}; });

// What keys of these ids get in turn, of a limit of one request a minute for the name "web".
struct NamedStep {
  std::vector<KeyId> web;  // that have the name then
  KeyId asks;
  bool passes;
};
struct NamedCase {
  const char* name;
  std::vector<NamedStep> steps;
};
class NamedKeys : public LimiterTest, public testing::WithParamInterface<NamedCase> {};
TEST_P(NamedKeys, ShareTheirCount) {
  auto l = limit("l", LimitKind::requests, 1);
  l.key = "web";
  use({l});
  for (std::size_t i = 0; i < GetParam().steps.size(); ++i) {
    const NamedStep& step = GetParam().steps[i];
    name_keys({{"web", step.web}});
    Query q = query();
    q.key = step.asks;
    EXPECT_EQ(code(q), step.passes ? Code::none : Code::rate_limit_exceeded) << "step " << i;
  }
}
INSTANTIATE_TEST_SUITE_P(Limits, NamedKeys,
                         testing::Values(NamedCase{"one", {{{7}, 7, true}, {{7}, 7, false}}}, NamedCase{"others", {{{7}, 8, true}, {{7}, 8, true}}},
                                         NamedCase{"two_of_a_name", {{{7, 8}, 7, true}, {{7, 8}, 8, false}}},
                                         NamedCase{"none_yet", {{{}, 7, true}, {{}, 7, true}}},
                                         NamedCase{"made_later", {{{}, 7, true}, {{7}, 7, true}, {{7}, 7, false}}},
                                         NamedCase{"rotated", {{{7}, 7, true}, {{7, 9}, 9, false}, {{9}, 9, false}}},
                                         NamedCase{"renamed", {{{7}, 7, true}, {{}, 7, true}, {{7}, 7, false}}}),
                         [](const auto& one) { return std::string{one.param.name}; });

TEST_F(LimiterTest, AKeysNameGoesWithTheOtherPartsOfAScope) {
  auto l = limit("l", LimitKind::requests, 1);
  l.key = "web", l.feature = "chat", l.model = "*";
  use({l});
  name_keys({{"web", {7}}});
  Query q = query();
  EXPECT_EQ(code(q), Code::none);
  EXPECT_EQ(code(q), Code::rate_limit_exceeded);
  q.model = "gpt-y";
  EXPECT_EQ(code(q), Code::none) << "each model for itself";
  q.feature = "search";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(code(q), Code::none) << "another feature";
}

// Workers take a snapshot up one after the other, and a request keeps the one it began with.
TEST_F(LimiterTest, TheNewestNamesOfKeysCountWhateverARequestPinned) {
  auto l = limit("l", LimitKind::requests, 1);
  l.key = "web";
  use({l});
  name_keys({{"web", {7}}});
  const config::Org older = org_;
  name_keys({{"web", {7, 8}}});
  Query q = query();
  EXPECT_EQ(code(q), Code::none);
  q.org = &older;
  q.key = 8;
  EXPECT_EQ(code(q), Code::rate_limit_exceeded);
  use({limit("other", LimitKind::requests, 100)});
  org_.limit_keys = nullptr;
  q.org = &org_;
  EXPECT_EQ(code(q), Code::none);
  q.org = &older;
  EXPECT_EQ(code(q), Code::none) << "nor does it bring the older state back";
}

TEST_F(LimiterTest, MoreValuesThanAreKeptApartShareOne) {
  auto l = limit("each", LimitKind::requests, 1);
  l.feature = "*";
  use({l});
  std::size_t admitted = 0;
  for (int i = 0; i < 6000; ++i) {
    const std::string feature = "f" + std::to_string(i);
    Query q = query();
    q.feature = feature;
    admitted += !ask(q);
  }
  EXPECT_EQ(admitted, 4096u + 1);
  permits_.clear();
  now_ += 3 * kMinute;
  Query q = query();
  q.feature = "later";
  EXPECT_EQ(code(q), Code::none) << "values that are no longer used make room";
  q.feature = "later too";
  EXPECT_EQ(code(q), Code::none);
}

// A request looks for it at a few dozen scopes only, and the next one goes on from there.
TEST_F(LimiterTest, TheOneThatIsNotUsedAnyMoreIsFoundWithinARound) {
  auto l = limit("each", LimitKind::requests, 1'000'000);
  l.feature = "*";
  use({l});
  const auto ask_for = [this](const std::string& feature) {
    Query q = query();
    q.feature = feature;
    ask(q);
  };
  for (int i = 0; i < 4096; ++i) ask_for("f" + std::to_string(i));
  now_ += 3 * kMinute;
  for (int i = 0; i < 4096; ++i)
    if (i != 2000) ask_for("f" + std::to_string(i));
  const auto shown = [this](const std::string& scope) {
    const State state = limiter_.state(org_, now_, kNoon + now_);
    return std::ranges::any_of(state.limits[0].scopes, [&](const ScopeState& s) { return s.scope == scope; });
  };
  for (int i = 0; i < 2; ++i) ask_for("feature of its own"), ask_for("feature of its own");
  EXPECT_TRUE(shown("all others")) << "not by the first, which would have had to look at thousands";
  for (int i = 0; i < 128; ++i) ask_for("feature of its own");
  EXPECT_TRUE(shown("feature feature of its own"));
}

// A limit's scopes go a few at a time; until then, and after, nothing of them counts.
TEST_F(LimiterTest, ALimitThatComesBackBeginsAnewThoughItsScopesAreNotAllGoneYet) {
  auto l = limit("each", LimitKind::requests, 1);
  l.feature = "*";
  const std::vector<config::Limit> with{l, limit("org", LimitKind::requests, 1'000'000)}, without{with[1]};
  use(with);
  const auto ask_all = [this] {
    std::size_t refused = 0;
    for (int i = 0; i < 300; ++i) {
      const std::string feature = "f" + std::to_string(i);
      Query q = query();
      q.feature = feature;
      refused += ask(q).has_value();
    }
    return refused;
  };
  EXPECT_EQ(ask_all(), 0u);
  EXPECT_EQ(ask_all(), 300u);
  use(without);
  ask(query());
  use(with);
  EXPECT_EQ(ask_all(), 0u);
  EXPECT_EQ(ask_all(), 300u);
  permits_.clear();
}

}  // namespace
}  // namespace lectr::limits
