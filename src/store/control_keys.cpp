// Org keys.
#include <algorithm>

#include "lectr/base/clock.hpp"
#include "store/control.hpp"

namespace lectr::store {
namespace {

constexpr std::string_view kKeyColumns = "SELECT id, org_id, name, hint, digest, created_at_us, expires_at_us, revoked_at_us FROM org_keys";
constexpr Error kKeyOver{Code::conflict, Fault::client, Again::no, "the key is revoked or has expired"};

KeyRow key_of(const Row& r) {
  return {r.number(0), r.number(1), std::string{r.text(2)}, std::string{r.text(3)}, r.digest(4), r.number(5), r.maybe_number(6), r.maybe_number(7)};
}

Query insert_key(const KeyRow& key) {
  return Query{
      "INSERT INTO org_keys (org_id, name, hint, digest, created_at_us, expires_at_us, revoked_at_us) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
      key.org,
      key.name,
      key.hint,
      key.digest,
      key.created_at_us,
      key.expires_at_us,
      key.revoked_at_us};
}
KeyRow read_key(Session& session, OrgId org, KeyId key) {
  std::optional<KeyRow> found;
  session.run(Query{kKeyColumns}.add(" WHERE org_id = ? AND id = ?", org, key), [&](const Row& row) { found = key_of(row); });
  if (!found) throw Failure{failures::kNotFound};
  return *found;
}

}  // namespace

std::vector<KeyRow> read_keys_in_force(Session& session) {
  std::vector<KeyRow> keys;
  const Query in_force =
      Query{kKeyColumns}.add(" WHERE revoked_at_us IS NULL AND (expires_at_us IS NULL OR expires_at_us > ?) ORDER BY id", unix_us());
  session.run(in_force, [&](const Row& row) { keys.push_back(key_of(row)); });
  return keys;
}

Result<KeyId> SqlControl::add_key(const KeyRow& key) { return insert(insert_key(key)); }
Result<std::vector<KeyRow>> SqlControl::keys(OrgId org) { return list<KeyRow>(Query{kKeyColumns}.add(" WHERE org_id = ? ORDER BY id", org), key_of); }
Result<void> SqlControl::revoke_key(OrgId org, KeyId key, std::int64_t at_us) {
  return change(Query{"UPDATE org_keys SET revoked_at_us = COALESCE(revoked_at_us, ?) WHERE org_id = ? AND id = ? RETURNING id", at_us, org, key});
}
Result<void> SqlControl::change_key(OrgId org, KeyId key, const KeyChange& change) {
  return database_->write([&](Session& session) {
    if (read_key(session, org, key).revoked_at_us) throw Failure{kKeyOver};
    if (change.name) session.run(Query{"UPDATE org_keys SET name = ? WHERE org_id = ? AND id = ?", *change.name, org, key});
    if (change.expires_at_us)
      session.run(Query{"UPDATE org_keys SET expires_at_us = ? WHERE org_id = ? AND id = ?", *change.expires_at_us, org, key});
  });
}
Result<KeyId> SqlControl::rotate_key(OrgId org, KeyId old, const KeyRow& fresh, std::int64_t old_ends_us) {
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

}  // namespace lectr::store
