// org, key, user, token, rollup, migrate: on the store directly. A running gateway takes changes up within two seconds.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "commands.hpp"
#include "first_start.hpp"
#include "lectr/api/server.hpp"
#include "lectr/base/clock.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::app {
namespace {

struct Arguments {
  std::string name, org = "default", role = "viewer", password, provider, reference;
  std::int64_t id = 0;
  std::vector<config::ProviderOverride> providers;  // of the settings
};

int fail(const std::string& what, const Error& error) {
  std::cerr << what << ": " << code_name(error.code) << (*error.what ? std::string{": "} + error.what : std::string{}) << "\n";
  return 1;
}

Result<store::OrgRow> org_named(store::ControlStore& control, const std::string& name) {
  const auto orgs = control.orgs();
  if (!orgs) return orgs.error();
  for (const auto& org : *orgs)
    if (org.name == name) return org;
  return Error{Code::not_found, Fault::client, Again::no, "there is no org of that name"};
}

store::Role role_of(const std::string& name) {
  return name == "admin" ? store::Role::admin : name == "editor" ? store::Role::editor : store::Role::viewer;
}

using Act = int (*)(store::ControlStore&, const Arguments&);

int org_create(store::ControlStore& control, const Arguments& a) {
  const auto id = control.add_org(a.name);
  if (!id) return fail("org '" + a.name + "'", id.error());
  std::cout << "org " << a.name << " (" << *id << ")\n";
  return 0;
}

int org_list(store::ControlStore& control, const Arguments&) {
  const auto orgs = control.orgs();
  if (!orgs) return fail("orgs", orgs.error());
  for (const auto& org : *orgs) std::cout << org.id << "\t" << org.name << (org.enabled ? "" : "\tdisabled") << "\n";
  return 0;
}

int org_switch(store::ControlStore& control, const Arguments& a, bool enabled) {
  const auto org = org_named(control, a.name);
  if (!org) return fail("org '" + a.name + "'", org.error());
  const auto done = control.change_org(org->id, {.enabled = enabled});
  return done ? 0 : fail("org '" + a.name + "'", done.error());
}

int org_credential(store::ControlStore& control, const Arguments& a) {
  const auto org = org_named(control, a.org);
  if (!org) return fail("org '" + a.org + "'", org.error());
  if (!a.reference.starts_with("env:") && !a.reference.starts_with("file:")) {
    std::cerr << "A credential reference is env:NAME or file:/path; the credential itself is never stored.\n";
    return 1;
  }
  // What the control state refuses would keep every instance from using the whole version.
  if (const char* reason = config::check_reference(a.reference)) {
    std::cerr << "reference: " << reason << "\n";
    return 1;
  }
  const auto registry = config::build_registry(a.providers);
  if (registry && !registry->by_name.contains(a.provider)) {
    std::cerr << "'" << a.provider << "' is no provider here. Names are those of Settings, Providers; the settings file can add others.\n";
    return 1;
  }
  const auto done = store::edit_own_settings(
      control, org->id, {"lectr org credential", "cli", "credential of " + a.provider}, [&](config::OwnSettings& own) -> Result<void> {
        auto at = std::find_if(own.providers.begin(), own.providers.end(), [&](const auto& p) { return p.name == a.provider; });
        if (at == own.providers.end()) at = own.providers.insert(at, {.name = a.provider});
        at->credential = a.reference;
        return {};
      });
  return done ? 0 : fail("org '" + a.org + "'", done.error());
}

int key_create(store::ControlStore& control, const Arguments& a) {
  const auto org = org_named(control, a.org);
  if (!org) return fail("org '" + a.org + "'", org.error());
  const std::string secret = api::new_secret("lc_key_");
  const auto id = control.add_key(make_key(org->id, a.name, secret));
  if (!id) return fail("key", id.error());
  std::cout << "key " << *id << ", shown only now: " << secret << "\n";
  return 0;
}

int key_list(store::ControlStore& control, const Arguments& a) {
  const auto org = org_named(control, a.org);
  if (!org) return fail("org '" + a.org + "'", org.error());
  const auto keys = control.keys(org->id);
  if (!keys) return fail("keys", keys.error());
  for (const auto& key : *keys) std::cout << key.id << "\t" << key.name << "\t" << key.hint << (key.revoked_at_us ? "\trevoked" : "") << "\n";
  return 0;
}

int key_revoke(store::ControlStore& control, const Arguments& a) {
  const auto org = org_named(control, a.org);
  if (!org) return fail("org '" + a.org + "'", org.error());
  const auto done = control.revoke_key(org->id, a.id, unix_us());
  return done ? 0 : fail("key", done.error());
}

int user_add(store::ControlStore& control, const Arguments& a) {
  const auto org = org_named(control, a.org);
  if (!org) return fail("org '" + a.org + "'", org.error());
  const std::string password = a.password.empty() ? api::new_secret("").substr(0, 20) : a.password;
  store::UserRow user;
  user.org = org->id;
  user.name = a.name;
  user.password_hash = api::hash_password(password);
  user.role = role_of(a.role);
  const auto id = control.add_user(user);
  if (!id) return fail("user '" + a.name + "'", id.error());
  std::cout << "user " << a.name << " (" << a.role << ")" << (a.password.empty() ? ", password shown only now: " + password : std::string{}) << "\n";
  return 0;
}

int user_password(store::ControlStore& control, const Arguments& a) {
  const auto user = control.user_by_name(a.name);
  if (!user) return fail("user '" + a.name + "'", user.error());
  const std::string password = a.password.empty() ? api::new_secret("").substr(0, 20) : a.password;
  const auto done = control.set_password(user->id, api::hash_password(password));
  if (!done) return fail("user '" + a.name + "'", done.error());
  if (a.password.empty()) std::cout << "password, shown only now: " << password << "\n";
  return 0;
}

int token_create(store::ControlStore& control, const Arguments& a) {
  const auto org = org_named(control, a.org);
  if (!org) return fail("org '" + a.org + "'", org.error());
  const std::string secret = api::new_secret("lt_");
  store::TokenRow token;
  token.org = org->id;
  token.name = a.name;
  token.digest = api::digest_of(secret);
  token.role = role_of(a.role);
  token.created_at_us = unix_us();
  const auto id = control.add_token(token);
  if (!id) return fail("token", id.error());
  std::cout << "token " << *id << ", shown only now: " << secret << "\n";
  return 0;
}

int token_revoke(store::ControlStore& control, const Arguments& a) {
  const auto org = org_named(control, a.org);
  if (!org) return fail("org '" + a.org + "'", org.error());
  const auto done = control.revoke_token(org->id, a.id, unix_us());
  return done ? 0 : fail("token", done.error());
}

int rollup_rebuild(store::EventStore& events) {
  const auto done = events.rebuild_rollups();
  if (!done) return fail("rollups", done.error());
  std::cout << "the rollups were made anew from the rows\n";
  return 0;
}

int migrate(const config::Settings& settings) {
  const auto state = store::migrate(database_of(settings));
  if (!state) return fail("migrate", state.error());
  for (const auto& name : state->ran) std::cout << "applied " << name << "\n";
  std::cout << state->applied << " of " << state->available << " migrations are in place\n";
  return 0;
}

}  // namespace

