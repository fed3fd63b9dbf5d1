// An org's rules on the request path: the plan, and a request's head and body as a target of the plan gets them.
#include "routing.hpp"

#include "lectr/base/clock.hpp"
#include "lectr/base/hash.hpp"
#include "lectr/base/text.hpp"
#include "lectr/policy/why.hpp"
#include "outgoing.hpp"
#include "session.hpp"
#include "worker.hpp"

namespace lectr::proxy {
namespace {

using config::ProviderIndex;

std::int64_t us(std::chrono::milliseconds d) noexcept { return std::chrono::microseconds{d}.count(); }

std::string_view provider_name(const Exchange& x, ProviderIndex at) noexcept { return x.pin->snapshot->registry->providers[at].name; }

// Tells the circuits of an org's credentials apart; stays in memory and is shown nowhere. Never 0.
std::uint64_t credential_hash(std::string_view credential) noexcept { return hash_text(credential) | 1; }

// `known`: found a moment ago, so that a provider's credential is looked up once.
FoundHealth find_health(const Exchange& x, const Credentials& who, TargetHealth& health, ProviderIndex at, std::string_view model,
                        const FoundHealths& known) noexcept {
  const std::string_view provider = provider_name(x, at);
  FoundHealth out{at, model, 0, health.find({x.org->id, provider, model, 0}), nullptr};
  const auto same = std::find_if(known.begin(), known.end(), [&](const FoundHealth& f) { return f.provider == at; });
  if (same != known.end()) {
    out.credential = same->credential;
    out.credential_slot = same->credential_slot;
  } else if (const std::string_view credential = credential_for(x, who, provider); !credential.empty()) {
    out.credential = credential_hash(credential);
    out.credential_slot = health.find({x.org->id, provider, {}, out.credential});
  }
  return out;
}

// What a decision needs to know of this request and of the targets' health.
class RequestView final : public policy::TargetView {
 public:
  RequestView(const Exchange& x, const Credentials& who, ProviderIndex detected, TargetHealth& health, std::int64_t tokens,
              std::int64_t now_us) noexcept
      : x_{x}, who_{who}, detected_{detected}, health_{health}, tokens_{tokens}, now_{now_us} {}
  policy::Unfit state(ProviderIndex at, std::string_view model) const noexcept override {
    using policy::Unfit;
    const FoundHealth found = find_health(x_, at == detected_ ? who_ : Credentials{}, health_, at, model, found_);
    if (found_.size() < found_.capacity()) found_.push_back(found);
    if (!TargetHealth::admits(found.slot, now_) || !TargetHealth::admits(found.credential_slot, now_)) return Unfit::unhealthy;
    return health_.has_room(found.slot, tokens_, now_) ? Unfit::no : Unfit::full;
  }
  const FoundHealths& found() const noexcept { return found_; }
  bool has_credential(ProviderIndex at) const noexcept override {
    const config::Provider& provider = x_.pin->snapshot->registry->providers[at];
    return !needs_key(provider) || !credential_for(x_, at == detected_ ? who_ : Credentials{}, provider.name).empty();
  }
  std::string_view sticky(std::string_view name) const noexcept override {
    const std::string_view bytes = x_.request.view();
    for (const net::Field& f : x_.head.fields)
      if (f.name_size == name.size() && iequals(x_.head.name(bytes, f), name)) return x_.head.value(bytes, f);
    return {};
  }

