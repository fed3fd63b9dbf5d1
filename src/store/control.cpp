// Orgs, keys, users, tokens, sessions: one SQL for both dialects.
#include "lectr/base/clock.hpp"
#include "store/events.hpp"

namespace lectr::store {
namespace {

constexpr std::string_view kOrgColumns = "SELECT id, name, enabled, exact_stream_usage, created_at_us FROM orgs";
constexpr std::string_view kKeyColumns = "SELECT id, org_id, name, hint, digest, created_at_us, expires_at_us, revoked_at_us FROM org_keys";
constexpr std::string_view kUserColumns = "SELECT id, org_id, name, password_hash, role FROM users";
constexpr std::string_view kTokenColumns = "SELECT id, org_id, name, digest, role, created_at_us, revoked_at_us FROM tokens";

OrgRow org_of(const Row& r) { return {r.number(0), std::string{r.text(1)}, r.flag(2), r.flag(3), {}, r.number(4)}; }
KeyRow key_of(const Row& r) {
  return {r.number(0), r.number(1), std::string{r.text(2)}, std::string{r.text(3)}, r.digest(4), r.number(5), r.maybe_number(6), r.maybe_number(7)};
}
// A role that this daemon does not know gets the least rights.
Role role_of(std::int64_t n) { return n == 2 ? Role::admin : n == 1 ? Role::editor : Role::viewer; }
UserRow user_of(const Row& r) { return {r.number(0), r.number(1), std::string{r.text(2)}, std::string{r.text(3)}, role_of(r.number(4))}; }
TokenRow token_of(const Row& r) {
  return {r.number(0), r.number(1), std::string{r.text(2)}, r.digest(3), role_of(r.number(4)), r.number(5), r.maybe_number(6)};
}

class SqlControl final : public ControlStore {
 public:
  explicit SqlControl(std::shared_ptr<Database> database) : database_{std::move(database)} {}

  Result<Control> control() override {
    Control all;
    const auto done = database_->read([&](Session& session) {
      all = {read_orgs(session), {}};
      const Query in_force =
          Query{kKeyColumns}.add(" WHERE revoked_at_us IS NULL AND (expires_at_us IS NULL OR expires_at_us > ?) ORDER BY id", unix_us());
      session.run(in_force, [&](const Row& row) { all.keys.push_back(key_of(row)); });
    });
    if (!done) return done.error();
    return all;
  }

  Result<bool> empty() override {
    bool any = false;
    const auto done = database_->read([&](Session& session) { session.run(Query{"SELECT id FROM orgs LIMIT 1"}, [&](const Row&) { any = true; }); });
    if (!done) return done.error();
    return !any;
  }

  Result<OrgId> add_org(std::string_view name) override {
    return insert(
        Query{"INSERT INTO orgs (name, enabled, exact_stream_usage, created_at_us) VALUES (?, ?, ?, ?) RETURNING id", name, 1, 0, unix_us()});
  }

  Result<std::vector<OrgRow>> orgs() override {
    std::vector<OrgRow> rows;
    const auto done = database_->read([&](Session& session) { rows = read_orgs(session); });
    if (!done) return done.error();
    return rows;
  }

  Result<void> update_org(const OrgRow& org) override {
    return database_->write([&](Session& session) {
      must_change(session, Query{"UPDATE orgs SET name = ?, enabled = ?, exact_stream_usage = ? WHERE id = ? RETURNING id", org.name,
                                 org.enabled ? 1 : 0, org.exact_stream_usage ? 1 : 0, org.id});
      session.run(Query{"DELETE FROM org_credentials WHERE org_id = ?", org.id});
      for (const auto& [provider, reference] : org.credential_refs)
        session.run(Query{"INSERT INTO org_credentials (org_id, provider, reference) VALUES (?, ?, ?)", org.id, provider, reference});
    });
  }

