// The first start makes an org, its key and an admin; their secrets are shown once and never logged.
#pragma once

#include <optional>
#include <string>

#include "lectr/config/settings.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::app {

// What a person has to note down. Empty strings: given by the environment, nothing to show.
struct Welcome {
  std::string org_key, admin_password, admin_token;
};

// Empty when the store already has an org. Throws std::runtime_error when the store does not take the rows.
std::optional<Welcome> first_start(store::ControlStore& control, const config::Settings& settings);

// A key's row; `secret` is hashed, its hint keeps the last four characters.
store::KeyRow make_key(OrgId org, const std::string& name, const std::string& secret);

}  // namespace lectr::app
