// Orgs and what they set for themselves.
#include "store/control.hpp"

#include "lectr/base/clock.hpp"
#include "store/events.hpp"

namespace lectr::store {
namespace {

constexpr std::string_view kOrgColumns =
    "SELECT o.id, o.name, o.enabled, o.exact_stream_usage, o.created_at_us, r.row_days, r.rollup_days "
    "FROM orgs o LEFT JOIN org_retention r ON r.org_id = o.id";

OrgRow org_of(const Row& r) {
  OrgRow org{r.number(0), std::string{r.text(1)}, r.flag(2), r.flag(3), {}, r.number(4)};
  if (!r.null(5)) org.row_days = static_cast<int>(r.number(5)), org.rollup_days = static_cast<int>(r.number(6));
  return org;
}
PriceOverride price_of(const Row& r) {
  return {std::string{r.text(1)}, std::string{r.text(2)}, r.number(3), r.number(4), r.maybe_number(5), r.maybe_number(6)};
}

// All orgs, or the one.
std::vector<OrgRow> read_orgs(Session& session, std::optional<OrgId> only = {}) {
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

}  // namespace

Result<Control> SqlControl::control() {
  Control all;
  const auto done = database_->read([&](Session& session) { all = {read_orgs(session), read_keys_in_force(session), read_versions(session)}; });
  if (!done) return done.error();
  return all;
}

Result<bool> SqlControl::empty() {
  bool any = false;
  const auto done = database_->read([&](Session& session) { session.run(Query{"SELECT id FROM orgs LIMIT 1"}, [&](const Row&) { any = true; }); });
  if (!done) return done.error();
  return !any;
}

Result<OrgId> SqlControl::add_org(std::string_view name) {
  return insert(Query{"INSERT INTO orgs (name, enabled, exact_stream_usage, created_at_us) VALUES (?, ?, ?, ?) RETURNING id", name, 1, 0, unix_us()});
}

Result<std::vector<OrgRow>> SqlControl::orgs() {
  std::vector<OrgRow> rows;
  const auto done = database_->read([&](Session& session) { rows = read_orgs(session); });
  if (!done) return done.error();
  return rows;
}

Result<OrgRow> SqlControl::org(OrgId id) {
  std::vector<OrgRow> rows;
  const auto done = database_->read([&](Session& session) { rows = read_orgs(session, id); });
  if (!done) return done.error();
  if (rows.empty()) return failures::kNotFound;
  return std::move(rows.front());
}

Result<void> SqlControl::update_org(const OrgRow& org) {
  return database_->write([&](Session& session) {
    must_change(session, Query{"UPDATE orgs SET name = ?, enabled = ?, exact_stream_usage = ? WHERE id = ? RETURNING id", org.name,
                               org.enabled ? 1 : 0, org.exact_stream_usage ? 1 : 0, org.id});
    session.run(Query{"DELETE FROM org_credentials WHERE org_id = ?", org.id});
    for (const auto& [provider, reference] : org.credential_refs)
      session.run(Query{"INSERT INTO org_credentials (org_id, provider, reference) VALUES (?, ?, ?)", org.id, provider, reference});
  });
}

Result<void> SqlControl::change_org(OrgId org, const OrgChange& change) {
  const auto days = [](const std::optional<int>& n) { return n ? std::optional<std::int64_t>{*n} : std::nullopt; };
  return database_->write([&](Session& session) {
    must_change(session, Query{"UPDATE orgs SET name = COALESCE(?, name) WHERE id = ? RETURNING id", change.name, org});
    if (change.exact_stream_usage) session.run(Query{"UPDATE orgs SET exact_stream_usage = ? WHERE id = ?", *change.exact_stream_usage ? 1 : 0, org});
    if (!change.row_days && !change.rollup_days) return;
    session.run(Query{"INSERT INTO org_retention (org_id, row_days, rollup_days) VALUES (?, ?, ?) ON CONFLICT (org_id) DO NOTHING", org,
                      kDefaultRowDays, kDefaultRollupDays});
    session.run(Query{"UPDATE org_retention SET row_days = COALESCE(?, row_days), rollup_days = COALESCE(?, rollup_days) WHERE org_id = ?",
                      days(change.row_days), days(change.rollup_days), org});
  });
}

Result<void> SqlControl::set_credential(OrgId org, std::string_view provider, const std::optional<std::string>& reference) {
  if (!reference) return change(Query{"DELETE FROM org_credentials WHERE org_id = ? AND provider = ? RETURNING org_id", org, provider});
  return change(
      Query{"INSERT INTO org_credentials (org_id, provider, reference) VALUES (?, ?, ?) "
            "ON CONFLICT (org_id, provider) DO UPDATE SET reference = excluded.reference RETURNING org_id",
            org, provider, reference});
}
Result<void> SqlControl::set_base_url(OrgId org, std::string_view provider, const std::optional<std::string>& base_url) {
  if (!base_url) return change(Query{"DELETE FROM org_base_urls WHERE org_id = ? AND provider = ? RETURNING org_id", org, provider});
  return change(
      Query{"INSERT INTO org_base_urls (org_id, provider, base_url) VALUES (?, ?, ?) "
            "ON CONFLICT (org_id, provider) DO UPDATE SET base_url = excluded.base_url RETURNING org_id",
            org, provider, base_url});
}
Result<void> SqlControl::set_price(OrgId org, const PriceOverride& p) {
  return change(
      Query{"INSERT INTO org_prices (org_id, provider, model, input, output, cached, cache_write) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (org_id, provider, model) DO UPDATE SET input = excluded.input, output = excluded.output, "
            "cached = excluded.cached, cache_write = excluded.cache_write RETURNING org_id",
            org, p.provider, p.model, p.input, p.output, p.cached, p.cache_write});
}
Result<void> SqlControl::remove_price(OrgId org, std::string_view provider, std::string_view model) {
  return change(Query{"DELETE FROM org_prices WHERE org_id = ? AND provider = ? AND model = ? RETURNING org_id", org, provider, model});
}

std::unique_ptr<ControlStore> make_control_store(std::shared_ptr<Database> database) { return std::make_unique<SqlControl>(std::move(database)); }

}  // namespace lectr::store
