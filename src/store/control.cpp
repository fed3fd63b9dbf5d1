// Orgs, and what they have set for themselves.
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

Result<void> SqlControl::change_org(OrgId org, const OrgChange& change) {
  const auto enabled = change.enabled ? std::optional<std::int64_t>{*change.enabled ? 1 : 0} : std::nullopt;
  return this->change(
      Query{"UPDATE orgs SET name = COALESCE(?, name), enabled = COALESCE(?, enabled) WHERE id = ? RETURNING id", change.name, enabled, org});
}

std::unique_ptr<ControlStore> make_control_store(std::shared_ptr<Database> database) { return std::make_unique<SqlControl>(std::move(database)); }

}  // namespace lectr::store
