#include "replayed_state.hpp"

#include <algorithm>
#include <cmath>

#include "../snapshot_builder.hpp"
#include "lectr/base/text.hpp"
#include "lectr/policy/price.hpp"

namespace lectr::app {
namespace {

constexpr std::size_t kMostUsual = 4096;

bool failed(const Event& row) noexcept { return row.status >= 400; }

}  // namespace

ReplayedState::ReplayedState(std::shared_ptr<const config::Snapshot> snapshot, const config::Org& of, std::shared_ptr<const config::Control> control,
                             const std::vector<store::KeyRow>& keys)
    : snapshot_{std::move(snapshot)}, org_{of}, rules_{config::compile_rules(*control, *snapshot_->registry)}, view_{*snapshot_->registry, &org_} {
  org_.control = std::move(control);
  org_.control_version = 1;
  org_.rules = rules_;
  org_.limit_keys = limit_keys(*org_.control, 1, keys, org_.id);
  const auto list = [](const auto& all, auto& in_force, auto& in_shadow) {
    for (const auto& one : all) (one.enabled && one.shadow ? in_shadow : in_force)[one.name] = 0;
  };
  list(org_.control->rules, sums.by_rule, sums.shadow.by_rule);
  list(org_.control->limits, sums.by_limit, sums.shadow.by_limit);
  list(org_.control->budgets, sums.by_budget, sums.shadow.by_budget);
}

ReplayedState::Aim ReplayedState::aim_of(const AskedRow& asked, const policy::RoutePlan& plan) const {
  const policy::RouteTarget& target = plan.targets.front();
  return {snapshot_->registry->providers[target.provider].name, target.model.empty() ? asked.row.model_requested : std::string{target.model},
          target.as_asked};
}

// As the proxy does where a budget asks for a cheaper model. False: that can't take the request.
bool ReplayedState::aim_lower(Aim& aim, const AskedRow& asked, std::string_view to) const {
  const config::Registry& registry = *snapshot_->registry;
  const std::size_t slash = to.find('/');
  const auto named = slash == to.npos ? registry.by_name.end() : registry.by_name.find(to.substr(0, slash));
  if (!asked.asked.can_rewrite) return false;
  if (named != registry.by_name.end()) {
    const config::Provider& provider = registry.providers[named->second];
    if (named->second != asked.asked.provider && (!policy::can_serve(provider, asked.asked.endpoint) || !view_.has_credential(named->second)))
      return false;
    aim.provider = provider.name;
    to.remove_prefix(slash + 1);
  }
  aim.model = to;
  aim.as_asked = false;
  return true;
}

limits::Query ReplayedState::query_of(const AskedRow& asked, const Aim& aim, const std::string& paid) {
  const Event& row = asked.row;
  limits::Query q;
  q.org = &org_;
  q.key = row.key_id;
  q.feature = row.feature;
  q.model = asked.model;
  q.paid = paid;
  q.stream = row.streaming;
  q.all_shadowed = &shadowed_;
  q.now_us = q.unix_us = asked.start_us;
  if (!policy::costs(asked.asked.endpoint)) q.cost_nano = 0;
  if (asked.asked.endpoint.api == wire::Api::other) return q;
  const auto usual = usual_.find(row.feature + '/' + asked.model);
  const double input_usual = usual == usual_.end() ? 0 : usual->second.input / static_cast<double>(usual->second.rows);
  const std::int64_t input = row.tokens_input >= 0 ? row.tokens_input : static_cast<std::int64_t>(input_usual);
  limits::Expected output;
  if (asked.asked.endpoint.api != wire::Api::openai_embeddings) output = limiter_.expected_output(q, -1);
  const auto mean = static_cast<std::int64_t>(std::ceil(output.mean));
  q.tokens = input + mean;
  q.output_mean = output.mean;
  if (org_.control->budgets.empty()) return q;
  const auto expected =
      policy::expect_cost(policy::list_model(*snapshot_->prices, org_.own_prices.get(), aim.provider, paid), input, mean, asked.start_us);
  if (!expected) return q;
  q.cost_nano = policy::nano_of(expected->cost);
  q.output_nano = expected->output_nano();
  q.cost_variance = output.variance * q.output_nano * q.output_nano;
  return q;
}

std::string ReplayedState::decide(const AskedRow& asked) {
  settle_until(asked.start_us);
  shadowed_.clear();
  const policy::RoutePlan plan = policy::route(*rules_, *snapshot_->registry, asked.asked.query(asked.row), view_, policy::dice_of(asked.row.id));
  if (plan.rule) ++sums.by_rule[plan.rule->name];
  if (plan.shadow) ++sums.shadow.by_rule[plan.shadow->name];
  Aim aim = aim_of(asked, plan);
  limits::Permit permit;
  if (!org_.control->limits.empty() || !org_.control->budgets.empty()) {
    std::string paid = lower(aim.model);
    limits::Query query = query_of(asked, aim, paid);
    auto refusal = limiter_.admit(query, permit);
    if (refusal && !refusal->downgrade_to.empty() && aim_lower(aim, asked, refusal->downgrade_to)) {
      const std::string budget = refusal->name;
      paid = lower(aim.model);
      query = query_of(asked, aim, paid);
      query.downgraded = true;
      refusal = limiter_.admit(query, permit);
      if (!refusal) ++sums.downgraded, ++sums.by_budget[budget];
    }
    if (refusal) return refused(*refusal);
    note_shadow();
  }
  pass(asked, aim, std::move(permit));
  return aim.provider + '/' + aim.model;
}

void ReplayedState::note_shadow() {
  bool stopped = false;
  for (const limits::Shadowed& one : shadowed_) {
    const bool limit = one.as == limits::Shadowed::As::limited;
    ++(limit ? sums.shadow.by_limit : sums.shadow.by_budget)[one.name];
    stopped = stopped || one.as != limits::Shadowed::As::downgraded;
  }
  if (!shadowed_.empty()) ++(stopped ? sums.shadow.stopped : sums.shadow.downgraded);
}

std::string ReplayedState::refused(const limits::Refusal& refusal) {
  const bool budget = refusal.code == Code::budget_exceeded || refusal.code == Code::budget_reserved;
  ++(budget ? sums.blocked : sums.limited);
  ++(budget ? sums.by_budget : sums.by_limit)[refusal.name];
  return (budget ? "budget " : "limit ") + refusal.name;
}

// It would have gone there: what would it have cost and used?
void ReplayedState::pass(const AskedRow& asked, const Aim& aim, limits::Permit permit) {
  const Event& row = asked.row;
  ++sums.passed;
  const bool same = !asked.refused_then && aim.provider == row.provider && aim.model == asked.sent;
  if (!aim.as_asked) ++sums.rerouted;
  if (same)
    sums.latency_kept.add(row.latency_us);
  else
    ++sums.moved[{aim.provider, aim.model}];
  std::optional<Money> cost = row.cost, low = row.cost_low, high = row.cost_high;
  Usual& usual = usual_.size() < kMostUsual ? usual_[row.feature + '/' + asked.model] : usual_[""];
  if (asked.refused_then) {
    if (usual.rows > 0) cost = Money{static_cast<std::int64_t>(usual.cost / static_cast<double>(usual.rows))};
    low = Money{}, high = cost ? std::optional{Money{2 * cost->femto}} : std::nullopt;
    ++sums.expected;
  } else if (!same) {
    policy::CostQuery query{.provider = aim.provider, .model = aim.model};
    query.usage.input = row.tokens_input, query.usage.output = row.tokens_output, query.usage.reasoning = row.tokens_reasoning;
    query.at_us = row.completed_at_us;
    const policy::Cost there = policy::price(*snapshot_->prices, query, org_.own_prices.get());
    cost = there.value, low = there.low, high = there.high;
  }
  if (cost) {
    sums.cost += cost->femto;
    sums.cost_low += low.value_or(*cost).femto;
    sums.cost_high += high.value_or(*cost).femto;
  } else if (!failed(row) && policy::costs(asked.asked.endpoint)) {
    ++sums.cost_unknown;
  }
  if (!asked.refused_then && !failed(row)) {
    ++usual.rows;
    usual.cost += cost ? static_cast<double>(cost->femto) : 0;
    usual.input += static_cast<double>(std::max<std::int64_t>(row.tokens_input, 0));
  }
  if (!permit) return;
  limits::Outcome outcome;
  if (!asked.refused_then) {
    if (row.tokens_input >= 0 || row.tokens_output >= 0)
      outcome.tokens = std::max<std::int64_t>(row.tokens_input, 0) + std::max<std::int64_t>(row.tokens_output, 0);
    else if (failed(row))
      outcome.tokens = 0;
    if (!failed(row) && row.verdict == Verdict::complete) outcome.output = row.tokens_output;
    if (cost)
      outcome.cost_nano = policy::nano_of(*cost);
    else if (failed(row) || !policy::costs(asked.asked.endpoint))
      outcome.cost_nano = 0;
  }
  under_way_.push_back({row.completed_at_us, std::move(permit), outcome});
  std::push_heap(under_way_.begin(), under_way_.end());
}

void ReplayedState::settle_until(std::int64_t us) {
  while (!under_way_.empty() && under_way_.front().ends_us <= us) {
    std::pop_heap(under_way_.begin(), under_way_.end());
    limiter_.settle(under_way_.back().permit, under_way_.back().outcome, under_way_.back().ends_us);
    under_way_.pop_back();
  }
}

}  // namespace lectr::app
