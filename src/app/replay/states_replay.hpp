// Stored requests run through two control states side by side. One thread; asks the store once, for what budgets had spent.
#pragma once

#include <memory>
#include <vector>

#include "lectr/store/event_store.hpp"
#include "replayed_state.hpp"

namespace lectr::app {

class StatesReplay final : public api::StatesReplay {
 public:
  // `before`: of the org as it is. `keys`: those it ever had. `from_us`: where the rows begin.
  StatesReplay(std::shared_ptr<const config::Snapshot> snapshot, const config::Org& org, const config::Control& after,
               const std::vector<store::KeyRow>& keys, store::EventStore& events, std::int64_t from_us);

  void add(const Event& row) override;
  api::ReplayedStates finish() override;

 private:
  struct Waiting {
    std::int64_t start_us = 0;
    std::unique_ptr<Event> row;
    bool operator<(const Waiting& o) const noexcept { return start_us > o.start_us; }
  };

  void learn(ReplayedState& state, store::EventStore& events, std::int64_t from_us) const;
  void run_first();

  std::shared_ptr<const config::Snapshot> snapshot_;
  ReplayedState before_, after_;
  std::vector<Waiting> waiting_;  // a heap: rows come by their end, and are decided by their beginning
  api::ReplayedStates sums_;
};

// As the API asks for it (api::ServerOptions::replay_states): of the org as `snapshot` has it; null where it has none.
std::unique_ptr<api::StatesReplay> replay_states(std::shared_ptr<const config::Snapshot> snapshot, OrgId org, const config::Control& after,
                                                 const std::vector<store::KeyRow>& keys, store::EventStore& events, std::int64_t from_us);

}  // namespace lectr::app
