#include "states_replay.hpp"

#include <algorithm>
#include <utility>

#include "../spent.hpp"
#include "lectr/base/text.hpp"

namespace lectr::app {
namespace {

// No exchange lasts longer by default. Beyond so many rows the one that began first is decided though an earlier one may come.
constexpr std::int64_t kLongestUs = 3'600'000'000;
constexpr std::size_t kMostWaiting = 100'000;

std::shared_ptr<const config::Control> state_of(const config::Org& org) {
  return org.control ? org.control : std::make_shared<const config::Control>();
}

bool refused_by_us(const Event& row) noexcept { return row.error_source == ErrorSource::proxy && (row.status == 429 || row.status == 402); }

}  // namespace

StatesReplay::StatesReplay(std::shared_ptr<const config::Snapshot> snapshot, const config::Org& org, const config::Control& after,
                           const std::vector<store::KeyRow>& keys, store::EventStore& events, std::int64_t from_us)
    : snapshot_{std::move(snapshot)},
      before_{snapshot_, org, state_of(org), keys},
      after_{snapshot_, org, std::make_shared<const config::Control>(after), keys} {
  learn(before_, events, from_us);
  learn(after_, events, from_us);
}

// A window that began earlier has spent something by then.
void StatesReplay::learn(ReplayedState& state, store::EventStore& events, std::int64_t from_us) const {
  config::Snapshot alone;
  alone.orgs.emplace(state.org().id, state.org());
  auto windows = limits::open_windows(alone, from_us);
  for (limits::Spent& spent : windows) {
    const std::int64_t ends_us = std::exchange(spent.to_us, from_us);
    if (spent.from_us >= from_us || !look_up(events, spent)) spent.nano = 0;
    spent.to_us = ends_us;
  }
  state.learn(windows);
}

void StatesReplay::add(const Event& row) {
  waiting_.push_back({row.completed_at_us - std::max<std::int64_t>(row.latency_us, 0), std::make_unique<Event>(row)});
  std::push_heap(waiting_.begin(), waiting_.end());
  while (waiting_.size() > kMostWaiting || waiting_.front().start_us < row.completed_at_us - kLongestUs) run_first();
}

void StatesReplay::run_first() {
  std::pop_heap(waiting_.begin(), waiting_.end());
  const Waiting first = std::move(waiting_.back());
  waiting_.pop_back();
  auto asked = policy::asked_of(*first.row, *snapshot_->registry);
  if (!asked || first.row->key_id <= 0) return void(++sums_.skipped);  // refused before a provider was chosen, or it is unknown by now
  ++sums_.requests;
  const AskedRow row{*first.row,     std::move(*asked),        policy::sent_model(*first.row), lower(first.row->model_requested),
                     first.start_us, refused_by_us(*first.row)};
  if (row.refused_then) ++sums_.refused_then;
  if (before_.decide(row) != after_.decide(row)) ++sums_.differ;
}

api::ReplayedStates StatesReplay::finish() {
  while (!waiting_.empty()) run_first();
  sums_.before = before_.sums;
  sums_.after = after_.sums;
  return sums_;
}

std::unique_ptr<api::StatesReplay> replay_states(std::shared_ptr<const config::Snapshot> snapshot, OrgId org, const config::Control& after,
                                                 const std::vector<store::KeyRow>& keys, store::EventStore& events, std::int64_t from_us) {
  const auto at = snapshot->orgs.find(org);
  if (at == snapshot->orgs.end()) return nullptr;
  return std::make_unique<StatesReplay>(snapshot, at->second, after, keys, events, from_us);
}

}  // namespace lectr::app
