// Orgs, keys, users, tokens. Secrets come in hashed and never leave. Calls block: store and API threads only.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lectr/base/ids.hpp"
#include "lectr/base/result.hpp"
#include "lectr/config/control.hpp"
#include "lectr/store/alert_store.hpp"
#include "lectr/store/control_event.hpp"
#include "lectr/store/event_store.hpp"
#include "lectr/store/insight_store.hpp"

namespace lectr::store {

using Digest = std::array<std::uint8_t, 32>;  // SHA-256

using config::PriceOverride;
inline constexpr int kDefaultRowDays = config::Retention{}.row_days, kDefaultRollupDays = config::Retention{}.rollup_days;

// What an org has set for itself is what the newest version of its control state says.
struct OrgRow {
  OrgId id = 0;
  std::string name;
  bool enabled = true;
  bool exact_stream_usage = false;
  std::map<std::string, std::string> credential_refs; /* provider -> "env:…" or "file:…" */
  std::int64_t created_at_us = 0;
  int row_days = kDefaultRowDays, rollup_days = kDefaultRollupDays; /* 0: for ever */
  std::map<std::string, std::string> base_urls;                     /* provider -> the org's own base URL */
  std::vector<PriceOverride> prices;                                /* by provider and model */
};
struct OrgChange {
  std::optional<std::string> name;
  std::optional<bool> enabled;
}; /* what is not given stays */
struct KeyRow {
  KeyId id = 0;
  OrgId org = 0;
  std::string name, hint; /* "lc_key_…wxyz" */
  Digest digest{};
  std::int64_t created_at_us = 0;
  std::optional<std::int64_t> expires_at_us, revoked_at_us;
};
// What is not given stays; an inner nothing takes the expiry away.
struct KeyChange {
  std::optional<std::string> name;
  std::optional<std::optional<std::int64_t>> expires_at_us;
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
  std::optional<std::int64_t> revoked_at_us, expires_at_us;
};
struct SessionRow {
  Digest digest{};
  std::int64_t user = 0;
  std::int64_t expires_at_us = 0;
};

// One version of an org's control state (config/control.hpp); versions count from 1 and are never changed.
struct ControlStateRow {
  OrgId org = 0;
  std::int64_t version = 0, created_at_us = 0;
  std::string actor, via, note; /* via: dashboard, api, cli or file */
  std::string document;         /* as config::write_control wrote it */
};
struct ControlEventFilter {
  std::string kind, name, key;        /* empty: all */
  std::optional<std::int64_t> before; /* an id */
};
// What somebody decided about a recommendation; without a row it is open.
enum class RecommendationState : std::uint8_t { open, dismissed, applied };
struct RecommendationRow {
  OrgId org = 0;
  std::string id; /* insight::recommendation_id */
  RecommendationState state = RecommendationState::open;
  std::int64_t at_us = 0;
  std::string who, reason;                                           /* reason: of a dismissal */
  std::string feature, task, provider, model, to_provider, to_model; /* what it was about, as the data it came from may change */
  std::string rule;                                                  /* applied: its name, and what the days before it was applied were like */
  std::int64_t requests_before = 0, errors_before = 0, days_before = 0;
  std::string cost_before = "0"; /* decimal dollars */
  friend bool operator==(const RecommendationRow&, const RecommendationRow&) = default;
};
struct InstanceRow {
  std::string id;
  std::int64_t started_at_us = 0, seen_at_us = 0;
  std::map<OrgId, std::int64_t> versions; /* of control states in force there */
};
struct Control {
  std::vector<OrgRow> orgs;
  std::vector<KeyRow> keys;
  std::map<OrgId, std::int64_t> versions; /* the newest of each org's control states; none: it has no state */
};                                        // what a snapshot is built from; keys that are in force

class ControlStore {
 public:
  virtual ~ControlStore() = default;
  virtual Result<Control> control() = 0;
  virtual Result<bool> empty() = 0;  // no org yet: first start

  virtual Result<OrgId> add_org(std::string_view name) = 0;  // conflict: the name is taken
  virtual Result<std::vector<OrgRow>> orgs() = 0;
  virtual Result<OrgRow> org(OrgId org) = 0;
  virtual Result<void> change_org(OrgId org, const OrgChange& change) = 0;

  // The newest control state, or the version asked for.
  virtual Result<ControlStateRow> control_state(OrgId org, std::optional<std::int64_t> version = {}) = 0;
  // Makes `fresh` version base_version + 1, and what it says of the org's settings the org's. conflict: that is no longer the newest one.
  virtual Result<std::int64_t> put_control_state(const ControlStateRow& fresh, std::int64_t base_version) = 0;
  virtual Result<std::vector<ControlStateRow>> control_states(OrgId org, std::optional<std::int64_t> before, std::size_t limit) = 0;  // newest first

