// The control store over either dialect: one SQL for both. By family: control.cpp (orgs), own_settings.cpp (what they set), control_events.cpp, control_states.cpp (rules, limits, budgets as
// versions; instances), recommendations.cpp, control_keys.cpp, control_people.cpp (users, tokens, sessions).
#pragma once

#include "store/list.hpp"
#include "store/session.hpp"

namespace lectr::store {

class SqlControl final : public ControlStore {
 public:
  explicit SqlControl(std::shared_ptr<Database> database) : database_{std::move(database)} {}

  Result<Control> control() override;
  Result<bool> empty() override;
  Result<OrgId> add_org(std::string_view name) override;
  Result<std::vector<OrgRow>> orgs() override;
  Result<OrgRow> org(OrgId id) override;
  Result<void> change_org(OrgId org, const OrgChange& change) override;
  Result<ControlStateRow> control_state(OrgId org, std::optional<std::int64_t> version) override;
  Result<std::int64_t> put_control_state(const ControlStateRow& fresh, std::int64_t base_version) override;
  Result<std::vector<ControlStateRow>> control_states(OrgId org, std::optional<std::int64_t> before, std::size_t limit) override;
  Result<bool> add_control_event(const ControlEventRow& fresh) override;
  Result<std::vector<ControlEventRow>> control_events(OrgId org, const ControlEventFilter& filter, std::size_t limit) override;
  Result<void> put_recommendation(const RecommendationRow& row) override;
  Result<std::vector<RecommendationRow>> recommendations(OrgId org) override;
  Result<void> beat(const InstanceRow& self) override;
  Result<std::vector<InstanceRow>> instances(std::int64_t seen_since_us) override;
  Result<KeyId> add_key(const KeyRow& key) override;
  Result<std::vector<KeyRow>> keys(OrgId org) override;
  Result<void> revoke_key(OrgId org, KeyId key, std::int64_t at_us) override;
  Result<void> change_key(OrgId org, KeyId key, const KeyChange& change) override;
  Result<KeyId> rotate_key(OrgId org, KeyId old, const KeyRow& fresh, std::int64_t old_ends_us) override;
  Result<std::int64_t> add_user(const UserRow& user) override;
  Result<UserRow> user_by_name(std::string_view name) override;
  Result<UserRow> user(std::int64_t id) override;
  Result<std::vector<UserRow>> users(OrgId org) override;
  Result<void> set_password(std::int64_t user, std::string_view hash) override;
  Result<void> set_role(OrgId org, std::int64_t user, Role role) override;
  Result<void> remove_user(OrgId org, std::int64_t user) override;
  Result<std::int64_t> add_token(const TokenRow& token) override;
  Result<TokenRow> token(const Digest& digest) override;
  Result<std::vector<TokenRow>> tokens(OrgId org) override;
  Result<void> revoke_token(OrgId org, std::int64_t token, std::int64_t at_us) override;
  Result<void> add_session(const SessionRow& added) override;
  Result<SessionRow> session(const Digest& digest, std::int64_t now_us) override;
  Result<void> end_session(const Digest& digest) override;
  Result<void> end_sessions(std::int64_t user, const std::optional<Digest>& but) override;

 private:
  // Runs a statement that returns what it changed; nothing changed: not_found.
  static void must_change(Session& session, const Query& query) {
    bool changed = false;
    session.run(query, [&](const Row&) { changed = true; });
    if (!changed) throw Failure{failures::kNotFound};
  }
  Result<void> change(const Query& query) {
    return database_->write([&](Session& session) { must_change(session, query); });
  }

  Result<std::int64_t> insert(const Query& query) {
    std::int64_t id = 0;
    const auto done = database_->write([&](Session& session) { session.run(query, [&](const Row& row) { id = row.number(0); }); });
    if (!done) return done.error();
    return id;
  }

  template <class T, class Make>
  Result<std::vector<T>> list(const Query& query, Make make) {
    return list_rows<T>(*database_, query, make);
  }
  template <class T, class Make>
  Result<T> one(const Query& query, Make make) {
    const auto rows = list<T>(query, make);
    if (!rows) return rows.error();
    if (rows->empty()) return failures::kNotFound;
    return rows->front();
  }

  std::shared_ptr<Database> database_;
};

// Within a read, of all orgs: keys that are in force now; the newest version of each control state.
std::vector<KeyRow> read_keys_in_force(Session& session);
std::map<OrgId, std::int64_t> read_versions(Session& session);
// Within a write: what a document says of an org's settings becomes what its rows say, where SQL and the control watch look.
void put_own_settings(Session& session, OrgId org, const config::OwnSettings& own);
// Held to the end of the transaction: of two who change one org at once, the second sees what the first did.
void lock_org(Session& session, OrgId org);

}  // namespace lectr::store
