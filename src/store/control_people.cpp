// Users, API tokens and sessions.
#include "lectr/base/clock.hpp"
#include "store/control.hpp"

namespace lectr::store {
namespace {

constexpr std::string_view kUserColumns = "SELECT id, org_id, name, password_hash, role FROM users";
constexpr std::string_view kTokenColumns =
    "SELECT t.id, t.org_id, t.name, t.digest, t.role, t.created_at_us, t.revoked_at_us, e.expires_at_us "
    "FROM tokens t LEFT JOIN token_ends e ON e.token_id = t.id";

constexpr Error kLastAdmin{Code::conflict, Fault::client, Again::no, "the org would have no admin left"};

// A role that this daemon does not know gets the least rights.
Role role_of(std::int64_t n) { return n == 2 ? Role::admin : n == 1 ? Role::editor : Role::viewer; }
UserRow user_of(const Row& r) { return {r.number(0), r.number(1), std::string{r.text(2)}, std::string{r.text(3)}, role_of(r.number(4))}; }
TokenRow token_of(const Row& r) {
  return {r.number(0), r.number(1), std::string{r.text(2)}, r.digest(3), role_of(r.number(4)), r.number(5), r.maybe_number(6), r.maybe_number(7)};
}

void must_have_admin(Session& session, OrgId org) {
  bool any = false;
  session.run(Query{"SELECT id FROM users WHERE org_id = ? AND role = 2 LIMIT 1", org}, [&](const Row&) { any = true; });
  if (!any) throw Failure{kLastAdmin};
}

}  // namespace

void lock_org(Session& session, OrgId org) { session.run(Query{"UPDATE orgs SET name = name WHERE id = ?", org}); }

Result<std::int64_t> SqlControl::add_user(const UserRow& user) {
  return insert(Query{"INSERT INTO users (org_id, name, password_hash, role) VALUES (?, ?, ?, ?) RETURNING id", user.org, user.name,
                      user.password_hash, static_cast<std::int64_t>(user.role)});
}
Result<UserRow> SqlControl::user_by_name(std::string_view name) { return one<UserRow>(Query{kUserColumns}.add(" WHERE name = ?", name), user_of); }
Result<UserRow> SqlControl::user(std::int64_t id) { return one<UserRow>(Query{kUserColumns}.add(" WHERE id = ?", id), user_of); }
Result<std::vector<UserRow>> SqlControl::users(OrgId org) {
  return list<UserRow>(Query{kUserColumns}.add(" WHERE org_id = ? ORDER BY id", org), user_of);
}
Result<void> SqlControl::set_password(std::int64_t user, std::string_view hash) {
  return change(Query{"UPDATE users SET password_hash = ? WHERE id = ? RETURNING id", hash, user});
}
Result<void> SqlControl::set_role(OrgId org, std::int64_t user, Role role) {
  return database_->write([&](Session& session) {
    lock_org(session, org);
    must_change(session, Query{"UPDATE users SET role = ? WHERE org_id = ? AND id = ? RETURNING id", static_cast<std::int64_t>(role), org, user});
    must_have_admin(session, org);
  });
}
Result<void> SqlControl::remove_user(OrgId org, std::int64_t user) {
  return database_->write([&](Session& session) {
    lock_org(session, org);
    session.run(Query{"DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE org_id = ? AND id = ?)", org, user});
    must_change(session, Query{"DELETE FROM users WHERE org_id = ? AND id = ? RETURNING id", org, user});
    must_have_admin(session, org);
  });
}

Result<std::int64_t> SqlControl::add_token(const TokenRow& token) {
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
Result<TokenRow> SqlControl::token(const Digest& digest) {
  return one<TokenRow>(Query{kTokenColumns}.add(" WHERE t.digest = ? AND t.revoked_at_us IS NULL", digest), token_of);
}
Result<std::vector<TokenRow>> SqlControl::tokens(OrgId org) {
  return list<TokenRow>(Query{kTokenColumns}.add(" WHERE t.org_id = ? ORDER BY t.id", org), token_of);
}
Result<void> SqlControl::revoke_token(OrgId org, std::int64_t token, std::int64_t at_us) {
  return change(Query{"UPDATE tokens SET revoked_at_us = COALESCE(revoked_at_us, ?) WHERE org_id = ? AND id = ? RETURNING id", at_us, org, token});
}

Result<void> SqlControl::add_session(const SessionRow& added) {
  return database_->write([&](Session& session) {
    session.run(Query{"DELETE FROM sessions WHERE expires_at_us <= ?", unix_us()});  // keeps the table as small as the logins in force
    session.run(Query{"INSERT INTO sessions (digest, user_id, expires_at_us) VALUES (?, ?, ?)", added.digest, added.user, added.expires_at_us});
  });
}
Result<SessionRow> SqlControl::session(const Digest& digest, std::int64_t now_us) {
  return one<SessionRow>(Query{"SELECT digest, user_id, expires_at_us FROM sessions WHERE digest = ? AND expires_at_us > ?", digest, now_us},
                         [](const Row& r) {
                           return SessionRow{r.digest(0), r.number(1), r.number(2)};
                         });
}
Result<void> SqlControl::end_session(const Digest& digest) {
  return database_->write([&](Session& session) { session.run(Query{"DELETE FROM sessions WHERE digest = ?", digest}); });
}
Result<void> SqlControl::end_sessions(std::int64_t user, const std::optional<Digest>& but) {
  Query query{"DELETE FROM sessions WHERE user_id = ?", user};
  if (but) query.add(" AND digest <> ?", *but);
  return database_->write([&](Session& session) { session.run(query); });
}

}  // namespace lectr::store
