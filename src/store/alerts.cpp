// The outbox over either dialect: one SQL for both.
#include "store/events.hpp"
#include "store/list.hpp"
#include "store/session.hpp"

namespace lectr::store {
namespace {

constexpr Error kNotDead{Code::conflict, Fault::client, Again::no, "this delivery has not failed for good"};
constexpr std::string_view kRows =
    "SELECT d.id, d.org_id, d.channel, d.state, d.attempts, d.created_at_us, d.next_at_us, d.changed_at_us, d.status, d.result, "
    "e.id, e.kind, e.name, e.key, e.at_us, e.detail FROM alert_deliveries d JOIN control_events e ON e.id = d.event_id WHERE ";

DeliveryRow delivery_of(const Row& r) {
  const OrgId org = r.number(1);
  return {
      .id = r.number(0),
      .org = org,
      .channel = std::string{r.text(2)},
      .state = static_cast<DeliveryState>(r.number(3)),
      .attempts = static_cast<int>(r.number(4)),
      .created_at_us = r.number(5),
      .next_at_us = r.number(6),
      .changed_at_us = r.number(7),
      .status = static_cast<int>(r.number(8)),
      .result = std::string{r.text(9)},
      .event = {r.number(10), org, std::string{r.text(11)}, std::string{r.text(12)}, std::string{r.text(13)}, r.number(14), std::string{r.text(15)}}};
}

std::int64_t number_of(DeliveryState state) { return static_cast<std::int64_t>(state); }

class SqlAlerts final : public AlertStore {
 public:
  explicit SqlAlerts(std::shared_ptr<Database> database) : database_{std::move(database)} {}

  Result<std::vector<DeliveryRow>> take_due(std::string_view claim, std::int64_t now_us, std::int64_t until_us, std::size_t limit) override {
    std::vector<DeliveryRow> rows;
    bool any = false;  // nearly always nothing is due: no write then
    const auto looked = database_->read([&](Session& session) {
      session.run(Query{"SELECT 1 FROM alert_deliveries WHERE state = 0 AND next_at_us <= ? LIMIT 1", now_us}, [&](const Row&) { any = true; });
    });
    if (!looked) return looked.error();
    if (!any) return rows;
    const auto done = database_->write([&](Session& session) {
      rows.clear();
      // Of two instances that choose the same rows, the second waits for the first and then finds them put off.
      session.run(
          Query{"UPDATE alert_deliveries SET claim = ?, next_at_us = ?, attempts = attempts + 1 WHERE state = 0 AND next_at_us <= ? AND id IN "
                "(SELECT id FROM alert_deliveries WHERE state = 0 AND next_at_us <= ? ORDER BY next_at_us, id LIMIT ?)",
                claim, until_us, now_us, now_us, static_cast<std::int64_t>(limit)});
      session.run(Query{kRows}.add("d.state = 0 AND d.claim = ? AND d.next_at_us = ? ORDER BY d.id", claim, until_us),
                  [&](const Row& row) { rows.push_back(delivery_of(row)); });
    });
    if (!done) return done.error();
    return rows;
  }

  Result<void> settle(std::int64_t delivery, std::string_view claim, const Attempted& outcome) override {
    return database_->write([&](Session& session) {
      Query query{
          "UPDATE alert_deliveries SET state = ?, next_at_us = ?, changed_at_us = ?, status = ?, result = ?, claim = '' WHERE id = ? AND state = 0",
          number_of(outcome.state),
          outcome.next_at_us,
          outcome.at_us,
          static_cast<std::int64_t>(outcome.status),
          outcome.result,
          delivery};
      if (outcome.state != DeliveryState::sent) query.add(" AND claim = ?", claim);
      session.run(query);
    });
  }

  Result<std::vector<DeliveryRow>> deliveries(OrgId org, const DeliveryFilter& filter, std::size_t limit) override {
    Query query{kRows};
    query.add("d.org_id = ?", org);
    if (filter.state) query.add(" AND d.state = ?", number_of(*filter.state));
    if (!filter.channel.empty()) query.add(" AND d.channel = ?", filter.channel);
    if (filter.event) query.add(" AND d.event_id = ?", *filter.event);
    if (filter.before) query.add(" AND d.id < ?", *filter.before);
    query.add(" ORDER BY d.id DESC LIMIT ?", static_cast<std::int64_t>(limit));
    return list<DeliveryRow>(query, delivery_of);
  }

  Result<void> retry(OrgId org, std::int64_t delivery, std::int64_t now_us) override {
    return database_->write([&](Session& session) {
      std::optional<std::int64_t> state;
      session.run(
          Query{"UPDATE alert_deliveries SET state = 0, attempts = 0, next_at_us = ?, changed_at_us = ? WHERE id = ? AND org_id = ? AND state = 2 "
                "RETURNING state",
                now_us, now_us, delivery, org},
          [&](const Row& row) { state = row.number(0); });
      if (state) return;
      session.run(Query{"SELECT state FROM alert_deliveries WHERE id = ? AND org_id = ?", delivery, org},
                  [&](const Row& row) { state = row.number(0); });
      throw Failure{state ? kNotDead : failures::kNotFound};
    });
  }

  Result<Secret> secret(OrgId org, std::string_view channel) override {
    const auto found = list<Secret>(Query{"SELECT secret FROM alert_secrets WHERE org_id = ? AND channel = ?", org, channel},
                                    [](const Row& row) { return Secret{row.text(0)}; });
    if (!found) return found.error();
    if (found->empty()) return failures::kNotFound;
    return found->front();
  }

  Result<std::map<std::string, std::int64_t>> secrets_made(OrgId org) override {
    std::map<std::string, std::int64_t> made;
    const auto done = database_->read([&](Session& session) {
      made.clear();
      session.run(Query{"SELECT channel, created_at_us FROM alert_secrets WHERE org_id = ?", org},
                  [&](const Row& row) { made.emplace(row.text(0), row.number(1)); });
    });
    if (!done) return done.error();
    return made;
  }

  Result<void> set_secret(OrgId org, std::string_view channel, const Secret& secret, std::int64_t now_us) override {
    return database_->write([&](Session& session) {
      session.run(
          Query{"INSERT INTO alert_secrets (org_id, channel, secret, created_at_us) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (org_id, channel) DO UPDATE SET secret = excluded.secret, created_at_us = excluded.created_at_us",
                org, channel, secret.reveal(), now_us});
    });
  }

 private:
  template <class T, class Make>
  Result<std::vector<T>> list(const Query& query, Make make) {
    return list_rows<T>(*database_, query, make);
  }

  std::shared_ptr<Database> database_;
};

}  // namespace

std::unique_ptr<AlertStore> make_alert_store(std::shared_ptr<Database> database) { return std::make_unique<SqlAlerts>(std::move(database)); }

}  // namespace lectr::store
