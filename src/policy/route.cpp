#include "lectr/policy/route.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "lectr/base/event.hpp"
#include "lectr/base/text.hpp"

namespace lectr::policy {
namespace {

using config::CompiledRule;
using config::CompiledTarget;
using config::ProviderIndex;
using config::Registry;

// Gemini's "models/" is no part of the name. Longer names than a row can hold are compared by what it holds.
class LowerModel {
 public:
  explicit LowerModel(std::string_view text) noexcept {
    if (istarts_with(text, "models/")) text.remove_prefix(7);
    size_ = std::min(text.size(), buffer_.size());
    std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size_), buffer_.begin(), ascii_lower);
  }
  std::string_view view() const noexcept { return {buffer_.data(), size_}; }

 private:
  std::array<char, kMaxModel> buffer_;
  std::size_t size_ = 0;
};

std::uint64_t mixed(std::uint64_t h) noexcept {
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdULL;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53ULL;
  return h ^ (h >> 33);
}

// One value, one place in the split, whatever was asked before: the same on every instance and in every version with the same split.
std::uint64_t sticky_dice(std::string_view rule, std::string_view value) noexcept {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const std::string_view text : {rule, value}) {
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    h = (h ^ 0xff) * 0x100000001b3ULL;
  }
  return mixed(h);
}

std::uint64_t scaled(std::uint64_t dice, std::uint64_t below) noexcept {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(dice) * below) >> 64);
}

class Planner {
 public:
  Planner(const Registry& registry, const RouteQuery& query, const TargetView& view, RoutePlan& plan) noexcept
      : registry_{registry}, query_{query}, view_{view}, plan_{plan} {}

  void follow(const CompiledRule& rule, std::uint64_t dice) noexcept {
    plan_.first_byte_timeout = rule.first_byte_timeout;
    plan_.total_timeout = rule.total_timeout;
    plan_.switched = view_.switched(rule) && !rule.fallback.empty();
    bool any = !plan_.switched && (rule.split.empty() ? as_asked(true) : choose(rule, dice));
    for (const CompiledTarget& target : rule.fallback) any = add(target, rule.split.size() + 1, true) || any;
    if (plan_.switched) any = (rule.split.empty() ? as_asked(true) : choose(rule, dice)) || any;
    if (!any && held_back_) any = take_held_back();
    plan_.rule_works = any || rule.split.empty();
    if (plan_.targets.empty()) as_asked(false);
  }
  bool as_asked(bool ask_health) noexcept {
    const Unfit unfit = ask_health ? view_.state(query_.provider, {}) : Unfit::no;
    if (unfit != Unfit::no) {
      hold_back({query_.provider, {}, {}, 1000, false, true}, unfit);
      return false;
    }
    plan_.targets.push_back({query_.provider, {}, {}, 1000, false, true});
    return true;
  }

 private:
  RouteTarget target_of(const CompiledTarget& t, std::uint64_t total, bool fallback) const noexcept {
    RouteTarget out;
    out.provider = t.provider.value_or(query_.provider);
    if (t.model != query_.model) out.model = t.model;
    out.named = t.model;
    out.share_permille = fallback || total == 0 ? 1000 : static_cast<std::uint32_t>((t.weight * 1000ULL + total / 2) / total);
    out.fallback = fallback;
    out.as_asked = out.model.empty() && out.provider == query_.provider;
    return out;
  }
  void skip(const RouteTarget& target, Unfit unfit) noexcept {
    if (plan_.skipped.size() < plan_.skipped.capacity()) plan_.skipped.push_back({target.provider, target.model, unfit});
  }
  // The first that is fit but for its state: taken after all when there is nothing else. Health and headroom advise, they never block.
  void hold_back(const RouteTarget& target, Unfit why) noexcept {
    if (!held_back_) held_back_target_ = target;
    held_back_ = true;
    skip(target, why);
  }
  static bool only_now(Unfit unfit) noexcept { return unfit == Unfit::unhealthy || unfit == Unfit::full; }
  bool take_held_back() noexcept {
    plan_.targets.push_back(held_back_target_);
    return true;
  }
  Unfit fit(const CompiledTarget& t, const RouteTarget& target) const noexcept {
    const Unfit unfit = fitness(registry_, query_, view_, t);
    if (unfit != Unfit::no) return unfit;
    return view_.state(target.provider, t.model);
  }
  bool add(const CompiledTarget& t, std::uint64_t total, bool fallback) noexcept {
    const RouteTarget target = target_of(t, total, fallback);
    for (const RouteTarget& there : plan_.targets)
      if (there.provider == target.provider && there.model == target.model) return false;
    const Unfit unfit = fit(t, target);
    if (only_now(unfit)) return hold_back(target, unfit), false;
    if (unfit != Unfit::no) return skip(target, unfit), false;
    if (plan_.targets.size() == plan_.targets.capacity()) return false;
    plan_.targets.push_back(target);
    return true;
  }

