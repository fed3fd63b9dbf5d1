// The stores as one org sees them. Every call carries the caller's org, whatever it was asked with: this is the one place that keeps orgs apart,
// and endpoints get nothing else. Another org's ids are not_found.
#pragma once

#include "lectr/store/control_store.hpp"

namespace lectr::api {

class OwnStores {
 public:
  OwnStores(store::Stores& stores, OrgId org) : stores_{stores}, org_{org} {}

  Result<store::RequestPage> requests(store::RequestFilter filter, const std::optional<store::RequestCursor>& before, std::size_t limit,
                                      store::RequestSort sort = store::RequestSort::time) const {
    filter.org = org_;
    return stores_.events->requests(filter, before, limit, sort);
  }
  Result<std::vector<Event>> walk(std::int64_t from_us, std::int64_t to_us, const std::optional<store::RequestCursor>& after,
                                  std::size_t limit) const {
    return stores_.events->walk(org_, from_us, to_us, after, limit);
  }
  Result<Event> request(const Uuid& id) const { return stores_.events->request(org_, id); }
  Result<store::Aggregate> aggregate(store::RollupFilter filter, store::Dimension by = store::Dimension::none, std::int64_t step_us = 0,
                                     store::Percentiles percentiles = store::Percentiles::everywhere) const {
    filter.org = org_;
    return stores_.events->aggregate({std::move(filter), by, step_us, percentiles});
  }

  Result<std::vector<store::RuleHits>> rule_hits(std::int64_t from_us, std::int64_t to_us) const {
    return stores_.events->rule_hits(org_, from_us, to_us);
  }

  Result<std::vector<store::AnomalyRow>> anomalies(const store::AnomalyFilter& filter, std::size_t limit) const {
    return stores_.insight->anomalies(org_, filter, limit);
  }
  Result<store::AnomalyRow> anomaly(std::int64_t id) const { return stores_.insight->anomaly(org_, id); }
  Result<store::AnomalyCounts> anomaly_counts() const { return stores_.insight->anomaly_counts(org_); }
  Result<void> dismiss_anomaly(std::int64_t id, const std::optional<store::InsightStore::Dismissal>& dismissal) const {
    return stores_.insight->dismiss_anomaly(org_, id, dismissal);
  }
  Result<std::optional<std::int64_t>> oldest_us() const { return stores_.events->oldest_us(org_); }
  Result<std::vector<store::UsageGroup>> usage(store::RollupFilter filter) const {
    filter.org = org_;
    return stores_.events->usage(filter);
  }
  Result<std::vector<store::RecommendationRow>> recommendations() const { return control().recommendations(org_); }
  Result<void> put_recommendation(store::RecommendationRow row) const {
    row.org = org_;
    return control().put_recommendation(row);
  }

  Result<store::OrgRow> org() const { return control().org(org_); }
  Result<void> change_org(const store::OrgChange& change) const { return control().change_org(org_, change); }
  Result<void> edit_settings(const store::Author& author, const std::function<Result<void>(config::OwnSettings&)>& edit) const {
    return store::edit_own_settings(control(), org_, author, edit);
  }

  Result<store::ControlStateRow> control_state(std::optional<std::int64_t> version = {}) const { return control().control_state(org_, version); }
  Result<std::int64_t> put_control_state(store::ControlStateRow fresh, std::int64_t base_version) const {
    fresh.org = org_;
    return control().put_control_state(fresh, base_version);
  }
  Result<std::vector<store::ControlEventRow>> control_events(const store::ControlEventFilter& filter, std::size_t limit) const {
    return control().control_events(org_, filter, limit);
  }
  Result<std::vector<store::ControlStateRow>> control_states(std::optional<std::int64_t> before, std::size_t limit) const {
    return control().control_states(org_, before, limit);
  }
  // Those that were seen lately; of each only the version of this org's control state.
  Result<std::vector<store::InstanceRow>> instances(std::int64_t seen_since_us) const {
    auto rows = control().instances(seen_since_us);
    if (rows)
      for (store::InstanceRow& row : *rows) std::erase_if(row.versions, [this](const auto& entry) { return entry.first != org_; });
    return rows;
  }

  Result<std::vector<store::DeliveryRow>> deliveries(const store::DeliveryFilter& filter, std::size_t limit) const {
    return stores_.alerts->deliveries(org_, filter, limit);
  }
  Result<void> retry_delivery(std::int64_t id, std::int64_t now_us) const { return stores_.alerts->retry(org_, id, now_us); }
  Result<std::map<std::string, std::int64_t>> alert_secrets_made() const { return stores_.alerts->secrets_made(org_); }
  Result<void> set_alert_secret(std::string_view channel, const Secret& secret, std::int64_t now_us) const {
    return stores_.alerts->set_secret(org_, channel, secret, now_us);
  }

  Result<std::vector<store::KeyRow>> keys() const { return control().keys(org_); }
  Result<store::KeyRow> key(KeyId id) const {
    const auto rows = keys();
    return rows ? of_id(*rows, id) : Result<store::KeyRow>{rows.error()};
  }
  Result<KeyId> add_key(store::KeyRow key) const {
    key.org = org_;
    return control().add_key(key);
  }
  Result<void> revoke_key(KeyId key, std::int64_t at_us) const { return control().revoke_key(org_, key, at_us); }
  Result<void> change_key(KeyId key, const store::KeyChange& change) const { return control().change_key(org_, key, change); }
  Result<KeyId> rotate_key(KeyId old, store::KeyRow fresh, std::int64_t old_ends_us) const {
    fresh.org = org_;
    return control().rotate_key(org_, old, fresh, old_ends_us);
  }

  Result<std::vector<store::UserRow>> users() const { return control().users(org_); }
  Result<store::UserRow> user(std::int64_t id) const {
    const auto rows = users();
    return rows ? of_id(*rows, id) : Result<store::UserRow>{rows.error()};
  }
  Result<std::int64_t> add_user(store::UserRow user) const {
    user.org = org_;
    return control().add_user(user);
  }
  Result<void> set_role(std::int64_t id, store::Role role) const { return control().set_role(org_, id, role); }
  // Ends the user's sessions but `kept`.
  Result<void> set_password(std::int64_t id, std::string_view hash, const std::optional<store::Digest>& kept = {}) const {
    if (const auto ours = user(id); !ours) return ours.error();
    if (const auto done = control().set_password(id, hash); !done) return done;
    return control().end_sessions(id, kept);
  }
  Result<void> remove_user(std::int64_t id) const { return control().remove_user(org_, id); }

  Result<std::vector<store::TokenRow>> tokens() const { return control().tokens(org_); }
  Result<std::int64_t> add_token(store::TokenRow token) const {
    token.org = org_;
    return control().add_token(token);
  }
  Result<void> revoke_token(std::int64_t id, std::int64_t at_us) const { return control().revoke_token(org_, id, at_us); }

 private:
  store::ControlStore& control() const { return *stores_.control; }
  template <class Row>
  static Result<Row> of_id(const std::vector<Row>& rows, std::int64_t id) {
    for (const Row& row : rows)
      if (row.id == id) return row;
    return Error{Code::not_found, Fault::client, Again::no, "there is no such row"};
  }

  store::Stores& stores_;
  const OrgId org_;
};

}  // namespace lectr::api
