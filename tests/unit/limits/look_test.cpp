#include <algorithm>
#include <atomic>
#include <set>
#include <string>
#include <thread>

#include "limiter_fixture.hpp"

namespace lectr::limits {
namespace {

class LookTest : public LimiterTest {
 protected:
  Code code_of(const std::string& feature) {
    Query q = query();
    q.feature = feature;
    Permit permit;
    const auto refused = limiter_.admit(q, permit);
    return refused ? refused->code : Code::none;
  }
  void fill(int from, int to) {
    for (int i = from; i < to; ++i) code_of("f" + std::to_string(i));
  }
  bool step(Look& look) { return limiter_.step(look, now_, kNoon + now_); }
  static config::Limit each_feature(std::string name, std::int64_t most) {
    auto l = limit(std::move(name), LimitKind::requests, most);
    l.feature = "*";
    return l;
  }
};

struct StepsCase {
  const char* name;
  int scopes, limits, budgets;
};
class LookSteps : public LookTest, public testing::WithParamInterface<StepsCase> {};

// The bound on what is done while the lock is held: whatever there is, a step shows no more of it than it says.
TEST_P(LookSteps, EachTakesAFewScopes) {
  config::Control control;
  for (int i = 0; i < GetParam().limits; ++i) control.limits.push_back(each_feature("l" + std::to_string(i), 10));
  for (int i = 0; i < GetParam().budgets; ++i) control.budgets.push_back(budget("b" + std::to_string(i), 1000));
  use(std::move(control));
  fill(0, GetParam().scopes);
  Look look{org_};
  const auto seen = [&look] {
    const State state = look.state();
    std::size_t n = 0;
    for (const LimitState& l : state.limits) n += l.scopes.size();
    for (const BudgetState& b : state.budgets) n += b.to_us != 0;
    return n;
  };
  std::size_t steps = 1, before = 0;
  for (; step(look); ++steps) {
    const std::size_t now = seen();
    ASSERT_LE(now, before + Look::kAtOnce);
    before = now;
  }
  const auto all = static_cast<std::size_t>(GetParam().scopes * GetParam().limits + GetParam().budgets);
  EXPECT_GE(steps, 1 + all / Look::kAtOnce);
  EXPECT_LE(steps, 2 + all / Look::kAtOnce) << "and none for nothing";
  const State state = look.state();
  ASSERT_EQ(state.limits.size(), static_cast<std::size_t>(GetParam().limits));
  for (const LimitState& l : state.limits) EXPECT_EQ(l.scopes.size(), static_cast<std::size_t>(std::min(GetParam().scopes, 100)));
  ASSERT_EQ(state.budgets.size(), static_cast<std::size_t>(GetParam().budgets));
  for (const BudgetState& b : state.budgets) EXPECT_GT(b.to_us, kNoon + now_);
}
INSTANTIATE_TEST_SUITE_P(Limits, LookSteps,
                         testing::Values(StepsCase{"one", 1, 1, 0}, StepsCase{"as_many_as_limits", 3, 40, 0},
                                         StepsCase{"thousands_of_one", 4000, 1, 0}, StepsCase{"of_several", 700, 3, 40},
                                         StepsCase{"budgets", 0, 0, 100}, StepsCase{"none", 0, 1, 0}),
                         [](const auto& one) { return std::string{one.param.name}; });

TEST_F(LookTest, ShowsThoseWithTheLeastRestFirst) {
  use({each_feature("l", 10)});
  fill(0, 500);
  for (int n = 0; n < 9; ++n) code_of("f250");
  for (int n = 0; n < 5; ++n) code_of("f7");
  EXPECT_EQ(code_of("f250"), Code::rate_limit_exceeded);
  const State state = limiter_.state(org_, now_, kNoon + now_);
  const auto& scopes = state.limits[0].scopes;
  ASSERT_EQ(scopes.size(), 100u);
  EXPECT_EQ(scopes[0].scope, "feature f250");
  EXPECT_EQ(scopes[0].rest, 0);
  EXPECT_EQ(scopes[0].refused_1h, 1);
  EXPECT_EQ(scopes[1].scope, "feature f7");
  EXPECT_EQ(scopes[1].used, 6);
  EXPECT_EQ(scopes[99].rest, 9);
}

// What is in use all the time is seen however much comes and goes between two steps.
TEST_F(LookTest, SeesWhatIsThereFromTheFirstStepToTheLast) {
  use({each_feature("l", 10)});
  fill(0, 4096);
  now_ += 3 * kMinute;
  for (int i = 0; i < 4096; i += 41)
    for (int n = 0; n < 5; ++n) code_of("f" + std::to_string(i));
  Look look{org_};
  for (int fresh = 0; step(look);)
    for (const int end = fresh + 20; fresh < end; ++fresh) code_of("new" + std::to_string(fresh));
  std::set<std::string> stayed;
  const State state = look.state();
  for (const ScopeState& s : state.limits[0].scopes) EXPECT_TRUE(stayed.insert(s.scope).second) << s.scope << " is shown twice";
  std::erase_if(stayed, [](const std::string& scope) { return scope.starts_with("feature new"); });
  EXPECT_EQ(stayed.size(), 100u);
}

TEST_F(LookTest, GoesOnByTheStateOfItsFirstStep) {
  auto one = each_feature("one", 10);
  config::Control control;
  control.limits = {one, limit("two", LimitKind::requests, 10)};
  control.budgets = {budget("b", 1000)};
  use(control);
  fill(0, 100);
  Look look{org_};
  ASSERT_TRUE(step(look));
  ASSERT_TRUE(step(look));
  const config::Org first = org_;
  one.limit = 7;
  use({one});
  for (int i = 0; i < 100; ++i) code_of("f" + std::to_string(i));
  while (step(look)) {}
  const State state = look.state();
  ASSERT_EQ(state.limits.size(), 2u);
  EXPECT_EQ(state.limits[0].scopes[0].used, 2);
  EXPECT_EQ(state.limits[0].scopes[0].rest, 5) << "counted by what is in force by now";
  EXPECT_EQ(state.limits[1].name, "two");
  ASSERT_EQ(state.budgets.size(), 1u);
  EXPECT_EQ(state.budgets[0].name, "b");
}

TEST_F(LookTest, WorkersGoOnMeanwhile) {
  use({each_feature("l", 1000), limit("all", LimitKind::requests, 1'000'000)});
  fill(0, 2000);
  std::atomic<bool> over{false};
  std::atomic<std::int64_t> admitted{2000};
  std::vector<std::thread> workers;
  for (int w = 0; w < 2; ++w)
    workers.emplace_back([&, w] {
      for (int i = 0; !over || i < 100; ++i, ++admitted) code_of("w" + std::to_string(w) + '-' + std::to_string(i % 500));
    });
  for (int i = 0; i < 20; ++i) {
    const std::int64_t before = admitted;
    const State state = limiter_.state(org_, now_, kNoon + now_);
    ASSERT_EQ(state.limits.size(), 2u);
    ASSERT_GE(state.limits[1].scopes.at(0).used, before);
  }
  over = true;
  for (auto& w : workers) w.join();
  EXPECT_EQ(limiter_.state(org_, now_, kNoon + now_).limits[1].scopes.at(0).used, admitted);
}

}  // namespace
}  // namespace lectr::limits