 private:
  const Exchange& x_;
  const Credentials& who_;
  ProviderIndex detected_;
  TargetHealth& health_;
  std::int64_t tokens_, now_;
  mutable FoundHealths found_;
};

void say_why(Event& e, const config::Registry& registry, const policy::RoutePlan& plan, ProviderIndex asked) {
  if (plan.rule) policy::why_section(e.why, 'r', plan.rule->name);
  const auto crosses = [&](const policy::RouteTarget& t) { return t.provider != asked; };
  if (std::any_of(plan.targets.begin(), plan.targets.end(), crosses)) policy::why_section(e.why, 'p', registry.providers[asked].name);
  if (plan.switched) policy::why_section(e.why, 'w', "latency_target");
  if (plan.shadow) policy::why_section(e.why, 's', plan.shadow->name);
  if (!plan.rule_works) policy::why_section(e.why, 'n', plan.skipped.empty() ? "no_target" : to_text(plan.skipped.front().unfit));
  for (const policy::SkippedTarget& skipped : plan.skipped)
    policy::why_target(e.why, registry.providers[skipped.provider].name, skipped.model.empty() ? std::string_view{e.model_requested} : skipped.model,
                       to_text(skipped.unfit));
}

}  // namespace

void RoutingDelete::operator()(Routing* routing) const noexcept {
  if (routing->under_way) TargetHealth::under_way(routing->slot, routing->tokens, -1);
  delete routing;
}

// True: the exchange has a plan, by a rule, or as asked where a budget may want a cheaper model in its place. Nothing is allocated otherwise, but the
// name of a rule in shadow.
bool Session::follow_rules(const policy::DetectQuery& asked, ProviderIndex detected, const Credentials& who, const wire::Peeked& seen) {
  Exchange& x = *x_;
  const config::Registry& registry = *x.pin->snapshot->registry;
  policy::RouteQuery query;
  query.feature = x.event.feature;
  query.task = x.event.task;
  query.provider = detected;
  query.model = asked.model;
  query.endpoint = &x.endpoint;
  query.must_stay = x.wants_upgrade;
  query.own_bases = x.org->own_bases;
  const ModelPlace place = find_model(x, seen);
  query.can_rewrite = static_cast<bool>(place);
  const std::int64_t tokens = x.prompt_tokens + std::max<std::int64_t>(x.max_output, 0);
  const RequestView view{x, who, detected, worker_.counters.health, tokens, worker_.poller.now_us()};
  static const config::CompiledRules kNone;
  const policy::RoutePlan plan = policy::route(x.org->rules ? *x.org->rules : kNone, registry, query, view, policy::dice_of(x.event.id));
  if (plan.rule || plan.shadow) say_why(x.event, registry, plan, detected);
  if (!plan.rule && !(x.org->downgrades && place)) return false;
  if (!plan.rule_works) {
    add_note(x.event, "rule_not_applied");
    return false;
  }
  if (plan.rule) x.event.rule = plan.rule->name;
  x.routing.reset(new Routing{});
  Routing& r = *x.routing;
  r.plan = plan;
  r.tokens = std::max<std::int64_t>(tokens, 1);
  r.detected = detected;
  r.who = who;
  r.place = place;
  r.found = view.found();
  if (us(plan.total_timeout) > 0) x.hard_stop_us = std::min(x.hard_stop_us, x.began_us + us(plan.total_timeout));
  if (r.more()) worker_.counters.health.count_request(x.org->id, worker_.poller.now_us());
  return true;
}

// A budget lets only this model go ("model", or "provider/model"): it becomes the only target. False: the request can't be sent so, and is to be refused.
bool Session::aim_lower(std::string_view to) {
  Exchange& x = *x_;
  if (!x.routing || !x.routing->place) return false;
  Routing& r = *x.routing;
  const config::Registry& registry = *x.pin->snapshot->registry;
  ProviderIndex at = r.plan.targets[r.at].provider;
  const auto named = registry.by_name.find(to.substr(0, to.find('/')));
  if (named != registry.by_name.end() && to.find('/') != to.npos) {
    at = named->second;
    to.remove_prefix(to.find('/') + 1);
  }
  if (at != r.detected) {
    const config::Provider& provider = registry.providers[at];
    const bool reachable = !provider.base.host.empty() || std::find(x.org->own_bases.begin(), x.org->own_bases.end(), at) != x.org->own_bases.end();
    if (x.wants_upgrade || !reachable || !policy::can_serve(provider, x.endpoint)) return false;
    if (needs_key(provider) && credential_for(x, Credentials{}, provider.name).empty()) return false;
  }
  tell_breakers(ErrorCategory::refused);  // gives back the probe of the target that is left
  r.lower_model = to;
  r.plan.targets.clear();
  r.plan.targets.push_back({at, r.lower_model, r.lower_model, 1000, false, false});
  return aim_at_first().has_value();
}

// The first target that can be had. What the plan found healthy may just have lost its one probe to somebody else.
Result<void> Session::aim_at_first() {
  Routing& r = *x_->routing;
  for (std::size_t i = 0;; ++i) {
    const auto aimed = aim_at(i);
    const bool entered = aimed && enter_target();
    if (entered || !r.more()) {
      r.found.clear();
      r.noted = !aimed;
      return aimed;
    }
    const policy::RouteTarget& t = r.plan.targets[i];
    policy::why_target(x_->event.why, provider_name(*x_, t.provider), t.model, aimed ? "open" : "no_credential");
  }
}

// Takes the target's probe and its credential's, or neither.
bool Session::enter_target() {
  Routing& r = *x_->routing;
  const std::int64_t now = worker_.poller.now_us();
  if (!TargetHealth::enter(r.slot, now)) return false;
  if (TargetHealth::enter(r.credential_slot, now)) {
    TargetHealth::under_way(r.slot, r.tokens, 1);
    r.under_way = true;
    return true;
  }
  TargetHealth::settle(r.slot, policy::Outcome::neutral, 0, now);
  return false;
}

// Makes `at` the target of the exchange: its head, and the body as it gets it.
Result<void> Session::aim_at(std::size_t at) {
  Exchange& x = *x_;
  Routing& r = *x.routing;
  const policy::RouteTarget& t = r.plan.targets[at];
  const bool crosses = t.provider != r.detected;
  r.at = at;
  r.began_us = worker_.poller.now_us();
  r.wait_us = 0;
  OutgoingAuth out;
  r.target.clear();
  change_request(provider_at(x, t.provider), t.model, out);
  if (crosses) r.target = portable_target(x.head.target(x.request.view()));
  out.target = r.target;
  x.event.model_actual = t.model;
  const Credentials who = crosses ? Credentials{r.who.org_key, {}, policy::CredentialHeader::none} : r.who;
  const auto written = aim(t.provider, who, out);
  if (!written) return written;
  TargetHealth& health = worker_.counters.health;
  const auto known = std::find_if(r.found.begin(), r.found.end(),
                                  [&](const FoundHealth& f) { return f.provider == t.provider && f.model.data() == t.named.data(); });
  const FoundHealth found = known != r.found.end() ? *known : find_health(x, who, health, t.provider, t.named, {});
  r.own_credential = !who.provider_key.empty();
  r.credential = found.credential;
  r.slot = found.slot ? found.slot : health.find_or_add({x.org->id, x.provider->name, t.named, 0});
  r.credential_slot = found.credential_slot;
  r.noted = false;
  return {};
}

// The request as this provider gets it: another model's name, where a rule says so (`model` is empty otherwise), and a question for the stream's usage.
void Session::change_request(const config::Provider& provider, std::string_view model, OutgoingAuth& out) {
  using In = ModelPlace::In;
  Exchange& x = *x_;
  x.spliced = false;
  const In in = model.empty() ? In::nowhere : x.routing->place.in;
  if (in == In::target) {
    const std::string_view target = x.head.target(x.request.view());
    const ModelPlace& place = x.routing->place;
    x.routing->target.append(target.substr(0, place.begin)).append(path_segment(model)).append(target.substr(place.end));
  }
  const bool renames = in != In::nowhere && in != In::target,
             asks = x.may_ask_usage && provider.usage_when_asked && !worker_.refused_usage.has(provider);
  if (x.usage) x.usage->asked = x.usage->takes_out = false;
  if (!renames && !asks) return;
  const bool chunked = x.head.framing == net::Framing::chunked;
  if (asks && !x.usage) x.usage = std::make_unique<AskedUsage>();
  std::string_view body = x.held_body();
  if (chunked) {
    std::string& payload = x.routing ? x.routing->payload : x.usage->payload;
    if (payload.empty()) payload = unchunked(body);
    body = payload;
  }
  boost::container::static_vector<wire::Edit, 2> edits;
  if (renames) {
    x.routing->name = is_form(x) ? std::string{model} : json_string(model);
    edits.push_back({x.routing->place.begin, x.routing->place.end, x.routing->name});
  }
  if (const auto ask = asks ? wire::ask_for_usage(body, x.has_stream_options) : std::nullopt) {
    edits.insert(!edits.empty() && edits[0].begin < ask->begin ? edits.end() : edits.begin(), *ask);
    x.usage->asked = out.uncoded = true;
    x.usage->judged = x.usage->refused = false;
    x.usage->filter = {};
  }
  if (edits.empty()) return;
  x.spliced = true;
  x.spliced_body = splice(body, edits);
  out.length = static_cast<std::int64_t>(chunked ? body.size() : x.head.length);
  for (const wire::Edit& edit : edits) out.length += static_cast<std::int64_t>(edit.text.size()) - static_cast<std::int64_t>(edit.end - edit.begin);
}

}  // namespace lectr::proxy
