#include "store/rule_hits.hpp"

#include "store/levels.hpp"

namespace lectr::store {
namespace {

// The value of the section `s:` of a row's `why`: the rule in shadow that would have decided. Empty: there was none.
std::string_view shadow_of(std::string_view why) noexcept {
  for (std::size_t at = 0; at < why.size();) {
    const std::size_t end = std::min(why.find(' ', at), why.size());
    if (why.substr(at, end - at).starts_with("s:")) return why.substr(at + 2, end - at - 2);
    at = end + 1;
  }
  return {};
}

}  // namespace

void RuleHitCounts::add(const Event& event) {
  const std::int64_t hour_us = floor_to(kHourUs, event.completed_at_us);
  if (!event.rule.empty()) ++counts_[{event.org_id, hour_us, event.rule, false}];
  if (const auto shadow = shadow_of(event.why); !shadow.empty()) ++counts_[{event.org_id, hour_us, std::string{shadow}, true}];
}

void RuleHitCounts::write(Session& session) const {
  for (const auto& [key, requests] : counts_)
    session.run(
        Query{"INSERT INTO rule_hits (org_id, hour_us, rule, shadow, requests) VALUES (?, ?, ?, ?, ?) ON CONFLICT (org_id, hour_us, rule, shadow) "
              "DO UPDATE SET requests = rule_hits.requests + excluded.requests",
              key.org, key.hour_us, key.rule, key.shadow ? 1 : 0, requests});
}

std::vector<RuleHits> read_rule_hits(Session& session, OrgId org, std::int64_t from_us, std::int64_t to_us) {
  std::vector<RuleHits> out;
  session.run(Query{"SELECT rule, shadow, CAST(sum(requests) AS bigint) FROM rule_hits WHERE org_id = ? AND hour_us >= ? AND hour_us < ? "
                    "GROUP BY rule, shadow ORDER BY 3 DESC, rule",
                    org, floor_to(kHourUs, from_us), to_us},
              [&](const Row& row) {
                out.push_back({std::string{row.text(0)}, row.number(1) != 0, row.number(2)});
              });
  return out;
}

}  // namespace lectr::store
