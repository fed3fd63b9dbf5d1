// What an exchange knows while a rule is in force for it: its plan, where in the plan it is, and what it must remember to ask the next target.
#pragma once

#include <optional>
#include <string>

#include "exchange.hpp"
#include "lectr/policy/route.hpp"
#include "splice.hpp"
#include "target_health.hpp"

namespace lectr::proxy {

// What is known of a target's health, found while the plan was made.
struct FoundHealth {
  config::ProviderIndex provider = 0;
  std::string_view model;  // as the rule names it
  std::uint64_t credential = 0;
  TargetHealth::Slot *slot = nullptr, *credential_slot = nullptr;
};
using FoundHealths = boost::container::static_vector<FoundHealth, policy::kMaxPlan + config::kMaxSplit>;

struct Routing {
  policy::RoutePlan plan;
  std::size_t at = 0;               // of plan.targets
  std::optional<std::size_t> next;  // taken already: its probe, and one of the org's retries
  config::ProviderIndex detected = 0;
  Credentials who;  // views into Exchange::request, which stays while another target may be asked
  ModelPlace place;
  FoundHealths found;       // good for the first target only: later it is another time
  std::string lower_model;  // that a budget lets go
  std::string name;         // the new model's name as it goes out
  std::string payload;      // as AskedUsage::payload
  std::string target;       // the request target as changed

  // The attempt under way.
  std::int64_t began_us = 0;
  TargetHealth::Slot *slot = nullptr, *credential_slot = nullptr;
  std::uint64_t credential = 0;  // its hash; 0: there is none
  bool own_credential = false;   // the client's: what is wrong with it is for the client to see
  bool tried = false;            // an attempt at it was begun and is not counted yet
  bool noted = true;             // its breaker has heard what came of it
  bool said = false;             // `why` says so
  bool under_way = false;        // counted so against the target's quota

  std::int64_t tokens = 0;  // what the provider may count for it before it answers: the prompt, and all that it may answer if it says so

  // An error answer that the client will not get to see: read as far as it tells what kind of error it is.
  bool swallowing = false;
  std::size_t swallowed = 0;
  std::int64_t swallow_until_us = 0;
  std::int64_t wait_us = 0;  // retry-after

  bool more() const noexcept { return at + 1 < plan.targets.size(); }
};

}  // namespace lectr::proxy
