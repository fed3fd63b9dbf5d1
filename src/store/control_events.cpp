// What the control state brought about, each once.
#include <nlohmann/json.hpp>

#include "lectr/base/clock.hpp"
#include "lectr/config/control.hpp"
#include "store/control.hpp"

namespace lectr::store {
namespace {

constexpr std::int64_t kMostEvents = 10'000;  // of an org; older ones go

ControlEventRow event_of(const Row& r) {
  return {r.number(0), r.number(1), std::string{r.text(2)}, std::string{r.text(3)}, std::string{r.text(4)}, r.number(5), std::string{r.text(6)}};
}

// An anomaly that does not say how severe it is passes for a severe one: better told than lost.
config::Severity severity_of(const ControlEventRow& event) {
  const auto detail = nlohmann::json::parse(event.detail, nullptr, false);
  if (!detail.is_object() || !detail.contains("severity") || !detail["severity"].is_string()) return config::Severity::high;
  return config::severity_of(detail["severity"].get_ref<const std::string&>()).value_or(config::Severity::high);
}

// Who is to be told goes by the newest control state, in the event's own transaction: whoever writes the event owes its deliveries. `told`: those who
// wanted it as it was then have been told.
void owe_deliveries(Session& session, const ControlEventRow& event, std::int64_t id, std::optional<config::Severity> told = {}) {
  const auto kind = config::alert_kind_of(event.kind);
  if (!kind) return;
  std::string document;
  session.run(Query{"SELECT document FROM control_states WHERE org_id = ? ORDER BY version DESC LIMIT 1", event.org},
              [&](const Row& row) { document = row.text(0); });
  const std::int64_t now_us = unix_us();
  for (const config::Channel& channel : config::read_channels(document))
    if (config::wants(channel, *kind, severity_of(event)) && !(told && config::wants(channel, *kind, *told)))
      session.run(
          Query{"INSERT INTO alert_deliveries (org_id, event_id, channel, state, attempts, created_at_us, next_at_us, changed_at_us, claim, status, "
                "result) "
                "VALUES (?, ?, ?, 0, 0, ?, ?, ?, '', 0, '')",
                event.org, id, channel.name, now_us, now_us, now_us});
}

// An anomaly opens on little evidence and grows: channels that want only graver ones hear of it when it has become one.
void note_graver(Session& session, const ControlEventRow& fresh) {
  std::optional<ControlEventRow> known;
  session.run(Query{"SELECT id, org_id, kind, name, key, at_us, detail FROM control_events WHERE org_id = ? AND kind = ? AND name = ? AND key = ?",
                    fresh.org, fresh.kind, fresh.name, fresh.key},
              [&](const Row& row) { known = event_of(row); });
  if (!known || severity_of(fresh) <= severity_of(*known)) return;
  session.run(Query{"UPDATE control_events SET detail = ? WHERE id = ?", fresh.detail, known->id});
  owe_deliveries(session, fresh, known->id, severity_of(*known));
}

}  // namespace

Result<bool> SqlControl::add_control_event(const ControlEventRow& fresh) {
  bool added = false;
  const auto done = database_->write([&](Session& session) {
    std::int64_t id = 0;
    session.run(Query{"INSERT INTO control_events (org_id, kind, name, key, at_us, detail) VALUES (?, ?, ?, ?, ?, ?) "
                      "ON CONFLICT (org_id, kind, name, key) DO NOTHING RETURNING id",
                      fresh.org, fresh.kind, fresh.name, fresh.key, fresh.at_us, fresh.detail},
                [&](const Row& row) { id = row.number(0); });
    added = id != 0;
    if (!added && fresh.kind == "anomaly") note_graver(session, fresh);
    if (!added) return;
    owe_deliveries(session, fresh, id);
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
  if (!filter.key.empty()) query.add(" AND key = ?", filter.key);
  if (filter.before) query.add(" AND id < ?", *filter.before);
  return list<ControlEventRow>(query.add(" ORDER BY id DESC LIMIT ?", static_cast<std::int64_t>(limit)), event_of);
}

}  // namespace lectr::store
