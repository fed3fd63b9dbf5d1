// One control state under which requests that have been are decided once more: by the same route(), the same limiter and the same prices that serve.
// Time is what the rows say. One thread; no I/O.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "lectr/api/server.hpp"
#include "lectr/base/event.hpp"
#include "lectr/config/control.hpp"
#include "lectr/config/rules.hpp"
#include "lectr/limits/limiter.hpp"
#include "lectr/policy/explain.hpp"
#include "lectr/policy/replay.hpp"

namespace lectr::app {

// A row as both states look at it.
struct AskedRow {
  const Event& row;
  policy::AskedRoute asked;
  std::string sent, model;  // as it was sent on then; as asked for, lower case
  std::int64_t start_us = 0;
  bool refused_then = false;  // by a limit or budget of then: what it would have used, nobody knows
};

class ReplayedState {
 public:
  // `of`: the org as it is, but for its control state. `keys`: those it ever had.
  ReplayedState(std::shared_ptr<const config::Snapshot> snapshot, const config::Org& of, std::shared_ptr<const config::Control> control,
                const std::vector<store::KeyRow>& keys);

  // What budgets had spent when the replay begins, as the store has it.
  void learn(const std::vector<limits::Spent>& spent) { limiter_.learn(spent); }
  const config::Org& org() const noexcept { return org_; }

  // Rows come by when they began. A text that is the same where the same was decided: "openai/gpt-4o", "limit per key".
  std::string decide(const AskedRow& asked);

  api::ReplayedState sums;

 private:
  struct Aim {
    std::string provider, model;  // model: as it would be sent
    bool as_asked = true;
  };
  struct UnderWay {
    std::int64_t ends_us = 0;
    limits::Permit permit;
    limits::Outcome outcome;
    bool operator<(const UnderWay& o) const noexcept { return ends_us > o.ends_us; }
  };
  struct Usual {
    double cost = 0, input = 0;
    std::int64_t rows = 0;
  };

  Aim aim_of(const AskedRow& asked, const policy::RoutePlan& plan) const;
  bool aim_lower(Aim& aim, const AskedRow& asked, std::string_view to) const;
  limits::Query query_of(const AskedRow& asked, const Aim& aim, const std::string& paid);
  std::string refused(const limits::Refusal& refusal);
  void note_shadow();
  void pass(const AskedRow& asked, const Aim& aim, limits::Permit permit);
  void settle_until(std::int64_t us);

  std::shared_ptr<const config::Snapshot> snapshot_;
  config::Org org_;
  std::shared_ptr<const config::CompiledRules> rules_;
  policy::OrgTargets view_;
  limits::Limiter limiter_;
  std::vector<UnderWay> under_way_;  // a heap
  std::map<std::string, Usual> usual_;
  std::vector<limits::Shadowed> shadowed_;  // of the request that is being decided
};

}  // namespace lectr::app
