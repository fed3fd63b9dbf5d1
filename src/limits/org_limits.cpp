#include "limits/org_limits.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lectr/base/glob.hpp"
#include "lectr/base/text.hpp"

namespace lectr::limits {
namespace {

constexpr std::int64_t kStepUs = 300'000'000;
constexpr std::int64_t kSlotRetryMs = 1000, kReservedRetryMs = 2000, kMostRetryMs = 60'000;
constexpr std::size_t kMostEvents = 1000;

// The model that a budget names for this one at its cap; empty: none.
std::string_view cheaper(const config::Budget& budget, std::string_view model) {
  for (const auto& [glob, lower_model] : budget.downgrade)
    if (glob_matches(lower(glob), model)) return lower_model;
  return {};
}

}  // namespace

void HourCount::add(std::int64_t now_us) noexcept {
  const std::int64_t step = now_us / kStepUs;
  const auto at = static_cast<std::size_t>(step % 12);
  if (steps_[at] != step) counts_[at] = 0;
  steps_[at] = step;
  ++counts_[at];
}

std::int64_t HourCount::sum(std::int64_t now_us) const noexcept {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i)
    if (now_us / kStepUs - steps_[i] < 12) sum += counts_[i];
  return sum;
}

bool OrgLimits::passes_cap(const Ask& ask) const {
  const Account& account = ask.scope->account;
  std::int64_t used = account.settled() + account.in_use();
  if (authority_ && account.heard()) used = std::max(used, account.limit() - account.rest());  // by everybody
  return used + ask.units > ask.budget->cap->nano;
}

std::optional<Refusal> OrgLimits::downgrade(const Query& query, const Asks& asks) {
  if (query.downgraded) return std::nullopt;
  for (const Ask& ask : asks) {
    if (!ask.budget || ask.budget->at_cap != config::AtCap::downgrade) continue;
    if (!passes_cap(ask)) continue;
    const config::Budget& budget = *ask.budget;
    const Account& account = ask.scope->account;
    Refusal out;
    out.downgrade_to = cheaper(budget, query.paid);
    const bool spent = account.settled() >= budget.cap->nano || account.in_use() == 0;
    out.code = spent ? Code::budget_exceeded : Code::budget_reserved;
    out.name = budget.name;
    out.retry_after_ms = spent ? 0 : kReservedRetryMs;
    out.ends_unix_us = ask.fund->span.to_us;
    if (out.downgrade_to.empty()) ask.scope->refused.add(query.now_us);
    return out;
  }
  return std::nullopt;
}

bool OrgLimits::claim(std::span<const Ask> asks, std::int64_t now_us, bool probe) {
  call_.inc = 1;
  call_.items.resize(asks.size());
  for (std::size_t i = 0; i < asks.size(); ++i) {
    Account& account = asks[i].scope->account;
    if (!probe) account.vary(asks[i].variance);
    account.message(call_.items[i], probe ? 0 : asks[i].units, now_us);
  }
  book_.claim(call_, now_us / 1000, reply_);
  for (std::size_t i = 0; i < asks.size(); ++i) {
    asks[i].scope->account.deliver(reply_.answers[i], reply_.ok, now_us);
    if (!probe && !reply_.ok) asks[i].scope->account.vary(-asks[i].variance);
  }
  return reply_.ok;
}

bool OrgLimits::take(std::span<const Ask> asks, std::int64_t now_us) {
  for (const Ask& ask : asks)
    if (!ask.scope->account.surely_has(ask.units, ask.variance)) return claim(asks, now_us, false);
  for (const Ask& ask : asks) ask.scope->account.take_sure(ask.units, ask.variance, now_us);
  return true;
}

// Of several that stand in the way the one that does so longest is told of; a budget that is spent before all others, since waiting does not help.
Refusal OrgLimits::refusal(const Asks& asks, std::int64_t now_us) {
  Refusal out;
  std::int64_t longest = -1;
  for (std::size_t i = 0; i < asks.size(); ++i) {
    const Ask& ask = asks[i];
    const Answer& answer = reply_.answers[i];
    if (ask.limit && ask.limit->kind != config::LimitKind::streams) {
      auto& meter = ask.limit->kind == config::LimitKind::tokens ? out.tokens : out.requests;
      const std::int64_t rest = std::max<std::int64_t>(answer.rest, 0);
      if (!meter || rest < meter->rest) meter = Meter{ask.limit->limit, rest, std::clamp<std::int64_t>(answer.frees_in_ms, 1, kMostRetryMs)};
    }
    if (!lacks(ask, i)) continue;
    ask.scope->refused.add(now_us);
    Code code = Code::rate_limit_exceeded;
    std::int64_t wait = std::clamp<std::int64_t>(answer.frees_in_ms, 1, kMostRetryMs);
    if (ask.budget) {
      // Nothing in flight stands in the way: nothing will come back.
      const bool alone = !authority_ && ask.scope->account.in_use() == 0;
      const bool spent = ask.fund->spent() || answer.firm + ask.units > ask.scope->account.limit() || alone;
      code = spent ? Code::budget_exceeded : Code::budget_reserved;
      wait = spent ? INT64_MAX : kReservedRetryMs;
      if (spent) alert(*ask.fund, now_us + unix_ahead_us_);
    } else if (ask.limit->kind == config::LimitKind::streams) {
      code = Code::concurrent_streams_exceeded;
      wait = kSlotRetryMs;
    } else if (ask.limit->kind == config::LimitKind::tokens) {
      code = Code::token_limit_exceeded;
    }
    if (wait <= longest) continue;
    longest = wait;
    out.code = code;
    out.name = ask.name();
    out.retry_after_ms = code == Code::budget_exceeded ? 0 : wait;
    out.ends_unix_us = ask.budget ? ask.fund->span.to_us : 0;
  }
  return out;
}

