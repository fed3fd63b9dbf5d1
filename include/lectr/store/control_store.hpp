// Orgs, keys, users, tokens. Secrets come in hashed and never leave. Calls block: store and API threads only.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lectr/base/ids.hpp"
#include "lectr/base/result.hpp"
#include "lectr/store/event_store.hpp"

namespace lectr::store {

using Digest = std::array<std::uint8_t, 32>;  // SHA-256

struct OrgRow {
  OrgId id = 0;
  std::string name;
  bool enabled = true;
  bool exact_stream_usage = false;
  std::map<std::string, std::string> credential_refs; /* provider -> "env:…" or "file:…" */
  std::int64_t created_at_us = 0;
};
struct KeyRow {
  KeyId id = 0;
  OrgId org = 0;
  std::string name, hint; /* "lc_key_…wxyz" */
  Digest digest{};
  std::int64_t created_at_us = 0;
  std::optional<std::int64_t> expires_at_us, revoked_at_us;
};
enum class Role : std::uint8_t { viewer, editor, admin };
struct UserRow {
  std::int64_t id = 0;
  OrgId org = 0;
  std::string name;
  std::string password_hash; /* argon2id string */
  Role role = Role::viewer;
};
struct TokenRow {
  std::int64_t id = 0;
  OrgId org = 0;
  std::string name;
  Digest digest{};
  Role role = Role::viewer;
  std::int64_t created_at_us = 0;
  std::optional<std::int64_t> revoked_at_us;
};
struct SessionRow {
  Digest digest{};
  std::int64_t user = 0;
  std::int64_t expires_at_us = 0;
};

struct Control {
  std::vector<OrgRow> orgs;
  std::vector<KeyRow> keys;
};  // what a snapshot is built from; keys that are in force

class ControlStore {
 public:
  virtual ~ControlStore() = default;
  virtual Result<Control> control() = 0;
  virtual Result<bool> empty() = 0;  // no org yet: first start

  virtual Result<OrgId> add_org(std::string_view name) = 0;  // conflict: the name is taken
  virtual Result<std::vector<OrgRow>> orgs() = 0;
  virtual Result<void> update_org(const OrgRow& org) = 0;  // everything but id and created_at

  virtual Result<KeyId> add_key(const KeyRow& key) = 0;
  virtual Result<std::vector<KeyRow>> keys(OrgId org) = 0;
  virtual Result<void> revoke_key(OrgId org, KeyId key, std::int64_t at_us) = 0;

  virtual Result<std::int64_t> add_user(const UserRow& user) = 0;
  virtual Result<UserRow> user_by_name(std::string_view name) = 0;
  virtual Result<UserRow> user(std::int64_t id) = 0;
  virtual Result<std::vector<UserRow>> users(OrgId org) = 0;
  virtual Result<void> set_password(std::int64_t user, std::string_view hash) = 0;

  virtual Result<std::int64_t> add_token(const TokenRow& token) = 0;
  virtual Result<TokenRow> token(const Digest& digest) = 0;  // not_found also when revoked
  virtual Result<std::vector<TokenRow>> tokens(OrgId org) = 0;
  virtual Result<void> revoke_token(OrgId org, std::int64_t token, std::int64_t at_us) = 0;

  virtual Result<void> add_session(const SessionRow& session) = 0;
  virtual Result<SessionRow> session(const Digest& digest, std::int64_t now_us) = 0;  // not_found when expired
  virtual Result<void> end_session(const Digest& digest) = 0;
};

struct Stores {
  std::unique_ptr<EventStore> events;
  std::unique_ptr<ControlStore> control;
};

struct MigrationState {
  int applied = 0, available = 0;
  std::vector<std::string> ran;
};

// `url`: "sqlite:PATH" or "postgres://…". open_stores applies pending migrations first. An unreachable Postgres is `unavailable`.
Result<Stores> open_stores(const std::string& url);
Result<MigrationState> migrate(const std::string& url);

}  // namespace lectr::store
