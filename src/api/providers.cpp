// GET /providers: every provider of the registry, where it is, whether there is a credential, and how it does.
#include "api/answers.hpp"
#include "api/endpoints.hpp"
#include "api/metrics.hpp"
#include "api/provider_health.hpp"

namespace lectr::api {
namespace {

Json row_of(const ProviderInfo& provider, const store::OrgRow& org, const Context& context) {
  Json out{{"provider", provider.name}, {"enabled", true}};
  const auto own = org.base_urls.find(provider.name);
  if (own != org.base_urls.end()) {
    out["base_url"] = own->second;
    out["base_url_source"] = "org";
  } else {
    out["base_url"] = text_or_null(provider.base_url);
    out["base_url_source"] = provider.base_url.empty() ? "none" : provider.from_instance ? "instance" : "builtin";
    out["enabled"] = !provider.base_url.empty();
  }
  out["needs_base"] = provider.needs_base;
  const auto reference = org.credential_refs.find(provider.name);
  const bool referenced = reference != org.credential_refs.end();
  out["credential_ref"] = referenced ? Json(reference->second) : Json(nullptr);
  out["credential_found"] = referenced && context.credential_found ? Json(context.credential_found(reference->second)) : Json(nullptr);
  return out;
}

}  // namespace

Answer providers_of(const Call& call) {
  const std::int64_t now_us = call.now_us();
  const auto span = parse_span(call.query(), now_us);
  if (!span) return span.error();
  const auto org = call.own.org();
  if (!org) return problem_of(org.error());
  store::RollupFilter filter;
  filter.from_us = span->from_us;
  filter.to_us = span->to_us;
  const auto sums = call.own.aggregate(filter, store::Dimension::provider);
  if (!sums) return problem_of(sums.error());
  const auto health = provider_health(call.own, now_us);
  if (!health) return problem_of(health.error());

  std::map<std::string, const store::Sums*> used;
  for (const auto& group : sums->groups) used.emplace(group.name, &group.total);
  Json rows = Json::array();
  for (const ProviderInfo& provider : call.context.providers ? call.context.providers() : std::vector<ProviderInfo>{}) {
    Json row = row_of(provider, *org, call.context);
    const auto at = used.find(provider.name);
    row["health"] = to_json(health_of(*health, provider.name));
    row["metrics"] = to_json(at == used.end() ? store::Sums{} : *at->second);
    rows.push_back(std::move(row));
  }
  return Body{{{"rows", std::move(rows)}}};
}

Reply get_providers(const Call& call) { return to_reply(providers_of(call)); }

}  // namespace lectr::api
