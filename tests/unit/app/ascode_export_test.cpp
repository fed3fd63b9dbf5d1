// What is exported and planned again says "no changes", whatever the state.
#include <gtest/gtest.h>

#include <random>

#include "app/ascode/document.hpp"
#include "app/ascode/document_write.hpp"
#include "lectr/config/control.hpp"
#include "lectr/config/control_changes.hpp"

namespace lectr::app::ascode {
namespace {

using Json = nlohmann::ordered_json;

class RandomState {
 public:
  explicit RandomState(std::uint64_t seed) : dice_{seed} {}

  Json next() {
    Json state = Json::object();
    if (below(2)) state["time_zone"] = "America/New_York";
    list(state, "rules", [this](Json& rule) {
      rule["when"] = {{"feature", text() + std::to_string(below(1'000'000))}};
      if (below(2)) rule["split"] = {{{"model", text()}, {"weight", 1 + below(9)}}, {{"provider", "groq"}, {"model", "true"}}};
      if (below(2)) rule["fallback"] = {{{"provider", "gemini"}, {"model", "1.5"}}};
      if (below(3) == 0) rule["shadow"] = true;
      if (below(3) == 0) rule["total_timeout_ms"] = below(3'600'000);
    });
    list(state, "limits", [this](Json& limit) {
      limit["kind"] = below(2) ? "tokens" : "streams";
      limit["limit"] = 1 + below(1'000'000'000);
      limit["key"] = below(2) ? "*" : std::to_string(1 + below(99));
    });
    list(state, "budgets", [this](Json& budget) {
      budget["cap"] = std::to_string(1 + below(9000)) + "." + std::to_string(below(1000));
      budget["alert_percent"] = {50, 90};
      if (below(2)) budget["at_cap"] = "downgrade", budget["downgrade"] = {{"gpt-4*", "no"}, {"12", "groq/null"}};
    });
    list(state, "latency_targets", [this](Json& target) { target["p95_ms"] = 1 + below(1000); });
    list(state, "alerts",
         [this](Json& channel) { channel["type"] = "slack", channel["url"] = "https://example.com/" + std::to_string(below(9)) + "?a#b"; });
    return state;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return dice_() % n; }
  // Printable, and no star: one rule's could cover another's.
  std::string text() {
    static constexpr const char* kParts[] = {"a",  "Z", "0", "-", ": ", ":", " #", "&", "!",   "%",    "@", "`",    "'",       "\"",
                                             "\\", "/", "{", "]", ",",  "?", "|",  "~", "yes", "null", "ü", "日本", "\xC2\x85"};
    std::string out;
    for (auto n = 1 + below(5); n > 0; --n) out += kParts[below(std::size(kParts))];
    return out;
  }
  template <class Fill>
  void list(Json& state, const char* member, Fill fill) {
    Json items = Json::array();
    for (auto n = below(4); n > 0; --n) {
      Json item{{"name", text() + std::to_string(items.size())}};
      fill(item);
      items.push_back(std::move(item));
    }
    if (!items.empty()) state[member] = std::move(items);
  }
  std::mt19937_64 dice_;
};

TEST(Export, AndPlanSayNoChanges) {
  const auto registry = config::build_registry({}).value();
  RandomState states{20261126};
  int planned = 0;
  for (int round = 0; round < 500; ++round) {
    const auto state = config::parse_control(states.next().dump(), registry);
    if (!state) continue;
    const std::string in_force = config::write_control(*state), file = "# comment\n" + write_document(Json::parse(in_force));
    const auto read = read_document(file);
    ASSERT_TRUE(read.problems.empty()) << read.problems[0].reason << '\n' << file;
    const auto again = config::parse_control(read.value.dump(), registry);
    ASSERT_TRUE(again) << again.error()[0].to_text() << '\n' << file;
    ASSERT_TRUE(config::changes_between(Json::parse(in_force), Json::parse(config::write_control(*again))).empty()) << file;
    ASSERT_EQ(*again, *state);
    ++planned;
  }
  EXPECT_GT(planned, 375);
}

}  // namespace
}  // namespace lectr::app::ascode