  // One of the split, by weight, among those that can take the request now.
  bool choose(const CompiledRule& rule, std::uint64_t dice) noexcept {
    std::uint64_t weight = 0;
    Usable can{};
    const std::size_t count = std::min(rule.split.size(), can.size());
    for (std::size_t i = 0; i < count; ++i) {
      const RouteTarget target = target_of(rule.split[i], rule.total_weight, false);
      const Unfit unfit = fit(rule.split[i], target);
      can[i] = unfit == Unfit::no;
      if (only_now(unfit))
        hold_back(target, unfit);
      else if (unfit != Unfit::no)
        skip(target, unfit);
      if (can[i]) weight += rule.split[i].weight;
    }
    if (weight == 0) return false;
    // Over all first: while one target is away, only those that it had move, and they come back to it.
    if (!rule.sticky.empty())
      if (const std::string_view value = view_.sticky(rule.sticky); !value.empty()) dice = sticky_dice(rule.name, value);
    Usable all{};
    all.fill(true);
    const std::size_t first = pick(rule, all, scaled(dice, rule.total_weight));
    const std::size_t at = can[first] ? first : pick(rule, can, scaled(mixed(dice), weight));
    plan_.targets.push_back(target_of(rule.split[at], rule.total_weight, false));
    return true;
  }
  using Usable = std::array<bool, config::kMaxSplit>;
  static std::size_t pick(const CompiledRule& rule, const Usable& among, std::uint64_t at) noexcept {
    std::size_t last = 0;
    for (std::size_t i = 0; i < among.size() && i < rule.split.size(); ++i) {
      if (!among[i]) continue;
      last = i;
      if (at < rule.split[i].weight) break;
      at -= rule.split[i].weight;
    }
    return last;
  }

  const Registry& registry_;
  const RouteQuery& query_;
  const TargetView& view_;
  RoutePlan& plan_;
  RouteTarget held_back_target_;
  bool held_back_ = false;
};

}  // namespace

std::string_view to_text(Unfit unfit) noexcept {
  switch (unfit) {
    case Unfit::no: return "";
    case Unfit::no_base: return "no_base_url";
    case Unfit::other_path: return "no_such_path";
    case Unfit::no_rewrite: return "model_not_replaceable";
    case Unfit::no_credential: return "no_credential";
    case Unfit::unhealthy: return "open";
    case Unfit::full: return "full";
  }
  return "";
}

Unfit fitness(const Registry& registry, const RouteQuery& query, const TargetView& view, const CompiledTarget& target) noexcept {
  const ProviderIndex at = target.provider.value_or(query.provider);
  const bool crosses = at != query.provider;
  if (crosses) {
    const config::Provider& provider = registry.providers[at];
    const bool own = std::find(query.own_bases.begin(), query.own_bases.end(), at) != query.own_bases.end();
    if (provider.base.host.empty() && !own) return Unfit::no_base;
    if (query.must_stay || query.endpoint == nullptr || !can_serve(provider, *query.endpoint)) return Unfit::other_path;
  }
  const bool rewrites = !target.model.empty() && target.model != query.model;
  if (rewrites && (!query.can_rewrite || query.model.empty())) return Unfit::no_rewrite;
  return crosses && !view.has_credential(at) ? Unfit::no_credential : Unfit::no;
}

std::uint64_t dice_of(const Uuid& id) noexcept {
  std::uint64_t dice = 0;  // a UUIDv7 is random from its ninth byte on
  std::memcpy(&dice, id.bytes.data() + 8, sizeof dice);
  return dice * 0x9e3779b97f4a7c15ULL;
}

RoutePlan route(const config::CompiledRules& rules, const Registry& registry, const RouteQuery& query, const TargetView& view,
                std::uint64_t dice) noexcept {
  RoutePlan plan;
  const LowerModel model{query.model};
  const config::RuleHit hit = rules.find({query.feature, query.task, registry.providers[query.provider].name, model.view()});
  plan.rule = hit.rule;
  plan.shadow = hit.shadow;
  Planner planner{registry, query, view, plan};
  if (hit.rule)
    planner.follow(*hit.rule, dice);
  else
    planner.as_asked(false);
  return plan;
}

}  // namespace lectr::policy