std::optional<Refusal> OrgLimits::check(const Query& query) {
  if (authority_) return check_shared(query);
  const std::lock_guard hold{lock_};
  compile(*query.org);
  gather(query, enforced_, shadow_);
  // What was last known is enough to let a request read on; before one is refused, the book is asked.
  std::erase_if(enforced_, [](const Ask& ask) { return ask.budget ? !ask.fund->spent() : ask.scope->account.rest() >= 1; });
  if (enforced_.empty()) return std::nullopt;
  claim(enforced_, query.now_us, true);
  for (std::size_t i = 0; i < enforced_.size(); ++i)
    if (lacks(enforced_[i], i)) return refusal(enforced_, query.now_us);
  return std::nullopt;
}

bool OrgLimits::lacks(const Ask& ask, std::size_t i) const noexcept {
  const std::int64_t need = call_.items[i].need, rest = reply_.answers[i].rest;
  return need > 0 ? rest < need : ask.budget ? ask.fund->spent() : rest < 1;
}

// What was asked for lately, slowly forgotten; above a cap only what is downgraded counts.
void OrgLimits::note_holds(std::span<const Ask> asks, bool downgraded) {
  for (const Ask& ask : asks)
    if (ask.budget && (downgraded || ask.budget->at_cap != config::AtCap::downgrade)) {
      std::int64_t& smallest = ask.fund->smallest;
      smallest = smallest == 0 ? ask.units : std::min(ask.units, smallest + smallest / 16 + 1);
    }
}

std::optional<Refusal> OrgLimits::admit(const Query& query, Permit& permit, bool* must_wait) {
  if (authority_) return admit_shared(query, permit, must_wait);
  const std::lock_guard locked{lock_};
  compile(*query.org);
  gather(query, enforced_, shadow_);
  note_holds(enforced_, query.downgraded);
  if (auto lower_first = downgrade(query, enforced_)) return lower_first;
  if (!take(enforced_, query.now_us)) return refusal(enforced_, query.now_us);
  count_shadow(query);
  permit.held_ = hold(query, enforced_, shadow_);
  return std::nullopt;
}

// Each as if it alone were in force: what it would have refused it does not book, whatever others would have done.
void OrgLimits::count_shadow(const Query& query) {
  std::erase_if(shadow_, [&](const Ask& ask) {
    if (shadow_stops(ask, query)) return true;
    if (take({&ask, 1}, query.now_us)) return false;
    note_shadowed(ask, ask.budget ? Shadowed::As::blocked : Shadowed::As::limited, query);
    return true;
  });
}

void OrgLimits::note_shadowed(const Ask& ask, Shadowed::As as, const Query& query) {
  (as == Shadowed::As::downgraded ? ask.scope->would_downgrade : ask.scope->would).add(query.now_us);
  if (query.all_shadowed != nullptr) query.all_shadowed->push_back({as, ask.name()});
  if (!shadowed_) shadowed_ = Shadowed{as, ask.name()};
}

bool OrgLimits::shadow_stops(const Ask& ask, const Query& query) {
  if (!ask.budget) return false;
  if (ask.fund->spent()) {  // in force it would have ended at the head
    note_shadowed(ask, Shadowed::As::blocked, query);
    return true;
  }
  note_holds({&ask, 1}, false);
  if (ask.budget->at_cap != config::AtCap::downgrade || !passes_cap(ask)) return false;
  note_shadowed(ask, cheaper(*ask.budget, query.paid).empty() ? Shadowed::As::blocked : Shadowed::As::downgraded, query);
  return true;
}

