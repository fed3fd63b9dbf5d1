// What was decided about recommendations.
#include "store/control.hpp"

namespace lectr::store {
namespace {

constexpr std::int64_t kMostRows = 1'000;  // of an org; those decided longest ago go

RecommendationRow recommendation_of(const Row& r) {
  RecommendationRow out;
  out.org = r.number(0), out.id = r.text(1), out.state = static_cast<RecommendationState>(r.number(2)), out.at_us = r.number(3);
  out.who = r.text(4), out.reason = r.text(5), out.feature = r.text(6), out.task = r.text(7), out.provider = r.text(8), out.model = r.text(9);
  out.to_provider = r.text(10), out.to_model = r.text(11), out.rule = r.text(12);
  out.requests_before = r.number(13), out.errors_before = r.number(14), out.days_before = r.number(15), out.cost_before = r.text(16);
  return out;
}

}  // namespace

Result<void> SqlControl::put_recommendation(const RecommendationRow& row) {
  return database_->write([&](Session& session) {
    lock_org(session, row.org);  // of two who decide at once, the second decides
    session.run(Query{"DELETE FROM recommendations WHERE org_id = ? AND id = ?", row.org, row.id});
    session.run(
        Query{"INSERT INTO recommendations (org_id, id, state, at_us, who, reason, feature, task, provider, model, to_provider, to_model, rule, "
              "requests_before, errors_before, days_before, cost_before) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
              row.org, row.id, static_cast<std::int64_t>(row.state), row.at_us, row.who, row.reason, row.feature, row.task, row.provider, row.model,
              row.to_provider, row.to_model, row.rule, row.requests_before, row.errors_before, row.days_before, row.cost_before});
    session.run(
        Query{"DELETE FROM recommendations WHERE org_id = ? AND at_us < "
              "(SELECT at_us FROM recommendations WHERE org_id = ? ORDER BY at_us DESC LIMIT 1 OFFSET ?)",
              row.org, row.org, kMostRows - 1});
  });
}

Result<std::vector<RecommendationRow>> SqlControl::recommendations(OrgId org) {
  return list<RecommendationRow>(
      Query{"SELECT org_id, id, state, at_us, who, reason, feature, task, provider, model, to_provider, to_model, rule, requests_before, "
            "errors_before, days_before, cost_before FROM recommendations WHERE org_id = ? ORDER BY at_us DESC, id",
            org},
      recommendation_of);
}

}  // namespace lectr::store
