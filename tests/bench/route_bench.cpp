// What asking the routing rules costs: nanoseconds per decision, by number of rules and by how they are written.
#include <chrono>
#include <cstdio>
#include <string>

#include "lectr/policy/route.hpp"

namespace {

using namespace lectr;

enum class Kind { exact, beginnings, mixed, one_feature };

config::Rule make_rule(Kind kind, int i) {
  config::Rule rule;
  rule.name = "rule-" + std::to_string(i);
  const std::string n = std::to_string(i);
  switch (kind) {
    case Kind::exact: rule.when.feature = "team-" + n; break;
    case Kind::beginnings: rule.when.feature = "team-" + n + "-*"; break;
    case Kind::one_feature: rule.when = {"chat", "", "", "model-" + n}; break;
    case Kind::mixed:
      if (i % 4 == 0) rule.when.feature = "team-" + n;
      if (i % 4 == 1) rule.when = {"", "", "openai", "gpt-" + n + "*"};
      if (i % 4 == 2) rule.when = {"team-" + n, "generation", "", "gpt-*"};
      if (i % 4 == 3) rule.when = {"", "summarisation", "", "model-" + n};
      break;
  }
  rule.split = {{"openai", "gpt-4o-mini", 1}};
  return rule;
}

void measure(const char* name, Kind kind, int count, const config::Registry& registry) {
  config::Control control;
  for (int i = 0; i < count; ++i) control.rules.push_back(make_rule(kind, i));
  const auto rules = config::compile_rules(control, registry);
  const wire::Endpoint endpoint = wire::classify("POST", "/v1/chat/completions");
  const policy::TargetView view;
  std::vector<std::pair<std::string, std::string>> asks;
  for (int i = 0; i < 512; ++i) {  // a third matches nothing
    const int n = static_cast<int>((i * 2654435761u) % static_cast<unsigned>(count));
    asks.emplace_back(i % 3 ? "team-" + std::to_string(n) + (kind == Kind::beginnings ? "-x" : "") : "untagged",
                      kind == Kind::one_feature ? "model-" + std::to_string(n) : "gpt-4o-2024-08-06");
  }
  constexpr int kRounds = 400;
  std::size_t matched = 0;
  const auto began = std::chrono::steady_clock::now();
  for (int round = 0; round < kRounds; ++round)
    for (const auto& [feature, model] : asks) {
      policy::RouteQuery query;
      query.feature = kind == Kind::one_feature ? "chat" : std::string_view{feature};
      query.task = "generation";
      query.provider = registry.fallback;
      query.model = model;
      query.endpoint = &endpoint;
      matched += policy::route(*rules, registry, query, view, 42).rule != nullptr;
    }
  const double ns = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - began).count();
  std::printf("%-12s %6d rules  %7.0f ns a decision  %5.1f %% matched\n", name, count, ns / (kRounds * 512.0),
              100.0 * static_cast<double>(matched) / (kRounds * 512.0));
}

}  // namespace

int main() {
  const config::Registry registry = config::build_registry({}).value();
  for (const int count : {1, 100, 10'000}) {
    measure("exact", Kind::exact, count, registry);
    measure("beginnings", Kind::beginnings, count, registry);
    measure("one feature", Kind::one_feature, count, registry);
    measure("mixed", Kind::mixed, count, registry);
  }
}