std::unique_ptr<Permit::Held> OrgLimits::hold(const Query& query, Asks& enforced, Asks& shadow) {
  auto held = std::make_unique<Permit::Held>();
  held->org = shared_from_this();
  held->shadowed = std::exchange(shadowed_, std::nullopt);
  for (Asks* asks : {&enforced, &shadow})
    for (Ask& ask : *asks) {
      if (ask.limit && ask.limit->kind == config::LimitKind::requests) continue;  // whatever becomes of it, it was one
      Take& take = held->takes.emplace_back();
      take.kind = ask.limit ? ask.limit->kind : config::LimitKind::requests;
      take.units = ask.units;
      take.variance = ask.variance;
      if (ask.budget) {
        if (query.downgraded && ask.budget->at_cap == config::AtCap::downgrade) ask.scope->downgraded.add(query.now_us);
        take.fund = std::move(ask.fund);
        take.unpriced = query.cost_nano < 0;
        const std::int64_t unknown = ask.budget->unknown_request_cost ? ask.budget->unknown_request_cost->nano : 0;
        take.untold_nano = take.unpriced ? unknown : ask.units;
      }
      take.scope = std::move(ask.scope);
    }
  held->lengths = {query.feature, query.model};
  held->at_us = query.now_us;
  held->output_ceiling = query.output_ceiling;
  held->output_mean = query.output_mean;
  held->output_nano = query.output_nano;
  return held;
}

// Only upwards: what an answer turns out shorter comes back at its end.
void OrgLimits::progress(Permit::Held& held, std::int64_t output, std::int64_t now_us) {
  const std::lock_guard hold{lock_};
  const double mean = learned_.expected(held.lengths, output, held.output_ceiling).mean;
  const double more = mean - held.output_mean;
  if (more < 1) return;
  held.output_mean = mean;
  for (Take& take : held.takes) {
    const auto grown = static_cast<std::int64_t>(std::ceil(take.fund ? more * held.output_nano : more));
    if (take.fund)
      take.scope->account.grow(grown);
    else if (take.kind == config::LimitKind::tokens)
      take.scope->account.correct(now_us, grown, now_us);
    else
      continue;
    take.units += grown;
  }
}

void OrgLimits::settle(Permit::Held& held, const Outcome& outcome, std::int64_t now_us) {
  const Decided locked{*this};
  bool pressing = false;
  for (Take& take : held.takes) {
    Account& account = take.scope->account;
    if (take.fund) {
      account.vary(-take.variance);
      const std::int64_t cost = outcome.cost_nano >= 0 ? outcome.cost_nano : outcome.reached_provider ? take.untold_nano : 0;
      account.finish(take.units, cost);
      if (take.unpriced && outcome.cost_nano < 0 && outcome.reached_provider && take.fund->scope == take.scope) ++take.fund->unpriced;
      if (authority_ && account.pressing()) list(take.scope), pressing = true;
      if (take.fund->scope == take.scope) alert(*take.fund, now_us + unix_ahead_us_);
    } else if (take.kind == config::LimitKind::streams) {
      account.finish(take.units);
    } else if (take.kind == config::LimitKind::tokens) {
      const std::int64_t real = outcome.tokens >= 0 ? outcome.tokens : outcome.reached_provider ? take.units : 0;
      account.correct(held.at_us, real - take.units, now_us);
    }
  }
  if (outcome.output > 0) learned_.add(held.lengths, outcome.output);
  if (pressing) pump(now_us);
}

void OrgLimits::alert(Fund& fund, std::int64_t now_unix_us, bool quietly) {
  if (!fund.budget || fund.budget->shadow) return;
  const config::Budget& budget = *fund.budget;
  const std::int64_t of = budget.cap ? budget.cap->nano : budget.soft_cap ? budget.soft_cap->nano : 0;
  const std::int64_t settled = fund.scope->account.settled();
  const auto look_at = [&](int percent) {
    const std::int64_t at = of / 100 * percent + of % 100 * percent / 100;
    const bool crossed = settled >= at || (percent == 100 && budget.cap && fund.spent());
    if (of <= 0 || !crossed || !fund.told.insert(percent).second || quietly || events_.size() >= kMostEvents) return;
    events_.push_back({org_, budget.name, fund.span.from_us, now_unix_us, percent, settled, of});
    has_events_.store(true, std::memory_order_relaxed);
  };
  for (const int percent : budget.alert_percent) look_at(percent);
  if (budget.cap) look_at(100);
}

Expected OrgLimits::expected_output(const Query& query, std::int64_t ceiling) const {
  return learned_.expected({query.feature, query.model}, 0, ceiling);
}

void OrgLimits::take_events(std::vector<BudgetEvent>& out) {
  if (!has_events()) return;
  std::vector<BudgetEvent> taken;
  {
    const std::lock_guard hold{lock_};
    taken.swap(events_);
    has_events_.store(false, std::memory_order_relaxed);
  }
  out.insert(out.end(), std::make_move_iterator(taken.begin()), std::make_move_iterator(taken.end()));
}

}  // namespace lectr::limits
