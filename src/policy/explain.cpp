#include "lectr/policy/explain.hpp"

#include <algorithm>

#include "lectr/base/text.hpp"
#include "lectr/policy/why.hpp"

namespace lectr::policy {
namespace {

using config::ProviderIndex;

bool passed_over(std::string_view outcome) noexcept {
  constexpr Unfit kAll[] = {Unfit::no_base, Unfit::other_path, Unfit::no_rewrite, Unfit::no_credential, Unfit::unhealthy, Unfit::full};
  return std::any_of(std::begin(kAll), std::end(kAll), [&](Unfit unfit) { return outcome == to_text(unfit); });
}

// A name as `why` holds it: cut to what has room there.
bool same_name(std::string_view written, std::string_view name) noexcept { return written == cut_utf8(name, kWhyName); }

class RowView final : public TargetView {
 public:
  RowView(const Why& why, const config::Registry& registry, std::string_view asked) noexcept : why_{why}, registry_{registry}, asked_{asked} {}
  Unfit state(ProviderIndex at, std::string_view model) const noexcept override {
    for (const Unfit unfit : {Unfit::unhealthy, Unfit::full})
      if (told(at, model.empty() ? asked_ : model, to_text(unfit))) return unfit;
    return Unfit::no;
  }
  bool switched(const config::CompiledRule&) const noexcept override {
    return std::any_of(why_.others.begin(), why_.others.end(), [](const WhySection& s) { return s.letter == 'w'; });
  }
  bool has_credential(ProviderIndex at) const noexcept override { return !told(at, {}, to_text(Unfit::no_credential)); }

 private:
  bool told(ProviderIndex at, std::string_view model, std::string_view outcome) const noexcept {
    return std::any_of(why_.targets.begin(), why_.targets.end(), [&](const WhyTarget& t) {
      return t.outcome == outcome && same_name(t.provider, registry_.providers[at].name) && (model.empty() || same_name(t.model, model));
    });
  }
  const Why& why_;
  const config::Registry& registry_;
  std::string_view asked_;
};

std::string quoted(std::string_view name) { return name.empty() ? "none" : "'" + std::string{name} + "'"; }

bool is(const WhyTarget& t, std::string_view provider, std::string_view model, const Event& row) noexcept {
  return same_name(t.provider, provider) && same_name(t.model, model.empty() ? std::string_view{row.model_requested} : model);
}

// Those that were asked must be the plan's, in its order.
std::string difference(const Why& why, const RoutePlan& plan, const config::Registry& registry, const Event& row) {
  const auto provider = [&](ProviderIndex at) { return std::string_view{registry.providers[at].name}; };
  auto at = plan.targets.begin();
  bool first = true;
  for (const WhyTarget& tried : why.targets) {
    if (passed_over(tried.outcome)) continue;
    const bool in_split = first && plan.rule && !plan.rule->sticky.empty() &&
                          std::any_of(plan.rule->split.begin(), plan.rule->split.end(), [&](const config::CompiledTarget& t) {
                            return is(tried, t.provider ? provider(*t.provider) : std::string_view{tried.provider}, t.model, row);
                          });
    first = false;
    if (in_split) continue;
    at = std::find_if(at, plan.targets.end(), [&](const RouteTarget& t) { return is(tried, provider(t.provider), t.model, row); });
    if (at == plan.targets.end()) return "the row went to " + tried.provider + "/" + tried.model + ", which is not next in the decision made again";
    ++at;
  }
  return {};
}

}  // namespace

RouteQuery AskedRoute::query(const Event& row) const noexcept {
  RouteQuery query;
  query.feature = row.feature;
  query.task = row.task;
  query.provider = provider;
  query.model = row.model_requested;
  query.endpoint = &endpoint;
  query.can_rewrite = can_rewrite;
  return query;
}

std::optional<AskedRoute> asked_of(const Event& row, const config::Registry& registry) {
  const auto why = row.why.empty() ? std::optional<Why>{Why{}} : read_why(row.why);
  const std::string& name = why && !why->asked_provider.empty() ? why->asked_provider : row.provider;
  const auto provider = registry.by_name.find(name);
  if (provider == registry.by_name.end()) return {};
  const bool can_rewrite = !why || why->note != to_text(Unfit::no_rewrite);
  return AskedRoute{provider->second, wire::classify(row.method, row.endpoint), can_rewrite};
}

Explanation explain(const Event& row, const AskedRoute& asked, const config::CompiledRules& rules, const config::Registry& registry,
                    std::span<const ProviderIndex> own_bases) {
  Explanation out;
  const auto why = read_why(row.why);
  if (!why) return out.remark = "the row's own words are of another version", out;
  RouteQuery query = asked.query(row);
  query.own_bases = own_bases;
  out.plan = route(rules, registry, query, RowView{*why, registry, row.model_requested}, dice_of(row.id));
  const std::string_view rule = out.plan.rule ? std::string_view{out.plan.rule->name} : std::string_view{};
  const std::string_view shadow = out.plan.shadow ? std::string_view{out.plan.shadow->name} : std::string_view{};
  if (!same_name(why->rule, rule))
    out.remark = "the row names the rule " + quoted(why->rule) + ", the decision made again " + quoted(rule);
  else if (!same_name(why->shadow, shadow))
    out.remark = "the row names the rule in shadow " + quoted(why->shadow) + ", the decision made again " + quoted(shadow);
  else if (const bool did_nothing = !why->note.empty() && why->note != "retry_budget"; out.plan.rule && out.plan.rule_works == did_nothing)
    out.remark =
        out.plan.rule_works ? "the rule did nothing then (" + why->note + "), and would act now" : "the rule acted then, and could do nothing now";
  else if (out.plan.rule)
    out.remark = difference(*why, out.plan, registry, row);
  out.same = out.remark.empty();
  if (out.same && why->cut) out.remark = "the row had no room for all of its targets";
  if (out.same && out.plan.rule && !out.plan.rule->sticky.empty()) out.remark = "the header that chose among the split is not stored";
  return out;
}

}  // namespace lectr::policy
