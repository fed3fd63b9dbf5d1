#include "config/control_check.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "config/channels.hpp"
#include "config/own_settings.hpp"
#include "lectr/base/glob.hpp"
#include "lectr/base/text.hpp"

namespace lectr::config {
namespace {

bool is_glob(std::string_view text) noexcept { return text.find('*') != text.npos; }
bool any(std::string_view text) noexcept { return text.empty() || text.find_first_not_of('*') == text.npos; }

// A narrow glob is covered where its own text, stars and all, fits the wide one: each of its stars is then swallowed by one of the wide glob's.
bool covers_text(std::string_view wide, std::string_view narrow) noexcept {
  return any(wide) || wide == narrow || (!narrow.empty() && glob_matches(wide, narrow));
}

class Checker {
 public:
  Checker(const Control& control, const Registry& registry) : control_{control}, registry_{registry} {}

  Problems run() {
    check_zone();
    check_names("rules", control_.rules);
    check_names("limits", control_.limits);
    check_names("budgets", control_.budgets);
    check_names("latency_targets", control_.latency_targets);
    check_names("alerts", control_.alerts);
    for (std::size_t i = 0; i < control_.rules.size(); ++i) check_rule(control_.rules[i], at("rules", i));
    check_reachable();
    for (std::size_t i = 0; i < control_.limits.size(); ++i) check_limit(control_.limits[i], at("limits", i));
    for (std::size_t i = 0; i < control_.budgets.size(); ++i) check_budget(control_.budgets[i], at("budgets", i));
    for (std::size_t i = 0; i < control_.latency_targets.size(); ++i) check_target(control_.latency_targets[i], at("latency_targets", i));
    for (std::size_t i = 0; i < control_.alerts.size(); ++i) check_channel(control_.alerts[i], at("alerts", i), problems_);
    check_own_settings(control_.own, registry_, problems_);
    return std::move(problems_);
  }

 private:
  static std::string at(const char* list, std::size_t i) { return std::string{list} + '[' + std::to_string(i) + ']'; }
  void refuse(std::string field, std::string reason) { problems_.push_back({{}, std::move(field), std::move(reason)}); }

  void check_zone() {
    const std::string& zone = control_.time_zone;
    const bool shaped = !zone.empty() && zone.front() != '/' && zone.find("..") == zone.npos && std::all_of(zone.begin(), zone.end(), [](char c) {
      return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '-' || c == '+';
    });
    if (!shaped) refuse("time_zone", "must be the name of a time zone, like Europe/Berlin or UTC");
  }

  template <class Named>
  void check_names(const char* list, const std::vector<Named>& all) {
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (!seen.insert(all[i].name).second) refuse(at(list, i) + ".name", "another one has this name already");
  }

  bool known_provider(std::string_view name) const { return registry_.by_name.find(name) != registry_.by_name.end(); }

  void check_rule(const Rule& rule, const std::string& path) {
    const std::string& provider = rule.when.provider;
    if (is_glob(provider)) {
      const auto& all = registry_.providers;
      if (std::none_of(all.begin(), all.end(), [&](const Provider& p) { return glob_matches(provider, p.name); }))
        refuse(path + ".when.provider", "matches no provider that this instance knows");
    } else if (!provider.empty() && !known_provider(provider)) {
      refuse(path + ".when.provider", "this instance knows no such provider");
    }
    for (std::size_t i = 0; i < rule.split.size(); ++i) check_destination(rule.split, i, path + ".split");
    for (std::size_t i = 0; i < rule.fallback.size(); ++i) check_destination(rule.fallback, i, path + ".fallback");
    check_loop(rule, path);
    if (rule.split.size() == 1 && rule.split[0].provider.empty() && rule.split[0].model.empty())
      refuse(path + ".split[0]", "names neither provider nor model: name one, or take it out to pass requests as they are");
    check_sticky(rule, path);
  }

  void check_destination(const std::vector<Destination>& list, std::size_t i, const std::string& path) {
    const Destination& to = list[i];
    const std::string here = path + '[' + std::to_string(i) + ']';
    if (!to.provider.empty() && !known_provider(to.provider)) refuse(here + ".provider", "this instance knows no such provider");
    if (is_glob(to.model)) refuse(here + ".model", "must be one model: `*` has no meaning here");
    for (std::size_t k = 0; k < i; ++k)
      if (list[k].provider == to.provider && list[k].model == to.model) return refuse(here, "is in the list already");
  }

