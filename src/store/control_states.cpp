// Control states as versions that are only ever added, and who has which of them in force.
#include "store/control.hpp"

namespace lectr::store {
namespace {

constexpr std::string_view kStateColumns = "SELECT org_id, version, created_at_us, actor, via, note, document FROM control_states WHERE org_id = ?";
constexpr Error kMoved{Code::conflict, Fault::client, Again::no, "the control state is no longer at that version"};
constexpr std::int64_t kForgottenUs = 3'600'000'000;

ControlStateRow state_of(const Row& r) {
  return {r.number(0), r.number(1), r.number(2), std::string{r.text(3)}, std::string{r.text(4)}, std::string{r.text(5)}, std::string{r.text(6)}};
}

}  // namespace

std::map<OrgId, std::int64_t> read_versions(Session& session) {
  std::map<OrgId, std::int64_t> versions;
  session.run(Query{"SELECT org_id, max(version) FROM control_states GROUP BY org_id"},
              [&](const Row& row) { versions.emplace(row.number(0), row.number(1)); });
  return versions;
}

Result<ControlStateRow> SqlControl::control_state(OrgId org, std::optional<std::int64_t> version) {
  Query query{kStateColumns, org};
  if (version) query.add(" AND version = ?", *version);
  return one<ControlStateRow>(query.add(" ORDER BY version DESC LIMIT 1"), state_of);
}

Result<std::int64_t> SqlControl::put_control_state(const ControlStateRow& fresh, std::int64_t base_version) {
  const config::OwnSettings own = config::read_own_settings(fresh.document);
  const auto done = database_->write([&](Session& session) {
    lock_org(session, fresh.org);
    std::int64_t newest = 0;
    session.run(Query{"SELECT coalesce(max(version), 0) FROM control_states WHERE org_id = ?", fresh.org},
                [&](const Row& row) { newest = row.number(0); });
    if (newest != base_version) throw Failure{kMoved};
    session.run(Query{"INSERT INTO control_states (org_id, version, created_at_us, actor, via, note, document) VALUES (?, ?, ?, ?, ?, ?, ?)",
                      fresh.org, base_version + 1, fresh.created_at_us, fresh.actor, fresh.via, fresh.note, fresh.document});
    put_own_settings(session, fresh.org, own);
  });
  if (!done) return done.error();
  return base_version + 1;
}

Result<std::vector<ControlStateRow>> SqlControl::control_states(OrgId org, std::optional<std::int64_t> before, std::size_t limit) {
  Query query{kStateColumns, org};
  if (before) query.add(" AND version < ?", *before);
  return list<ControlStateRow>(query.add(" ORDER BY version DESC LIMIT ?", static_cast<std::int64_t>(limit)), state_of);
}

Result<void> SqlControl::beat(const InstanceRow& self) {
  return database_->write([&](Session& session) {
    session.run(Query{
        "INSERT INTO instances (id, started_at_us, seen_at_us) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET seen_at_us = excluded.seen_at_us",
        self.id, self.started_at_us, self.seen_at_us});
    for (const auto& [org, version] : self.versions)
      session.run(
          Query{"INSERT INTO instance_versions (instance_id, org_id, version) VALUES (?, ?, ?) "
                "ON CONFLICT (instance_id, org_id) DO UPDATE SET version = excluded.version",
                self.id, org, version});
    const std::int64_t forgotten = self.seen_at_us - kForgottenUs;
    session.run(Query{"DELETE FROM instance_versions WHERE instance_id IN (SELECT id FROM instances WHERE seen_at_us < ?)", forgotten});
    session.run(Query{"DELETE FROM instances WHERE seen_at_us < ?", forgotten});
  });
}

Result<std::vector<InstanceRow>> SqlControl::instances(std::int64_t seen_since_us) {
  std::vector<InstanceRow> rows;
  const auto done = database_->read([&](Session& session) {
    rows.clear();
    session.run(Query{"SELECT id, started_at_us, seen_at_us FROM instances WHERE seen_at_us >= ? ORDER BY started_at_us, id", seen_since_us},
                [&](const Row& row) {
                  rows.push_back({std::string{row.text(0)}, row.number(1), row.number(2), {}});
                });
    session.run(Query{"SELECT instance_id, org_id, version FROM instance_versions"}, [&](const Row& row) {
      for (InstanceRow& instance : rows)
        if (instance.id == row.text(0)) instance.versions.emplace(row.number(1), row.number(2));
    });
  });
  if (!done) return done.error();
  return rows;
}

}  // namespace lectr::store
