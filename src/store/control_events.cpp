// What the control state brought about, each once.
#include "store/control.hpp"

namespace lectr::store {
namespace {

constexpr std::int64_t kMostEvents = 10'000;  // of an org; older ones go

ControlEventRow event_of(const Row& r) {
  return {r.number(0), r.number(1), std::string{r.text(2)}, std::string{r.text(3)}, std::string{r.text(4)}, r.number(5), std::string{r.text(6)}};
}

}  // namespace

Result<bool> SqlControl::add_control_event(const ControlEventRow& fresh) {
  bool added = false;
  const auto done = database_->write([&](Session& session) {
    added = false;
    session.run(Query{"INSERT INTO control_events (org_id, kind, name, key, at_us, detail) VALUES (?, ?, ?, ?, ?, ?) "
                      "ON CONFLICT (org_id, kind, name, key) DO NOTHING RETURNING id",
                      fresh.org, fresh.kind, fresh.name, fresh.key, fresh.at_us, fresh.detail},
                [&](const Row&) { added = true; });
    if (!added) return;
    session.run(
        Query{"DELETE FROM control_events WHERE org_id = ? AND id <= "
              "(SELECT id FROM control_events WHERE org_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
              fresh.org, fresh.org, kMostEvents});
  });
  if (!done) return done.error();
  return added;
}

Result<std::vector<ControlEventRow>> SqlControl::control_events(OrgId org, const ControlEventFilter& filter, std::size_t limit) {
  Query query{"SELECT id, org_id, kind, name, key, at_us, detail FROM control_events WHERE org_id = ?", org};
  if (!filter.kind.empty()) query.add(" AND kind = ?", filter.kind);
  if (!filter.name.empty()) query.add(" AND name = ?", filter.name);
  if (filter.before) query.add(" AND id < ?", *filter.before);
  return list<ControlEventRow>(query.add(" ORDER BY id DESC LIMIT ?", static_cast<std::int64_t>(limit)), event_of);
}

}  // namespace lectr::store