  void check_loop(const Rule& rule, const std::string& path) {
    for (std::size_t i = 0; i < rule.fallback.size(); ++i) {
      const Destination& to = rule.fallback[i];
      const std::string here = path + ".fallback[" + std::to_string(i) + ']';
      if (to.provider.empty() && to.model.empty())
        refuse(here, "names neither provider nor model: it would try what has just failed");
      else if (rule.split.size() == 1 && rule.split[0].provider == to.provider && rule.split[0].model == to.model)
        refuse(here, "is where the rule sends the request first: a loop");
    }
  }

  void check_sticky(const Rule& rule, const std::string& path) {
    static constexpr std::string_view kSecret[] = {"authorization",       "cookie",     "x-api-key", "api-key", "x-goog-api-key",
                                                   "proxy-authorization", "x-lectr-key"};
    if (rule.sticky.empty()) return;
    if (rule.split.size() < 2) return refuse(path + ".sticky", "needs a split of two or more");
    const bool token = std::all_of(rule.sticky.begin(), rule.sticky.end(),
                                   [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
    if (!token) return refuse(path + ".sticky", "must be the name of a request header");
    if (std::find(std::begin(kSecret), std::end(kSecret), rule.sticky) != std::end(kSecret))
      refuse(path + ".sticky", "is a header that carries a credential");
  }

  void check_reachable() {
    for (std::size_t i = 0; i < control_.rules.size(); ++i) {
      const Rule& rule = control_.rules[i];
      if (!rule.enabled) continue;
      for (std::size_t k = 0; k < i; ++k) {
        const Rule& before = control_.rules[k];
        if (!before.enabled || before.shadow || !covers(before.when, rule.when)) continue;
        refuse(at("rules", i) + ".when", "can match nothing: rule '" + before.name + "' before it takes every such request");
        break;
      }
    }
  }

  void check_limit(const Limit& limit, const std::string& path) {
    for (const auto& [name, text] : {std::pair{".key", &limit.key}, std::pair{".feature", &limit.feature}, std::pair{".model", &limit.model}})
      if (is_glob(*text) && *text != "*") refuse(path + name, "must be one value, or * for each");
  }

  void check_budget(const Budget& budget, const std::string& path) {
    if (!budget.cap && !budget.soft_cap) refuse(path + ".cap", "a budget needs a cap or a soft_cap");
    if (budget.cap && budget.soft_cap && *budget.soft_cap > *budget.cap) refuse(path + ".soft_cap", "is above the cap");
    if (std::adjacent_find(budget.alert_percent.begin(), budget.alert_percent.end(), std::greater_equal<>{}) != budget.alert_percent.end())
      refuse(path + ".alert_percent", "must rise from one to the next");
    if (is_glob(budget.feature)) refuse(path + ".feature", "must be one feature, or nothing for the whole org");
    if (budget.at_cap == AtCap::downgrade && !budget.cap) refuse(path + ".at_cap", "nothing is downgraded without a cap");
    if (budget.at_cap == AtCap::downgrade && budget.downgrade.empty()) refuse(path + ".downgrade", "says no cheaper model");
    if (budget.at_cap == AtCap::block && !budget.downgrade.empty()) refuse(path + ".downgrade", "is without effect while at_cap is block");
    for (const auto& [from, to] : budget.downgrade) {
      if (to.empty() || is_glob(to)) refuse(path + ".downgrade." + from, "must name one model");
      if (from == to) refuse(path + ".downgrade." + from, "downgrades a model to itself");
    }
  }

  void check_target(const LatencyTarget& target, const std::string& path) {
    if (target.p95_ms == 0 && target.ttfb_p95_ms == 0) refuse(path + ".p95_ms", "a target needs p95_ms or ttfb_p95_ms");
    if (is_glob(target.feature)) refuse(path + ".feature", "must be one feature, or nothing for the whole org");
    if (target.switch_rule.empty()) return;
    const auto rule = std::find_if(control_.rules.begin(), control_.rules.end(), [&](const Rule& r) { return r.name == target.switch_rule; });
    if (rule == control_.rules.end())
      refuse(path + ".switch_rule", "there is no such rule");
    else if (rule->fallback.empty())
      refuse(path + ".switch_rule", "has no fallback to switch to");
  }

  const Control& control_;
  const Registry& registry_;
  Problems problems_;
};

}  // namespace

bool covers(const Match& wide, const Match& narrow) noexcept {
  return covers_text(wide.feature, narrow.feature) && covers_text(wide.task, narrow.task) && covers_text(wide.provider, narrow.provider) &&
         covers_text(wide.model, narrow.model);
}

Problems check_control(const Control& control, const Registry& registry) { return Checker{control, registry}.run(); }

}  // namespace lectr::config