  // False: it is there already, by whomever. With it comes a delivery for each channel of the org's newest control state that wants it
  // (alert_store.hpp). The newest 10,000 of an org are kept, with their deliveries.
  virtual Result<bool> add_control_event(const ControlEventRow& fresh) = 0;
  virtual Result<std::vector<ControlEventRow>> control_events(OrgId org, const ControlEventFilter& filter, std::size_t limit) = 0;  // newest first

  // Replaces what was decided before. The 1,000 rows decided last are kept of each org.
  virtual Result<void> put_recommendation(const RecommendationRow& row) = 0;
  virtual Result<std::vector<RecommendationRow>> recommendations(OrgId org) = 0;  // newest first

  // One heartbeat, with what changed since the last one; who was not seen for an hour is forgotten.
  virtual Result<void> beat(const InstanceRow& self) = 0;
  virtual Result<std::vector<InstanceRow>> instances(std::int64_t seen_since_us) = 0;

  virtual Result<KeyId> add_key(const KeyRow& key) = 0;
  virtual Result<std::vector<KeyRow>> keys(OrgId org) = 0;
  virtual Result<void> revoke_key(OrgId org, KeyId key, std::int64_t at_us) = 0;
  virtual Result<void> change_key(OrgId org, KeyId key, const KeyChange& change) = 0;  // conflict: it is revoked
  // Adds `fresh` and lets the key it replaces end at `old_ends_us`, or earlier if it was to; both or neither. conflict: that one is no longer in
  // force at `fresh.created_at_us`.
  virtual Result<KeyId> rotate_key(OrgId org, KeyId old, const KeyRow& fresh, std::int64_t old_ends_us) = 0;

  virtual Result<std::int64_t> add_user(const UserRow& user) = 0;
  virtual Result<UserRow> user_by_name(std::string_view name) = 0;
  virtual Result<UserRow> user(std::int64_t id) = 0;
  virtual Result<std::vector<UserRow>> users(OrgId org) = 0;
  virtual Result<void> set_password(std::int64_t user, std::string_view hash) = 0;
  virtual Result<void> set_role(OrgId org, std::int64_t user, Role role) = 0;  // conflict: the org would have no admin left
  virtual Result<void> remove_user(OrgId org, std::int64_t user) = 0;          // and their sessions; conflict as above

  virtual Result<std::int64_t> add_token(const TokenRow& token) = 0;
  virtual Result<TokenRow> token(const Digest& digest) = 0;  // not_found also when revoked; whether it has expired is for the caller to say
  virtual Result<std::vector<TokenRow>> tokens(OrgId org) = 0;
  virtual Result<void> revoke_token(OrgId org, std::int64_t token, std::int64_t at_us) = 0;

  virtual Result<void> add_session(const SessionRow& session) = 0;
  virtual Result<SessionRow> session(const Digest& digest, std::int64_t now_us) = 0;  // not_found when expired
  virtual Result<void> end_session(const Digest& digest) = 0;
  virtual Result<void> end_sessions(std::int64_t user, const std::optional<Digest>& but = {}) = 0;  // all of a user's, but the one given
};

// Tells when somebody else may have changed the control state. One thread waits; stop() from any.
class ControlWatch {
 public:
  virtual ~ControlWatch() = default;
  // True: something changed, or may have while the connection was lost. False: the time is over, or stop() was called.
  virtual bool wait(std::chrono::milliseconds most) = 0;
  virtual void stop() = 0;
};
// Null where the store can't tell (SQLite): then look from time to time.
std::unique_ptr<ControlWatch> watch_control(const std::string& url);

struct Stores {
  std::unique_ptr<EventStore> events;
  std::unique_ptr<ControlStore> control;
  std::unique_ptr<InsightStore> insight;
  std::unique_ptr<AlertStore> alerts;
};

struct MigrationState {
  int applied = 0, available = 0;
  std::vector<std::string> ran;
};

// Who makes a version, and why.
struct Author {
  std::string name, via, note;
};
// The next version of an org's control state, with other settings than the newest one. `edit` changes them, or says why not. Tried again where somebody
// else was quicker. Nothing changed by it: no version.
Result<void> edit_own_settings(ControlStore& store, OrgId org, const Author& author, const std::function<Result<void>(config::OwnSettings&)>& edit);

// `url`: "sqlite:PATH" or "postgres://…". open_stores applies pending migrations first. An unreachable Postgres is `unavailable`.
Result<Stores> open_stores(const std::string& url);
// Over a Postgres that is not there yet: every call is `unavailable` until it is and migrate() has succeeded.
Result<Stores> open_stores_unmigrated(const std::string& url);
Result<MigrationState> migrate(const std::string& url);

}  // namespace lectr::store
