// The orgs' control states as they are in force here, read and compiled once per version.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "lectr/config/control.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::app {

class ControlStates {
 public:
  // Reads what is new since. A document that names something unknown here (another version of Lectr wrote it, a provider is gone from the settings)
  // leaves the org's last good state in force. False: the store did not answer, nothing changed.
  using Read = std::function<Result<store::ControlStateRow>(OrgId)>;
  bool follow(const std::map<OrgId, std::int64_t>& versions, const Read& read, const config::Registry& registry);
  // `switched`: rules whose fallbacks come first for now.
  void put_into(config::Org& org, const std::set<std::string>& switched = {}) const;
  std::map<OrgId, store::ControlStateRow> documents() const;  // of what is in force

 private:
  struct State {
    std::int64_t version = 0;  // in force
    std::int64_t seen = 0;     // the newest one looked at: of one that can't be used, that is said once
    std::shared_ptr<const config::Control> control;
    std::shared_ptr<const config::CompiledRules> rules;
  };
  std::map<OrgId, State> states_;
  const config::Registry* registry_ = nullptr;  // that the states were read with
};

}  // namespace lectr::app
