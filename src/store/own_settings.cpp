// What orgs set for themselves: declared in their control states, kept as rows beside them.
#include "store/own_settings.hpp"

#include "store/control.hpp"

namespace lectr::store {
namespace {

config::OwnSettings settings_of(const OrgRow& row) {
  config::OwnSettings own;
  own.exact_stream_usage = row.exact_stream_usage;
  own.retention = {row.row_days, row.rollup_days};
  std::map<std::string, config::OwnProvider> providers;
  for (const auto& [name, reference] : row.credential_refs) providers[name].credential = reference;
  for (const auto& [name, base_url] : row.base_urls) providers[name].base_url = base_url;
  for (auto& [name, provider] : providers) own.providers.push_back({name, provider.credential, provider.base_url});
  own.prices = row.prices;
  return own;
}

}  // namespace

void put_own_settings(Session& session, OrgId org, const config::OwnSettings& own) {
  session.run(Query{"UPDATE orgs SET exact_stream_usage = ? WHERE id = ?", own.exact_stream_usage ? 1 : 0, org});
  session.run(
      Query{"INSERT INTO org_retention (org_id, row_days, rollup_days) VALUES (?, ?, ?) "
            "ON CONFLICT (org_id) DO UPDATE SET row_days = excluded.row_days, rollup_days = excluded.rollup_days",
            org, own.retention.row_days, own.retention.rollup_days});
  for (const char* table : {"org_credentials", "org_base_urls", "org_prices"})
    session.run(Query{"DELETE FROM "}.add(table).add(" WHERE org_id = ?", org));
  for (const config::OwnProvider& p : own.providers) {
    if (!p.credential.empty())
      session.run(Query{"INSERT INTO org_credentials (org_id, provider, reference) VALUES (?, ?, ?)", org, p.name, p.credential});
    if (!p.base_url.empty()) session.run(Query{"INSERT INTO org_base_urls (org_id, provider, base_url) VALUES (?, ?, ?)", org, p.name, p.base_url});
  }
  for (const PriceOverride& p : own.prices)
    session.run(Query{"INSERT INTO org_prices (org_id, provider, model, input, output, cached, cache_write) VALUES (?, ?, ?, ?, ?, ?, ?)", org,
                      p.provider, p.model, p.input, p.output, p.cached, p.cache_write});
}

// Two instances that start at once: the second finds it done.
Result<void> adopt_own_settings(ControlStore& store) {
  const auto orgs = store.orgs();
  if (!orgs) return orgs.error();
  for (const OrgRow& org : *orgs) {
    const config::OwnSettings kept = settings_of(org);
    if (kept == config::OwnSettings{}) continue;
    const auto done = edit_own_settings(store, org.id, {"upgrade", "api", "settings that were kept beside the control state"},
                                        [&](config::OwnSettings& own) -> Result<void> {
                                          if (own == config::OwnSettings{}) own = kept;
                                          return {};
                                        });
    if (!done) return done;
  }
  return {};
}

}  // namespace lectr::store