std::string database_of(const config::Settings& s) { return s.database_url.empty() ? "sqlite:" + s.state_dir + "/lectr.db" : s.database_url; }

void add_store_commands(CLI::App& cli, CommonFlags& flags, int& exit_code) {
  auto a = std::make_shared<Arguments>();
  const auto act = [&flags, &exit_code, a](CLI::App* command, auto what) {
    command->callback([&flags, &exit_code, a, what] {
      log::start("warn");
      const config::Settings settings = settings_or_exit(flags);
      a->providers = settings.providers;
      auto stores = store::open_stores(database_of(settings));
      exit_code = stores ? what(*stores->control, *a) : fail("the store could not be opened", stores.error());
    });
  };
  const auto with_common = [&flags](CLI::App* command) {
    command->add_option("--config", flags.config_file, "YAML file with the daemon's settings (environment: LECTR_CONFIG)");
    command->add_option("--state-dir", flags.state_dir, "where the embedded store lives (LECTR_STATE_DIR)");
    return command;
  };
  const auto group = [&cli, &with_common](const char* name, const char* what) {
    CLI::App* g = with_common(cli.add_subcommand(name, what));
    g->require_subcommand(1);
    return g;
  };
  const auto roles = CLI::IsMember({"viewer", "editor", "admin"});
  const auto named = CLI::Validator([](const std::string& name) { return name.empty() ? std::string{"is empty"} : std::string{}; }, "");

  CLI::App* org = group("org", "make, list and switch orgs");
  CLI::App* c = org->add_subcommand("create", "make an org");
  c->add_option("name", a->name)->required()->check(named);
  act(c, org_create);
  act(org->add_subcommand("list", "list all orgs"), org_list);
  c = org->add_subcommand("disable", "refuse an org's requests");
  c->add_option("name", a->name)->required();
  act(c, [](store::ControlStore& s, const Arguments& args) { return org_switch(s, args, false); });
  c = org->add_subcommand("enable", "serve an org's requests again");
  c->add_option("name", a->name)->required();
  act(c, [](store::ControlStore& s, const Arguments& args) { return org_switch(s, args, true); });
  c = org->add_subcommand("credential", "where a provider's key is found for clients that send only the org key");
  c->add_option("provider", a->provider)->required();
  c->add_option("reference", a->reference, "env:NAME or file:/path")->required();
  c->add_option("--org", a->org)->capture_default_str();
  act(c, org_credential);

  CLI::App* key = group("key", "make, list and revoke org keys");
  c = key->add_subcommand("create", "make a key; it is shown once");
  c->add_option("name", a->name)->required()->check(named);
  c->add_option("--org", a->org)->capture_default_str();
  act(c, key_create);
  c = key->add_subcommand("list", "list an org's keys");
  c->add_option("--org", a->org)->capture_default_str();
  act(c, key_list);
  c = key->add_subcommand("revoke", "end a key at once");
  c->add_option("id", a->id)->required();
  c->add_option("--org", a->org)->capture_default_str();
  act(c, key_revoke);

  CLI::App* user = group("user", "dashboard users");
  c = user->add_subcommand("add", "add a user; a password is made unless given");
  c->add_option("name", a->name)->required()->check(named);
  c->add_option("--org", a->org)->capture_default_str();
  c->add_option("--role", a->role)->check(roles)->capture_default_str();
  c->add_option("--password", a->password);
  act(c, user_add);
  c = user->add_subcommand("password", "set a new password; one is made unless given");
  c->add_option("name", a->name)->required();
  c->add_option("--password", a->password);
  act(c, user_password);

  CLI::App* token = group("token", "API tokens");
  c = token->add_subcommand("create", "make a token; it is shown once");
  c->add_option("name", a->name)->required()->check(named);
  c->add_option("--org", a->org)->capture_default_str();
  c->add_option("--role", a->role)->check(roles)->capture_default_str();
  act(c, token_create);
  c = token->add_subcommand("revoke", "end a token at once");
  c->add_option("id", a->id)->required();
  c->add_option("--org", a->org)->capture_default_str();
  act(c, token_revoke);

  CLI::App* rollup = group("rollup", "the sums that the dashboard reads");
  rollup->add_subcommand("rebuild", "make them anew from the rows; numbers stay right while it runs")->callback([&flags, &exit_code] {
    log::start("warn");
    auto stores = store::open_stores(database_of(settings_or_exit(flags)));
    exit_code = stores ? rollup_rebuild(*stores->events) : fail("the store could not be opened", stores.error());
  });

  with_common(cli.add_subcommand("migrate", "bring the store's tables up to date"))->callback([&flags, &exit_code] {
    log::start("warn");
    exit_code = migrate(settings_or_exit(flags));
  });
}

}  // namespace lectr::app
