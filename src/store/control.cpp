// Orgs, keys, users, tokens, sessions: one SQL for both dialects.
#include <algorithm>

#include "lectr/base/clock.hpp"
#include "store/events.hpp"

namespace lectr::store {
namespace {

constexpr std::string_view kOrgColumns =
    "SELECT o.id, o.name, o.enabled, o.exact_stream_usage, o.created_at_us, r.row_days, r.rollup_days "
    "FROM orgs o LEFT JOIN org_retention r ON r.org_id = o.id";
constexpr std::string_view kKeyColumns = "SELECT id, org_id, name, hint, digest, created_at_us, expires_at_us, revoked_at_us FROM org_keys";
constexpr std::string_view kUserColumns = "SELECT id, org_id, name, password_hash, role FROM users";
constexpr std::string_view kTokenColumns =
    "SELECT t.id, t.org_id, t.name, t.digest, t.role, t.created_at_us, t.revoked_at_us, e.expires_at_us "
    "FROM tokens t LEFT JOIN token_ends e ON e.token_id = t.id";

constexpr Error kLastAdmin{Code::conflict, Fault::client, Again::no, "the org would have no admin left"};
constexpr Error kKeyOver{Code::conflict, Fault::client, Again::no, "the key is revoked or has expired"};

OrgRow org_of(const Row& r) {
  OrgRow org{r.number(0), std::string{r.text(1)}, r.flag(2), r.flag(3), {}, r.number(4)};
  if (!r.null(5)) org.row_days = static_cast<int>(r.number(5)), org.rollup_days = static_cast<int>(r.number(6));
  return org;
}
PriceOverride price_of(const Row& r) {
  return {std::string{r.text(1)}, std::string{r.text(2)}, r.number(3), r.number(4), r.maybe_number(5), r.maybe_number(6)};
}
KeyRow key_of(const Row& r) {
  return {r.number(0), r.number(1), std::string{r.text(2)}, std::string{r.text(3)}, r.digest(4), r.number(5), r.maybe_number(6), r.maybe_number(7)};
}
// A role that this daemon does not know gets the least rights.
Role role_of(std::int64_t n) { return n == 2 ? Role::admin : n == 1 ? Role::editor : Role::viewer; }
UserRow user_of(const Row& r) { return {r.number(0), r.number(1), std::string{r.text(2)}, std::string{r.text(3)}, role_of(r.number(4))}; }
TokenRow token_of(const Row& r) {
  return {r.number(0), r.number(1), std::string{r.text(2)}, r.digest(3), role_of(r.number(4)), r.number(5), r.maybe_number(6), r.maybe_number(7)};
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

  Result<OrgRow> org(OrgId id) override {
    std::vector<OrgRow> rows;
    const auto done = database_->read([&](Session& session) { rows = read_orgs(session, id); });
    if (!done) return done.error();
    if (rows.empty()) return failures::kNotFound;
    return std::move(rows.front());
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

  Result<void> change_org(OrgId org, const OrgChange& change) override {
    const auto days = [](const std::optional<int>& n) { return n ? std::optional<std::int64_t>{*n} : std::nullopt; };
    return database_->write([&](Session& session) {
      must_change(session, Query{"UPDATE orgs SET name = COALESCE(?, name) WHERE id = ? RETURNING id", change.name, org});
      if (change.exact_stream_usage)
        session.run(Query{"UPDATE orgs SET exact_stream_usage = ? WHERE id = ?", *change.exact_stream_usage ? 1 : 0, org});
      if (!change.row_days && !change.rollup_days) return;
      session.run(Query{"INSERT INTO org_retention (org_id, row_days, rollup_days) VALUES (?, ?, ?) ON CONFLICT (org_id) DO NOTHING", org,
                        kDefaultRowDays, kDefaultRollupDays});
      session.run(Query{"UPDATE org_retention SET row_days = COALESCE(?, row_days), rollup_days = COALESCE(?, rollup_days) WHERE org_id = ?",
                        days(change.row_days), days(change.rollup_days), org});
    });
  }

  Result<void> set_credential(OrgId org, std::string_view provider, const std::optional<std::string>& reference) override {
    if (!reference) return change(Query{"DELETE FROM org_credentials WHERE org_id = ? AND provider = ? RETURNING org_id", org, provider});
    return change(Query{"INSERT INTO org_credentials (org_id, provider, reference) VALUES (?, ?, ?) "
                        "ON CONFLICT (org_id, provider) DO UPDATE SET reference = excluded.reference RETURNING org_id",
                        org, provider, reference});
  }
  Result<void> set_base_url(OrgId org, std::string_view provider, const std::optional<std::string>& base_url) override {
    if (!base_url) return change(Query{"DELETE FROM org_base_urls WHERE org_id = ? AND provider = ? RETURNING org_id", org, provider});
    return change(Query{"INSERT INTO org_base_urls (org_id, provider, base_url) VALUES (?, ?, ?) "
                        "ON CONFLICT (org_id, provider) DO UPDATE SET base_url = excluded.base_url RETURNING org_id",
                        org, provider, base_url});
  }
  Result<void> set_price(OrgId org, const PriceOverride& p) override {
    return change(Query{"INSERT INTO org_prices (org_id, provider, model, input, output, cached, cache_write) VALUES (?, ?, ?, ?, ?, ?, ?) "
                        "ON CONFLICT (org_id, provider, model) DO UPDATE SET input = excluded.input, output = excluded.output, "
                        "cached = excluded.cached, cache_write = excluded.cache_write RETURNING org_id",
                        org, p.provider, p.model, p.input, p.output, p.cached, p.cache_write});
  }
  Result<void> remove_price(OrgId org, std::string_view provider, std::string_view model) override {
    return change(Query{"DELETE FROM org_prices WHERE org_id = ? AND provider = ? AND model = ? RETURNING org_id", org, provider, model});
  }

  Result<KeyId> add_key(const KeyRow& key) override { return insert(insert_key(key)); }
  Result<std::vector<KeyRow>> keys(OrgId org) override { return list<KeyRow>(Query{kKeyColumns}.add(" WHERE org_id = ? ORDER BY id", org), key_of); }
  Result<void> revoke_key(OrgId org, KeyId key, std::int64_t at_us) override {
    return change(Query{"UPDATE org_keys SET revoked_at_us = COALESCE(revoked_at_us, ?) WHERE org_id = ? AND id = ? RETURNING id", at_us, org, key});
  }
  Result<void> change_key(OrgId org, KeyId key, const KeyChange& change) override {
    return database_->write([&](Session& session) {
      if (read_key(session, org, key).revoked_at_us) throw Failure{kKeyOver};
      if (change.name) session.run(Query{"UPDATE org_keys SET name = ? WHERE org_id = ? AND id = ?", *change.name, org, key});
      if (change.expires_at_us)
        session.run(Query{"UPDATE org_keys SET expires_at_us = ? WHERE org_id = ? AND id = ?", *change.expires_at_us, org, key});
    });
  }
  Result<KeyId> rotate_key(OrgId org, KeyId old, const KeyRow& fresh, std::int64_t old_ends_us) override {
    KeyId id = 0;
    const auto done = database_->write([&](Session& session) {
      const KeyRow row = read_key(session, org, old);
      if (row.revoked_at_us || (row.expires_at_us && *row.expires_at_us <= fresh.created_at_us)) throw Failure{kKeyOver};
      const std::int64_t ends_us = row.expires_at_us ? std::min(*row.expires_at_us, old_ends_us) : old_ends_us;
      session.run(Query{"UPDATE org_keys SET expires_at_us = ? WHERE org_id = ? AND id = ?", ends_us, org, old});
      session.run(insert_key(fresh), [&](const Row& added) { id = added.number(0); });
    });
    if (!done) return done.error();
    return id;
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
  Result<void> set_role(OrgId org, std::int64_t user, Role role) override {
    return database_->write([&](Session& session) {
      lock_org(session, org);
      must_change(session, Query{"UPDATE users SET role = ? WHERE org_id = ? AND id = ? RETURNING id", static_cast<std::int64_t>(role), org, user});
      must_have_admin(session, org);
    });
  }
  Result<void> remove_user(OrgId org, std::int64_t user) override {
    return database_->write([&](Session& session) {
      lock_org(session, org);
      session.run(Query{"DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE org_id = ? AND id = ?)", org, user});
      must_change(session, Query{"DELETE FROM users WHERE org_id = ? AND id = ? RETURNING id", org, user});
      must_have_admin(session, org);
    });
  }

  Result<std::int64_t> add_token(const TokenRow& token) override {
    std::int64_t id = 0;
    const auto done = database_->write([&](Session& session) {
      session.run(Query{"INSERT INTO tokens (org_id, name, digest, role, created_at_us, revoked_at_us) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                        token.org, token.name, token.digest, static_cast<std::int64_t>(token.role), token.created_at_us, token.revoked_at_us},
                  [&](const Row& row) { id = row.number(0); });
      if (token.expires_at_us) session.run(Query{"INSERT INTO token_ends (token_id, expires_at_us) VALUES (?, ?)", id, *token.expires_at_us});
    });
    if (!done) return done.error();
    return id;
  }
  Result<TokenRow> token(const Digest& digest) override {
    return one<TokenRow>(Query{kTokenColumns}.add(" WHERE t.digest = ? AND t.revoked_at_us IS NULL", digest), token_of);
  }
  Result<std::vector<TokenRow>> tokens(OrgId org) override {
    return list<TokenRow>(Query{kTokenColumns}.add(" WHERE t.org_id = ? ORDER BY t.id", org), token_of);
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
  Result<void> end_sessions(std::int64_t user, const std::optional<Digest>& but) override {
    Query query{"DELETE FROM sessions WHERE user_id = ?", user};
    if (but) query.add(" AND digest <> ?", *but);
    return database_->write([&](Session& session) { session.run(query); });
  }

 private:
  // All orgs, or the one.
  static std::vector<OrgRow> read_orgs(Session& session, std::optional<OrgId> only = {}) {
    std::vector<OrgRow> rows;
    std::map<OrgId, std::size_t> place;
    const auto limited = [&](std::string_view sql, std::string_view column, std::string_view order) {
      Query query{sql};
      if (only) query.add(" WHERE ").add(column).add(" = ?", *only);
      return query.add(order);
    };
    session.run(limited(kOrgColumns, "o.id", " ORDER BY o.id"), [&](const Row& row) {
      place[row.number(0)] = rows.size();
      rows.push_back(org_of(row));
    });
    const auto each = [&](auto put) {
      return [&rows, &place, put](const Row& row) {
        if (const auto at = place.find(row.number(0)); at != place.end()) put(rows[at->second], row);
      };
    };
    session.run(limited("SELECT org_id, provider, reference FROM org_credentials", "org_id", ""),
                each([](OrgRow& org, const Row& row) { org.credential_refs.emplace(row.text(1), row.text(2)); }));
    session.run(limited("SELECT org_id, provider, base_url FROM org_base_urls", "org_id", ""),
                each([](OrgRow& org, const Row& row) { org.base_urls.emplace(row.text(1), row.text(2)); }));
    session.run(limited("SELECT org_id, provider, model, input, output, cached, cache_write FROM org_prices", "org_id", " ORDER BY provider, model"),
                each([](OrgRow& org, const Row& row) { org.prices.push_back(price_of(row)); }));
    return rows;
  }

  static Query insert_key(const KeyRow& key) {
    return Query{
        "INSERT INTO org_keys (org_id, name, hint, digest, created_at_us, expires_at_us, revoked_at_us) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        key.org, key.name, key.hint, key.digest, key.created_at_us, key.expires_at_us, key.revoked_at_us};
  }
  static KeyRow read_key(Session& session, OrgId org, KeyId key) {
    std::optional<KeyRow> found;
    session.run(Query{kKeyColumns}.add(" WHERE org_id = ? AND id = ?", org, key), [&](const Row& row) { found = key_of(row); });
    if (!found) throw Failure{failures::kNotFound};
    return *found;
  }

  // Held to the end of the transaction: of two admins who demote each other at once, the second sees what the first did.
  static void lock_org(Session& session, OrgId org) { session.run(Query{"UPDATE orgs SET name = name WHERE id = ?", org}); }
  static void must_have_admin(Session& session, OrgId org) {
    bool any = false;
    session.run(Query{"SELECT id FROM users WHERE org_id = ? AND role = 2 LIMIT 1", org}, [&](const Row&) { any = true; });
    if (!any) throw Failure{kLastAdmin};
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