  Result<KeyId> add_key(const KeyRow& key) override {
    return insert(Query{
        "INSERT INTO org_keys (org_id, name, hint, digest, created_at_us, expires_at_us, revoked_at_us) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        key.org, key.name, key.hint, key.digest, key.created_at_us, key.expires_at_us, key.revoked_at_us});
  }
  Result<std::vector<KeyRow>> keys(OrgId org) override { return list<KeyRow>(Query{kKeyColumns}.add(" WHERE org_id = ? ORDER BY id", org), key_of); }
  Result<void> revoke_key(OrgId org, KeyId key, std::int64_t at_us) override {
    return change(Query{"UPDATE org_keys SET revoked_at_us = COALESCE(revoked_at_us, ?) WHERE org_id = ? AND id = ? RETURNING id", at_us, org, key});
  }

  Result<std::int64_t> add_user(const UserRow& user) override {
    return insert(Query{"INSERT INTO users (org_id, name, password_hash, role) VALUES (?, ?, ?, ?) RETURNING id", user.org, user.name,
                        user.password_hash, static_cast<std::int64_t>(user.role)});
  }
  Result<UserRow> user_by_name(std::string_view name) override { return one<UserRow>(Query{kUserColumns}.add(" WHERE name = ?", name), user_of); }
  Result<UserRow> user(std::int64_t id) override { return one<UserRow>(Query{kUserColumns}.add(" WHERE id = ?", id), user_of); }
  Result<std::vector<UserRow>> users(OrgId org) override {
    return list<UserRow>(Query{kUserColumns}.add(" WHERE org_id = ? ORDER BY id", org), user_of);
  }
  Result<void> set_password(std::int64_t user, std::string_view hash) override {
    return change(Query{"UPDATE users SET password_hash = ? WHERE id = ? RETURNING id", hash, user});
  }

  Result<std::int64_t> add_token(const TokenRow& token) override {
    return insert(Query{"INSERT INTO tokens (org_id, name, digest, role, created_at_us, revoked_at_us) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                        token.org, token.name, token.digest, static_cast<std::int64_t>(token.role), token.created_at_us, token.revoked_at_us});
  }
  Result<TokenRow> token(const Digest& digest) override {
    return one<TokenRow>(Query{kTokenColumns}.add(" WHERE digest = ? AND revoked_at_us IS NULL", digest), token_of);
  }
  Result<std::vector<TokenRow>> tokens(OrgId org) override {
    return list<TokenRow>(Query{kTokenColumns}.add(" WHERE org_id = ? ORDER BY id", org), token_of);
  }
  Result<void> revoke_token(OrgId org, std::int64_t token, std::int64_t at_us) override {
    return change(Query{"UPDATE tokens SET revoked_at_us = COALESCE(revoked_at_us, ?) WHERE org_id = ? AND id = ? RETURNING id", at_us, org, token});
  }

  Result<void> add_session(const SessionRow& added) override {
    return database_->write([&](Session& session) {
      session.run(Query{"DELETE FROM sessions WHERE expires_at_us <= ?", unix_us()});  // keeps the table as small as the logins in force
      session.run(Query{"INSERT INTO sessions (digest, user_id, expires_at_us) VALUES (?, ?, ?)", added.digest, added.user, added.expires_at_us});
    });
  }
  Result<SessionRow> session(const Digest& digest, std::int64_t now_us) override {
    return one<SessionRow>(Query{"SELECT digest, user_id, expires_at_us FROM sessions WHERE digest = ? AND expires_at_us > ?", digest, now_us},
                           [](const Row& r) {
                             return SessionRow{r.digest(0), r.number(1), r.number(2)};
                           });
  }
  Result<void> end_session(const Digest& digest) override {
    return database_->write([&](Session& session) { session.run(Query{"DELETE FROM sessions WHERE digest = ?", digest}); });
  }

 private:
  static std::vector<OrgRow> read_orgs(Session& session) {
    std::vector<OrgRow> rows;
    std::map<OrgId, std::size_t> place;
    session.run(Query{kOrgColumns}.add(" ORDER BY id"), [&](const Row& row) {
      place[row.number(0)] = rows.size();
      rows.push_back(org_of(row));
    });
    session.run(Query{"SELECT org_id, provider, reference FROM org_credentials"}, [&](const Row& row) {
      if (const auto at = place.find(row.number(0)); at != place.end()) rows[at->second].credential_refs.emplace(row.text(1), row.text(2));
    });
    return rows;
  }

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
    std::vector<T> rows;
    const auto done = database_->read([&](Session& session) {
      rows.clear();
      session.run(query, [&](const Row& row) { rows.push_back(make(row)); });
    });
    if (!done) return done.error();
    return rows;
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

}  // namespace

std::unique_ptr<ControlStore> make_control_store(std::shared_ptr<Database> database) { return std::make_unique<SqlControl>(std::move(database)); }

}  // namespace lectr::store
