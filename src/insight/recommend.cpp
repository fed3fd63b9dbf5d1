#include "lectr/insight/recommend.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "lectr/base/model_name.hpp"
#include "lectr/base/text.hpp"

namespace lectr::insight {
namespace {

constexpr std::string_view kReasoning = "reasoning", kOther = "(other)", kUntagged = "untagged";
// Of the output: more than this thinks for a living.
constexpr std::int64_t kReasoningPercent = 10;

// Sold for reasoning, by their names.
bool reasons_by_name(std::string_view model) noexcept {
  constexpr std::array<std::string_view, 7> kBeginnings{"o1", "o3", "o4", "deepseek-reasoner", "deepseek-r1", "magistral", "codex"};
  if (model.find("reasoning") != model.npos && model.find("non-reasoning") == model.npos) return true;
  return model.find("thinking") != model.npos ||
         std::any_of(kBeginnings.begin(), kBeginnings.end(), [model](std::string_view name) { return model.starts_with(name); });
}

void add(Usage& to, const Usage& more) {
  to.requests += more.requests, to.errors += more.errors, to.measured += more.measured, to.cost_unknown += more.cost_unknown;
  to.input += more.input, to.output += more.output, to.cached += more.cached, to.cache_write += more.cache_write, to.reasoning += more.reasoning;
  to.peak_tokens = std::max(to.peak_tokens, more.peak_tokens);
  to.cost += more.cost, to.cost_low += more.cost_low, to.cost_high += more.cost_high;
}

// One feature and task with the model it asks for, of whatever snapshots answered.
using Place = std::tuple<std::string, std::string, std::string, std::string>;  // feature, task, provider, asked
std::map<Place, Usage> by_place(std::span<const Usage> usage) {
  std::map<Place, Usage> out;
  for (const Usage& u : usage) {
    const std::string asked = lower(u.asked);
    if (asked.empty() || u.feature == kOther || u.task == kOther || asked == kOther || !same_model(asked, lower(u.model))) continue;
    Usage& sum = out[{u.feature, u.task, u.provider, asked}];
    if (sum.requests == 0) sum.feature = u.feature, sum.task = u.task, sum.provider = u.provider, sum.asked = sum.model = asked;
    add(sum, u);
  }
  return out;
}

// Features and models of which a task is declared: a rule without a task takes their requests too.
std::set<Place> declared(const std::map<Place, Usage>& places) {
  std::set<Place> out;
  for (const auto& [place, sum] : places)
    if (!sum.task.empty()) out.insert({sum.feature, "", sum.provider, sum.asked});
  return out;
}

bool never(const Usage& sum) {
  if (!sum.task.empty()) return iequals(sum.task, kReasoning);
  return reasons_by_name(sum.asked) || sum.reasoning * 100 >= kReasoningPercent * std::max<std::int64_t>(sum.output, 1);
}

void judge(Recommendation& r, const Usage& sum) {
  if (!r.task.empty()) {
    r.confidence = Confidence::high;
    r.reason = "the task is declared";
  } else {
    const Guess guess = guess_task(sum);
    r.guessed_task = guess.task, r.confidence = guess.confidence, r.reason = guess.why;
    if (r.feature == kUntagged) r.confidence = Confidence::low, r.reason += "; the requests name no feature, so several may be in here";
  }
  if (sum.measured * 2 > sum.requests && r.confidence != Confidence::low) {
    r.confidence = r.confidence == Confidence::high ? Confidence::medium : Confidence::low;
    r.reason += "; most token counts were measured here, not reported";
  }
}

// The saving of measured tokens is as uncertain as their cost is: in millionths, as the product of two amounts would leave 128 bits.
Femto scaled(Femto saving, Femto bound, Femto cost) {
  constexpr Femto kMillion = 1'000'000;
  return cost <= 0 ? saving : saving * (bound * kMillion / cost) / kMillion;
}

std::optional<Recommendation> judge_candidate(const Usage& sum, const config::Downgrade& to, const PriceOf& price_of, const LatencyOf& latency_of) {
  const auto there = price_of(sum, to.to_provider, to.to_model);
  if (!there) return {};
  Usage here = sum;
  if (sum.cost_unknown > 0) {  // tokens without a cost are in the sums: all at today's price then, or not at all
    const auto now = price_of(sum, sum.provider, sum.asked);
    if (!now) return {};
    here.cost = now->value, here.cost_low = now->low, here.cost_high = now->high;
  }
  Recommendation r;
  r.cost = here.cost;
  r.saving = here.cost - there->value;
  r.saving_low = scaled(here.cost - there->high, std::min(here.cost_low, here.cost), here.cost);
  r.saving_high = scaled(here.cost - there->low, std::max(here.cost_high, here.cost), here.cost);
  if (r.saving < kLeastSaving || r.saving * 100 < here.cost * kLeastSavingPercent) return {};
  r.feature = sum.feature, r.task = sum.task, r.provider = sum.provider, r.model = sum.asked;
  r.to_provider = to.to_provider, r.to_model = to.to_model, r.note = to.note;
  r.id = recommendation_id(r.feature, r.task, r.provider, r.model, r.to_provider, r.to_model);
  r.requests = sum.requests;
  r.latency_us = latency_of(sum.provider, sum.asked), r.latency_there_us = latency_of(to.to_provider, to.to_model);
  judge(r, sum);
  return r;
}

}  // namespace

std::string recommendation_id(std::string_view feature, std::string_view task, std::string_view provider, std::string_view model,
                              std::string_view to_provider, std::string_view to_model) {
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a, 64 bits: it is stored, so it may never change
  for (const std::string_view part : {feature, task, provider, model, to_provider, to_model}) {
    for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    hash = (hash ^ 0xffu) * 1099511628211u;  // no UTF-8 text has this byte: parts don't run into each other
  }
  std::string id(16, '0');
  for (std::size_t i = 0; i < id.size(); ++i) id[id.size() - 1 - i] = "0123456789abcdef"[(hash >> (4 * i)) & 15];
  return id;
}

std::vector<Recommendation> recommend(std::span<const Usage> usage, const config::Advice& advice, const PriceOf& price_of,
                                      const LatencyOf& latency_of) {
  const auto places = by_place(usage);
  const auto with_tasks = declared(places);
  std::vector<Recommendation> out;
  for (const auto& [place, sum] : places) {
    if (never(sum) || (sum.task.empty() && with_tasks.contains(place))) continue;
    for (const config::Downgrade* to : config::downgrades_of(advice, sum.provider, sum.asked)) {
      // Announced or over: nobody should move towards either.
      if (config::deprecation_of(advice, to->to_provider, to->to_model) != nullptr) continue;
      if (auto made = judge_candidate(sum, *to, price_of, latency_of)) out.push_back(std::move(*made));
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.saving > b.saving; });
  if (out.size() > kMostRecommendations) out.resize(kMostRecommendations);
  return out;
}

}  // namespace lectr::insight
