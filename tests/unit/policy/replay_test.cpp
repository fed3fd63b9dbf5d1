#include "lectr/policy/replay.hpp"

#include <gtest/gtest.h>

#include "lectr/config/control.hpp"

namespace lectr::policy {
namespace {

const config::Registry& registry() {
  static const config::Registry made = config::build_registry({}).value();
  return made;
}

Event row(int n, const char* model, const char* feature) {
  Event e;
  e.id.bytes[8] = static_cast<std::uint8_t>(n * 37), e.id.bytes[15] = static_cast<std::uint8_t>(n);
  e.provider = "openai", e.method = "POST", e.endpoint = "/v1/chat/completions", e.model_requested = model, e.feature = feature;
  e.completed_at_us = 1'790'000'000'000'000;
  e.latency_us = 1'000 * (n + 1), e.tokens_input = 1'000'000, e.tokens_output = 0, e.cost = Money{Money::kPerDollar};
  return e;
}

Replay replayed(const std::shared_ptr<const config::CompiledRules>& rules, int rows, const TargetView& view) {
  static const auto prices = config::builtin_prices();
  Replay replay{*rules, registry(), *prices, nullptr, view};
  for (int n = 0; n < rows; ++n) replay.add(row(n, "gpt-4o", n % 4 == 0 ? "chat" : "search"));
  return replay;
}
std::shared_ptr<const config::CompiledRules> rules(const char* document) {
  return config::compile_rules(config::parse_control(document, registry()).value(), registry());
}

TEST(Replay, CountsWhatMovesAndWhatItCostsThere) {
  const auto compiled = rules(R"({"rules":[{"name":"small","when":{"feature":"chat"},"split":[{"model":"gpt-4o-mini"}]},{"name":"rest"}]})");
  const TargetView view;
  const Replay replay = replayed(compiled, 100, view);
  EXPECT_EQ(replay.requests, 100);
  EXPECT_EQ(replay.matched, 100);
  EXPECT_EQ(replay.rerouted, 25);
  EXPECT_EQ(replay.rules()[0].rerouted, 25);
  EXPECT_EQ(replay.rules()[1].requests, 75) << "matched, and passed as asked";
  EXPECT_EQ(replay.cost_before, Replay::Femto{100} * Money::kPerDollar);
  EXPECT_EQ(replay.cost_after, Replay::Femto{75} * Money::kPerDollar + Replay::Femto{25} * 150'000'000'000'000) << "$0.15 per million there";
  EXPECT_EQ(replay.latency_kept.count(), 75);
  EXPECT_EQ(replay.moved.at({"openai", "gpt-4o-mini"}), 25);
}

TEST(Replay, ShadowMovesNothingAndIsCounted) {
  const auto compiled = rules(R"({"rules":[{"name":"maybe","shadow":true,"split":[{"model":"gpt-4o-mini"}]}]})");
  const TargetView view;
  const Replay replay = replayed(compiled, 40, view);
  EXPECT_EQ(replay.rerouted, 0);
  EXPECT_EQ(replay.rules()[0].requests, 40);
  EXPECT_EQ(replay.cost_after, replay.cost_before);
}

TEST(Replay, WhatHasNoPriceThereIsSaidAndLeftOut) {
  const auto compiled = rules(R"({"rules":[{"name":"new","split":[{"model":"never-priced"}]}]})");
  const TargetView view;
  const Replay replay = replayed(compiled, 10, view);
  EXPECT_EQ(replay.cost_unknown, 10);
  EXPECT_EQ(replay.cost_before, 0);
}

TEST(Replay, ASplitFallsTheSameWayEveryTime) {
  const auto compiled = rules(R"({"rules":[{"name":"half","split":[{"model":"gpt-4o-mini"},{"model":"gpt-4.1"}]}]})");
  const TargetView view;
  const Replay first = replayed(compiled, 250, view), second = replayed(compiled, 250, view);
  EXPECT_EQ(first.moved, second.moved);
  EXPECT_GT(first.moved.at({"openai", "gpt-4o-mini"}), 75);
  EXPECT_GT(first.moved.at({"openai", "gpt-4.1"}), 75);
}

TEST(Replay, RowsThatNeverHadAProviderAreNotCounted) {
  const auto compiled = rules("{}");
  const TargetView view;
  static const auto prices = config::builtin_prices();
  Replay replay{*compiled, registry(), *prices, nullptr, view};
  Event refused;
  replay.add(refused);
  EXPECT_EQ(replay.requests, 0);
}

}  // namespace
}  // namespace lectr::policy
