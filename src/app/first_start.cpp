#include "first_start.hpp"

#include <stdexcept>

#include "lectr/api/server.hpp"
#include "lectr/base/clock.hpp"

namespace lectr::app {
namespace {

template <class T>
T taken(Result<T> result, const char* what) {
  if (!result) throw std::runtime_error(std::string{"first start: "} + what + " could not be stored: " + result.error().what);
  return *result;
}

}  // namespace

store::KeyRow make_key(OrgId org, const std::string& name, const std::string& secret) {
  store::KeyRow key;
  key.org = org;
  key.name = name;
  key.hint = (secret.starts_with("lc_key_") ? "lc_key_…" : "lc_…") + (secret.size() >= 16 ? secret.substr(secret.size() - 4) : std::string{});
  key.digest = api::digest_of(secret);
  key.created_at_us = unix_us();
  return key;
}

std::optional<Welcome> first_start(store::ControlStore& control, const config::Settings& s) {
  if (!taken(control.empty(), "nothing")) return {};
  Welcome welcome;
  const auto choose = [](const std::string& given, const char* prefix, std::string& shown) {
    return given.empty() ? shown = api::new_secret(prefix) : given;
  };
  const std::string key = choose(s.bootstrap_org_key, "lc_key_", welcome.org_key);
  const std::string password =
      s.bootstrap_admin_password.empty() ? welcome.admin_password = api::new_secret("").substr(0, 20) : s.bootstrap_admin_password;
  const OrgId org = taken(control.add_org("default"), "the org");
  taken(control.add_key(make_key(org, "default", key)), "its key");
  store::UserRow admin;
  admin.org = org;
  admin.name = "admin";
  admin.password_hash = api::hash_password(password);
  admin.role = store::Role::admin;
  taken(control.add_user(admin), "the admin");
  if (!s.bootstrap_admin_token.empty()) {
    store::TokenRow token;
    token.org = org;
    token.name = "bootstrap";
    token.digest = api::digest_of(s.bootstrap_admin_token);
    token.role = store::Role::admin;
    token.created_at_us = unix_us();
    taken(control.add_token(token), "the admin token");
  }
  return welcome;
}

}  // namespace lectr::app
