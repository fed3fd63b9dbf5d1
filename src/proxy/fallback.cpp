// What comes of a target, and whether the next one is asked: only where nothing has reached the client and the request can be sent again whole.
#include <algorithm>
#include <charconv>

#include "lectr/base/clock.hpp"
#include "lectr/policy/why.hpp"
#include "routing.hpp"
#include "session.hpp"
#include "worker.hpp"

namespace lectr::proxy {
namespace {

constexpr std::size_t kSwallowed = 64 * 1024;   // of an error's body: enough to tell what it is
constexpr std::int64_t kSwallowUs = 1'000'000;  // and so long it is waited for

constexpr Error kNext{Code::provider_bad_response, Fault::provider, Again::next_target, ""};

// Classes of PROVIDERS.md §1.3, as far as the status alone tells. A wrong request is wrong everywhere.
bool may_switch(unsigned status, bool own_credential) noexcept {
  if (status == 401 || status == 403) return !own_credential;
  return status == 402 || status == 408 || status == 429 || status == 498 || status >= 500;
}

policy::Outcome outcome_of(ErrorCategory category, bool own_credential) noexcept {
  switch (category) {
    case ErrorCategory::rate: return policy::Outcome::rate;
    case ErrorCategory::money: return policy::Outcome::account;
    case ErrorCategory::auth: return own_credential ? policy::Outcome::good : policy::Outcome::account;
    case ErrorCategory::capacity:
    case ErrorCategory::timeout:
    case ErrorCategory::network:
    case ErrorCategory::protocol: return policy::Outcome::bad;
    case ErrorCategory::client_gone:
    case ErrorCategory::refused:
    case ErrorCategory::internal: return policy::Outcome::neutral;
    case ErrorCategory::none:
    case ErrorCategory::request:
    case ErrorCategory::safety: return policy::Outcome::good;  // the target works
  }
  return policy::Outcome::neutral;
}

std::string_view word_for(Code code) noexcept {
  switch (code) {
    case Code::provider_unreachable: return "unreachable";
    case Code::provider_timeout: return "timeout";
    case Code::provider_bad_response: return "broken_off";
    case Code::client_gone: return "client_gone";
    default: return "refused";
  }
}

}  // namespace

void Session::say_outcome(std::string_view word) {
  Exchange& x = *x_;
  Routing& r = *x.routing;
  const policy::RouteTarget& t = r.plan.targets[r.at];
  policy::why_target(x.event.why, x.event.provider, t.model.empty() ? std::string_view{x.event.model_requested} : t.model, word,
                     (mono_us() - r.began_us) / 1000);
}

void Session::tell_breakers(ErrorCategory category) {
  Routing& r = *x_->routing;
  landed();
  if (std::exchange(r.noted, true)) return;
  if (x_->metered && r.wait_us == 0) r.wait_us = std::clamp<std::int64_t>(x_->meter.seen().retry_after_ms, 0, wire::kMaxWaitMs) * 1000;
  const policy::Outcome outcome = outcome_of(category, r.own_credential);
  const std::int64_t now = worker_.poller.now_us();
  const bool account = outcome == policy::Outcome::account;
  if (account && r.credential_slot == nullptr && r.credential != 0)
    r.credential_slot = worker_.counters.health.find_or_add({x_->org->id, x_->provider->name, {}, r.credential});
  const policy::Outcome target = account ? policy::Outcome::neutral : outcome;
  const policy::Outcome credential = account || outcome == policy::Outcome::good ? outcome : policy::Outcome::neutral;
  if (std::exchange(r.tried, false)) {
    TargetHealth::count_attempt(r.slot, target);
    TargetHealth::count_attempt(r.credential_slot, credential);
  }
  TargetHealth::settle(r.slot, target, r.wait_us, now);
  TargetHealth::settle(r.credential_slot, credential, 0, now);
}

// The provider has counted the request, or never will.
void Session::landed() noexcept {
  Routing& r = *x_->routing;
  if (std::exchange(r.under_way, false)) TargetHealth::under_way(r.slot, r.tokens, -1);
}

// What the answer's head tells of the provider's own limits.
void Session::learn_quota(std::string_view bytes, const net::ResponseHead& head) noexcept {
  Routing& r = *x_->routing;
  landed();
  if (!TargetHealth::learns(r.slot) && head.status < 400) return;
  wire::RateHeaders told;
  const std::int64_t unix = worker_.poller.now_unix_us();
  for (const net::Field& f : head.fields)
    if (f.id == net::FieldId::other || f.id == net::FieldId::retry_after) told.take(head.name(bytes, f), head.value(bytes, f), unix);
  worker_.counters.health.learn(r.slot, told, r.tokens, mono_us());
  if (told.wait_ms > 0) r.wait_us = told.wait_ms * 1000;
}

// Takes the next target of the plan that may be asked now. Nothing is taken when there is none.
bool Session::reserve_next() {
  Exchange& x = *x_;
  Routing& r = *x.routing;
  const std::int64_t now = mono_us();
  const std::int64_t patience_ends = x.patience_us > 0 ? x.began_us + x.patience_us : INT64_MAX;
  if (now >= std::min(x.hard_stop_us, patience_ends) || worker_.cutting()) return false;
  TargetHealth& health = worker_.counters.health;
  const auto& providers = x.pin->snapshot->registry->providers;
  for (std::size_t i = r.at + 1; i < r.plan.targets.size(); ++i) {
    const policy::RouteTarget& t = r.plan.targets[i];
    TargetHealth::Slot* const slot = health.find({x.org->id, providers[t.provider].name, t.named, 0});
    const bool open = !TargetHealth::admits(slot, now);
    if (open || !health.has_room(slot, r.tokens, now)) {
      policy::why_target(x.event.why, providers[t.provider].name, t.model, to_text(open ? policy::Unfit::unhealthy : policy::Unfit::full));
      continue;
    }
    if (!health.take_retry(x.org->id, now)) {
      policy::why_section(x.event.why, 'n', "retry_budget");
      return false;
    }
    r.next = i;
    return true;
  }
  return false;
}

// The provider's answer is an error that another target may not have: it is kept from the client, and read for its class.
bool Session::passes_over(std::string_view bytes, const net::ResponseHead& head) {
  Exchange& x = *x_;
  Routing& r = *x.routing;
  learn_quota(bytes, head);
  if (!may_switch(head.status, r.own_credential) || !r.more()) return false;
  if (!x.held || !x.request_in() || x.interim > 0) return false;
  char status[8];
  say_outcome({status, static_cast<std::size_t>(std::to_chars(status, status + sizeof status, head.status).ptr - status)});
  r.said = true;
  if (!reserve_next()) return false;
  r.swallowing = true;
  r.swallowed = 0;
  r.swallow_until_us = mono_us() + kSwallowUs;
  return true;
}

Result<void> Session::swallow(std::string_view bytes) {
  Exchange& x = *x_;
  Routing& r = *x.routing;
  worker_.pieces.clear();
  const std::size_t body = x.down_body.feed(bytes, &worker_.pieces);
  if (body < bytes.size()) x.upstream_keep = false;
  for (const std::string_view piece : worker_.pieces) meter(piece);
  r.swallowed += body;
  const auto state = x.down_body.state();
  if (state == net::BodyScan::State::more && r.swallowed < kSwallowed && !x.upstream_eof) return {};
  if (state != net::BodyScan::State::done) x.upstream_keep = false;
  return kNext;
}

bool Session::swallowing() const noexcept { return x_->routing && x_->routing->swallowing; }

// `at`: as without a rule.
std::int64_t Session::routed_deadline(std::int64_t at) const noexcept {
  const Exchange& x = *x_;
  const Routing& r = *x.routing;
  if (r.swallowing) return std::min(at, r.swallow_until_us);
  if (x.head_done || !x.request_sent()) return at;
  const std::int64_t first_byte = std::chrono::microseconds{r.plan.first_byte_timeout}.count();
  if (first_byte > 0) at = std::min(at, x.sent_us + first_byte);
  return x.patience_us > 0 ? std::min(at, x.began_us + x.patience_us) : at;  // of all targets together
}

// After a target failed: true when the exchange is aimed at another one.
bool Session::turn_to_next(const Error& error) {
  Exchange& x = *x_;
  Routing& r = *x.routing;
  if (r.swallowing) {
    if (x.metered) x.meter.finish();
    tell_breakers(provider_error_category(x));
  } else {
    say_outcome(word_for(error.code));
    tell_breakers(error.fault != Fault::provider ? ErrorCategory::refused : ErrorCategory::network);
    if (error.again != Again::next_target || !x.held || x.interim > 0 || !reserve_next()) return r.said = true, false;
  }
  forget_response();
  while (r.next) {
    const std::size_t at = *std::exchange(r.next, std::nullopt);
    const auto aimed = aim_at(at);
    if (aimed && enter_target()) return true;
    policy::why_target(x.event.why, x.event.provider, r.plan.targets[at].model, aimed ? "open" : "no_credential");
    r.noted = true;
    if (!reserve_next() && aimed) return true;  // its probe was lost to another request just now, and there is nothing else
  }
  return r.said = true, false;
}

void Session::forget_response() {
  Exchange& x = *x_;
  Routing& r = *x.routing;
  if (x.upstream) {
    const bool clean = r.swallowing && x.upstream_keep && !x.upstream_eof && !x.up_broken && !worker_.draining();
    if (clean)
      worker_.upstreams.give_back(*x.target, std::move(x.upstream), worker_.poller.now_us());
    else
      x.upstream->close();
    x.upstream.reset();
  }
  r.swallowing = r.said = false;
  if (x.metered) worker_.recycle(std::move(x.meter));
  x.metered = x.head_done = x.upstream_eof = x.upstream_keep = x.any_response_byte = x.dechunk = x.up_broken = false;
  x.decoder.reset();
  x.early.clear();
  x.event.status = 0;
  x.event.ttfb_us = -1;
  x.event.streaming = false;
  x.event.provider_request_id.clear();
}

// The last target's part of the row, once it is known how the exchange ended.
void Session::settle_route() {
  Exchange& x = *x_;
  if (!x.routing) return;
  if (x.ending == Ending::refused) x.event.model_actual.clear();            // nobody answered
  if (x.event.attempts == 0) return tell_breakers(ErrorCategory::refused);  // a limit came before: gives back a probe that was taken
  Routing& r = *x.routing;
  if (!std::exchange(r.said, true)) {
    char status[8];
    const std::string_view number{status, static_cast<std::size_t>(std::to_chars(status, status + sizeof status, x.event.status).ptr - status)};
    say_outcome(x.ending == Ending::client_gone    ? "client_gone"
                : x.ending == Ending::provider_cut ? "cut"
                : x.ending == Ending::stalled      ? "stalled"
                                                   : number);
  }
  tell_breakers(x.ending == Ending::cut_by_us ? ErrorCategory::refused : x.event.error_category);
}

}  // namespace lectr::proxy
