// An org's limits where others count, too: requests take from leases; who finds too little waits for one message, or for a moment at most; then the
// instance decides by its share. One message is under way at a time, with the need of one request and whatever else is due.
#include <algorithm>

#include "limits/org_limits.hpp"

namespace lectr::limits {
namespace {

constexpr auto kPatience = std::chrono::milliseconds{25};
constexpr std::size_t kMostWaiting = 1024, kMostItems = 64;
constexpr std::size_t kLookedAt = 256;  // of those with something to tell, while the lock is held

constexpr auto kRelaxed = std::memory_order_relaxed;

// Of one writer at a time: who holds the lock.
template <class T, class By>
void add(std::atomic<T>& to, By n) noexcept {
  to.store(to.load(kRelaxed) + static_cast<T>(n), kRelaxed);
}

}  // namespace

OrgLimits::Decided::~Decided() {
  const Waiters told = std::move(org_.decided_);
  org_.decided_.clear();
  hold_.unlock();
  for (const auto& waiter : told) waiter->pending->tell();
}

void OrgLimits::enlist(const Asks& asks) {
  for (const Ask& ask : asks)
    if (!std::exchange(ask.scope->live, true)) live_.push_back(ask.scope);
}

bool OrgLimits::take_leased(const Asks& asks, std::int64_t now_us) {
  for (const Ask& ask : asks)
    if (!ask.scope->account.can_take(ask.units, now_us)) return false;
  for (const Ask& ask : asks) {
    ask.scope->account.take(ask.units, now_us);
    ask.scope->account.vary(ask.variance);
  }
  return true;
}

bool OrgLimits::denied(const Asks& asks, std::int64_t now_us) const noexcept {
  return std::any_of(asks.begin(), asks.end(), [&](const Ask& ask) { return ask.scope->account.denies(ask.units, now_us); });
}

bool OrgLimits::force_share(const Asks& asks, std::int64_t now_us) {
  bool fits = true;
  for (const Ask& ask : asks) fits = ask.scope->account.fits_share(ask.units, authority_->instances(), now_us) && fits;
  if (!fits) return false;
  for (const Ask& ask : asks) {
    ask.scope->account.force(ask.units, now_us);
    ask.scope->account.vary(ask.variance);
  }
  return true;
}

// A shadow must cost nobody any time, so it goes by what is known.
void OrgLimits::take_shadow(Asks& asks, const Query& query) {
  std::erase_if(asks, [&](const Ask& ask) {
    Account& account = ask.scope->account;
    if (shadow_stops(ask, query)) return account.look(), true;
    const std::int64_t more_margin = account.margin(ask.variance) - account.margin();
    if ((account.heard() ? account.rest() : account.limit()) - more_margin < ask.units) {
      note_shadowed(ask, ask.budget ? Shadowed::As::blocked : Shadowed::As::limited, query);
      return account.look(), true;
    }
    account.force(ask.units, query.now_us);
    account.vary(ask.variance);
    return false;
  });
}

// From what is known of each account, in the form of an answer.
Refusal OrgLimits::shared_refusal(const Asks& asks, std::int64_t now_us) {
  call_.items.assign(asks.size(), {});
  reply_.answers.assign(asks.size(), {});
  const bool counted = denied(asks, now_us);
  for (std::size_t i = 0; i < asks.size(); ++i) {
    Account& account = asks[i].scope->account;
    Answer& answer = reply_.answers[i];
    call_.items[i].need = asks[i].units;
    answer.firm = account.settled();
    answer.frees_in_ms = account.frees_us(now_us) / 1000;
    answer.rest = account.heard() ? account.rest() : account.limit();
    if (asks[i].budget && asks[i].fund->spent()) {
      answer.rest = std::min(answer.rest, asks[i].units - 1);
      continue;  // whatever its share might have been
    }
    if (counted || account.can_take(asks[i].units, now_us)) continue;
    const bool fits = account.fits_share(asks[i].units, authority_->instances(), now_us);
    answer.rest = fits ? std::max(answer.rest, asks[i].units) : std::min(answer.rest, asks[i].units - 1);
  }
  return refusal(asks, now_us);
}

// Who is refused by what was known does not wait for what is asked next; the next one may be luckier.
void OrgLimits::ask_again(const Asks& asks, std::int64_t now_us) {
  if (under_way_) return;
  for (const Ask& ask : asks)
    if (ask.scope->account.due(now_us)) list(ask.scope);
  if (!due_.empty()) pump(now_us);
}

void OrgLimits::list(const std::shared_ptr<Scope>& scope) {
  if (!std::exchange(scope->listed, true)) due_.push_back(scope);
}

std::optional<Refusal> OrgLimits::check_shared(const Query& query) {
  const Decided locked{*this};
  compile(*query.org);
  gather(query, enforced_, shadow_);
  std::erase_if(enforced_, [&](const Ask& ask) { return ask.budget ? !ask.fund->spent() : !ask.scope->account.denies(1, query.now_us); });
  if (enforced_.empty()) return std::nullopt;
  for (Ask& ask : enforced_) {
    if (ask.budget) {
      ask.scope->account.look();
      continue;
    }
    ask.units = 1;
    ask.scope->account.demand(1, query.now_us);
  }
  enlist(enforced_);
  add(waits_.asked, 1);
  Refusal out = shared_refusal(enforced_, query.now_us);
  ask_again(enforced_, query.now_us);
  return out;
}

std::optional<Refusal> OrgLimits::admit_shared(const Query& query, Permit& permit, bool* must_wait) {
  const Decided locked{*this};
  compile(*query.org);
  gather(query, enforced_, shadow_);
  note_holds(enforced_, query.downgraded);
  if (auto lower_first = downgrade(query, enforced_)) return lower_first;
  enlist(enforced_);
  enlist(shadow_);
  add(waits_.asked, 1);
  const bool leased = take_leased(enforced_, query.now_us);
  if (!leased && denied(enforced_, query.now_us)) {
    for (const Ask& ask : enforced_) ask.scope->account.demand(ask.units, query.now_us);
    Refusal out = shared_refusal(enforced_, query.now_us);
    ask_again(enforced_, query.now_us);
    return out;
  }
  if (!leased && must_wait && authority_->state() == Authority::State::ok && queue_.size() < kMostWaiting) {
    *must_wait = true;
    return std::nullopt;
  }
  if (!leased && !force_share(enforced_, query.now_us)) return shared_refusal(enforced_, query.now_us);
  take_shadow(shadow_, query);
  for (const Ask& ask : enforced_)
    if (!under_way_ && ask.scope->account.low(query.now_us)) list(ask.scope);
  permit.held_ = hold(query, enforced_, shadow_);
  if (!under_way_ && !due_.empty()) pump(query.now_us);
  return std::nullopt;
}

void OrgLimits::wait(const Query& query, std::shared_ptr<Pending> pending) {
  const auto waiter = std::make_shared<Waiter>();
  waiter->query = query;
  waiter->feature = query.feature;
  waiter->model = query.model;
  waiter->paid = query.paid;
  waiter->query.feature = waiter->feature;
  waiter->query.model = waiter->model;
  waiter->query.paid = waiter->paid;
  waiter->query.all_shadowed = nullptr;
  waiter->pending = std::move(pending);
  waiter->since_us = query.now_us;
  {
    const Decided locked{*this};
    compile(*query.org);
    gather(query, waiter->enforced, waiter->shadow);
    waiter->control = control_;
    waiter->query.org = nullptr;
    queue_.push_back(waiter);
    pump(query.now_us);
    if (waiter->decided) return;
  }
  authority_->later(kPatience, [self = weak_from_this(), waiter] {
    if (const auto org = self.lock()) org->expire(waiter);
  });
}

// While it waited its scopes had nothing to tell yet, and a tick may have let go of them.
void OrgLimits::grant(Waiter& waiter, std::int64_t now_us) {
  enlist(waiter.enforced);
  enlist(waiter.shadow);
  waiter.query.now_us = now_us;
  take_shadow(waiter.shadow, waiter.query);
  waiter.pending->permit.held_ = hold(waiter.query, waiter.enforced, waiter.shadow);
  note_wait(waiter, now_us);
}

void OrgLimits::refuse(Waiter& waiter, std::int64_t now_us) {
  enlist(waiter.enforced);
  waiter.pending->refusal = shared_refusal(waiter.enforced, now_us);
  note_wait(waiter, now_us);
}

// Who is decided in the moment in which it was going to wait has not waited.
void OrgLimits::note_wait(Waiter& waiter, std::int64_t now_us) noexcept {
  waiter.decided = true;
  const std::int64_t waited_us = now_us - waiter.since_us;
  if (waited_us <= 0) return;
  add(waits_.waited, 1);
  add(waits_.sum_us, waited_us);
  if (waited_us > waits_.most_us.load(kRelaxed)) waits_.most_us.store(waited_us, kRelaxed);
}

void OrgLimits::add_waits(Waits& sum) const noexcept {
  sum.asked += waits_.asked.load(kRelaxed);
  sum.waited += waits_.waited.load(kRelaxed);
  sum.sum_us += waits_.sum_us.load(kRelaxed);
  sum.most_us = std::max(sum.most_us, waits_.most_us.load(kRelaxed));
}

void OrgLimits::decide_alone(Waiter& waiter, std::int64_t now_us) {
  if (take_leased(waiter.enforced, now_us) || force_share(waiter.enforced, now_us))
    grant(waiter, now_us);
  else
    refuse(waiter, now_us);
}

// In the order in which they came, as far as it goes without a message.
void OrgLimits::decide_waiting(std::int64_t now_us) {
  while (!queue_.empty()) {
    const auto waiter = queue_.front();
    if (!waiter->decided) {
      if (take_leased(waiter->enforced, now_us)) {
        grant(*waiter, now_us);
      } else if (denied(waiter->enforced, now_us)) {
        for (const Ask& ask : waiter->enforced) ask.scope->account.demand(ask.units, now_us);
        refuse(*waiter, now_us);
      } else if (authority_->state() == Authority::State::away) {
        decide_alone(*waiter, now_us);
      } else {
        return;
      }
    }
    decided_.push_back(waiter);  // also who was told before: it ends outside of the lock
    queue_.pop_front();
  }
}

void OrgLimits::add_item(const std::shared_ptr<Scope>& scope, std::int64_t need, std::int64_t now_us) {
  Item& item = call_.items.emplace_back();
  scope->account.message(item, need, now_us);
  // Of what was left before a loss an even part, and no more: the others may have used theirs.
  item.own_use = std::max(item.own_use, scope->account.lost_use(now_us) / authority_->instances());
  in_call_.push_back(scope);
}

void OrgLimits::pump(std::int64_t now_us) {
  if (under_way_) return;
  decide_waiting(now_us);
  if (authority_->state() == Authority::State::away) return;
  call_.items.clear();
  in_call_.clear();
  head_.reset();
  if (!queue_.empty()) {
    head_ = std::move(queue_.front());
    queue_.pop_front();
    for (const Ask& ask : head_->enforced) {
      ask.scope->account.vary(ask.variance);
      add_item(ask.scope, ask.units, now_us);
    }
  }
  for (std::size_t looked = 0; looked < kLookedAt && !due_.empty() && call_.items.size() < kMostItems; ++looked) {
    const auto scope = std::move(due_.front());
    due_.pop_front();
    scope->listed = false;
    if (scope->account.due(now_us)) add_item(scope, 0, now_us);
  }
  if (call_.items.empty()) return;
  call_.inc = authority_->incarnation();
  call_.instances = authority_->instances();
  call_.expected_ms = expected_ms_ = heard_ms_ < 0 ? -1 : heard_ms_ + (now_us - heard_at_us_) / 1000;
  call_.clock_set = clock_set_;
  under_way_ = true;
  authority_->send(org_, call_, [self = weak_from_this()](const Reply* reply) {
    if (const auto org = self.lock()) org->answered(reply);
  });
}

void OrgLimits::let_go_of_head() {
  for (const Ask& ask : head_->enforced) ask.scope->account.vary(-ask.variance);
  head_.reset();
}

// Has waited long enough. What its message gets is for the next ones.
void OrgLimits::expire(const std::shared_ptr<Waiter>& waiter) {
  const Decided locked{*this};
  if (waiter->decided) return;
  if (head_ == waiter) {
    for (const Ask& ask : waiter->enforced) ask.scope->account.abandon();
    let_go_of_head();
  }
  decide_alone(*waiter, boot_us());
  decided_.push_back(waiter);
}

void OrgLimits::answered(const Reply* reply) {
  const Decided locked{*this};
  const std::int64_t now_us = boot_us();
  under_way_ = false;
  if (reply) {
    deliver(*reply, now_us);
  } else {
    for (const auto& scope : in_call_) scope->account.unanswered();
    if (const auto head = head_) {
      let_go_of_head();
      decide_alone(*head, now_us);
      decided_.push_back(head);
    }
  }
  in_call_.clear();
  pump(now_us);
}

void OrgLimits::deliver(const Reply& reply, std::int64_t now_us) {
  clock_set_ = reply.late;
  heard_ms_ = reply.late ? expected_ms_ : reply.now_ms;
  heard_at_us_ = now_us;
  bool granted = reply.ok;
  for (std::size_t i = 0; i < in_call_.size() && i < reply.answers.size(); ++i)
    granted = in_call_[i]->account.deliver(reply.answers[i], reply.ok, now_us) && granted;
  const auto head = head_;
  if (!head) return;
  if (granted) {
    head_.reset();
    grant(*head, now_us);
    decided_.push_back(head);
    return;
  }
  let_go_of_head();
  for (const Ask& ask : head->enforced)
    if (!reply.late && ask.scope->account.rest() < ask.units) ask.scope->account.deny(now_us);
  queue_.push_front(head);  // refused by that, or asks again: the other side had forgotten something
}

// Some of those with something to tell, to the front: whoever has it now is listed, whoever has nothing any more let go. False: those were all.
bool OrgLimits::list_due(std::size_t& left, std::int64_t now_us, bool forgotten) {
  const std::lock_guard hold{lock_};
  left = std::min(left, live_.size());
  for (std::size_t looked = 0; looked < kLookedAt && left > 0; ++looked) {
    auto& scope = live_[--left];
    if (forgotten) scope->account.look();
    if (scope->account.idle(now_us)) {
      scope->live = false;
      scope.swap(live_.back());
      live_.pop_back();
    } else if (scope->account.due(now_us)) {
      list(scope);
    }
  }
  return left > 0;
}

void OrgLimits::tick(std::int64_t now_us, bool forgotten) {
  for (std::size_t left = SIZE_MAX; list_due(left, now_us, forgotten);) lock_.give_way();
  const Decided locked{*this};
  if (!dropped_.empty()) let_go();
  pump(now_us);
}

}  // namespace lectr::limits
