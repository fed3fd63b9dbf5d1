#include "limits/account.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lectr::limits {

namespace {

constexpr std::int64_t kMostShared = 9'000'000'000'000'000;  // numbers of a script are exact up to 2^53
constexpr std::int64_t kDenyUs = 100'000;
constexpr std::int64_t kLostUs = 1'500'000;  // a little longer than nobody gets more than its share then
constexpr std::int64_t kTellUs = 500'000, kSlotUs = 200'000, kPauseUs = 10'000, kIdleUs = 1'000'000;
constexpr double kLowSeconds = 0.05;  // what is used while a renewal is under way, and some

// Beyond the bound one is merged into the last of its sign, on the safe side: used later, come back earlier, and under the newer number, so that it is
// at worst booked twice and never lost.
void add_use(std::vector<Use>& uses, const Use& use) {
  if (use.units == 0) return;
  if (uses.size() >= kMostUses)
    for (auto it = uses.rbegin(); it != uses.rend(); ++it) {
      if ((it->units < 0) != (use.units < 0)) continue;
      it->seq = std::max(it->seq, use.seq);
      it->age_ms = use.units < 0 ? std::max(it->age_ms, use.age_ms) : std::min(it->age_ms, use.age_ms);
      it->units += use.units;
      return;
    }
  uses.push_back(use);
}

}  // namespace

Account::Account(std::string key, Kind kind, std::int64_t window_us) : key_{std::move(key)}, kind_{kind}, window_us_{window_us} {}

void Account::tune(const Tuning& tuning) noexcept {
  tuning_ = tuning;
  ttl_us_ = tuning.ttl_us;
}

void Account::define(std::int64_t limit, std::int64_t version) noexcept {
  sure_ -= std::max<std::int64_t>(limit_ - limit, 0);
  limit_ = limit;
  version_ = version;
}

// Uses of the same moment that are told together lie together, so that a window keeps at most a few hundred entries whatever its traffic.
void Account::note(std::int64_t at_us, std::int64_t units) {
  changed_ = true;
  int looked = 0;
  for (auto it = past_.rbegin(); it != past_.rend() && it->seq == 0 && looked < 16; ++it, ++looked) {
    if ((it->units < 0) != (units < 0) || std::abs(at_us - it->from_us) > width_us() / 4) continue;
    it->at_us = units < 0 ? std::min(it->at_us, at_us) : std::max(it->at_us, at_us);
    it->units += units;
    return;
  }
  past_.push_back({0, at_us, units, at_us});
  ++untold_;
}

void Account::age(std::int64_t now_us) {
  const std::int64_t kept_us = tuning_.replays ? window_us_ + 2 * width_us() : INT64_MIN / 2;
  // What left the window interests nobody, told or not.
  const auto over = [&](const Past& p) { return p.at_us + kept_us < now_us && (tuning_.replays || (p.seq != 0 && p.seq <= acked_)); };
  while (!past_.empty() && over(past_.front())) past_.pop_front();
}

void Account::meter(std::int64_t units, std::int64_t now_us) noexcept {
  if (!tuning_.ahead) return;  // nothing is wished for by what is used a second
  const double seconds = static_cast<double>(now_us - rate_us_) / 1e6;
  rate_ = rate_ * std::exp(-std::min(seconds, 60.0)) + static_cast<double>(units);
  rate_us_ = now_us;
}

bool Account::take(std::int64_t units, std::int64_t now_us) {
  if (!can_take(units, now_us)) return false;
  meter(units, now_us);
  lease_ -= units;
  last_us_ = now_us;
  if (kind_ == Kind::window)
    note(now_us, units);
  else
    in_use_ += units;
  changed_ = true;
  return true;
}

std::int64_t Account::margin(double more) const noexcept {
  const double sum = variance_ + more;
  return sum > 0 ? static_cast<std::int64_t>(std::ceil(kDeviations * std::sqrt(sum))) : 0;
}

bool Account::surely_has(std::int64_t units, double variance) const noexcept {
  return !tuning_.shared && untold_ < kMostUntold && sure_ - margin(variance) >= units;
}

void Account::take_sure(std::int64_t units, double variance, std::int64_t now_us) {
  last_us_ = now_us;
  sure_ -= units;
  rest_ -= units;
  changed_ = true;
  if (kind_ == Kind::window)
    note(now_us, units);
  else
    in_use_ += units;
  vary(variance);
}

// How many units to hold ahead of need. Near the limit few: what is held here nobody else can use.
std::int64_t Account::wish(std::int64_t now_us) const noexcept {
  if (!tuning_.ahead || limit_ < tuning_.exact_below || kind_ == Kind::slots) return 0;
  // Near a cap what is left must not lie about in pieces that are too small for one request.
  if (kind_ == Kind::money && near()) return 0;
  const double seconds = static_cast<double>(now_us - rate_us_) / 1e6;
  return static_cast<std::int64_t>(rate_ * std::exp(-std::min(seconds, 60.0)) * (near() ? 0.3 : 1.0));
}

// Uses that were not told under a number yet get this message's; all that are not known to be booked go along.
void Account::tell(Item& item, std::int64_t now_us) {
  const std::int64_t width = width_us();
  for (Past& p : past_) {
    if (p.seq == 0) p.seq = seq_;
    if (p.seq <= acked_) continue;
    // Never booked earlier than it was used; what comes back leaves no later than what it belongs to.
    const std::int64_t age_us = now_us - p.at_us + (p.units < 0 ? 2 * width : 0);
    if (age_us > window_us_ + width) continue;
    add_use(item.uses, {p.seq, age_us / 1000, p.units});
  }
}

std::int64_t Account::own_use(std::int64_t now_us) {
  age(now_us);
  std::int64_t sum = 0;
  for (const Past& p : past_)
    if (p.at_us + window_us_ > now_us) sum += p.units;
  return sum;
}

void Account::message(Item& item, std::int64_t need, std::int64_t now_us) {
  age(now_us);
  if (lease_until_us_ <= now_us) lease_ = 0;  // somebody else may have it by now
  if (past_.empty() && lease_ == 0 && in_use_ == 0 && settled_ == 0 && now_us - last_us_ > window_us_)
    acked_ = 0;  // the other side may forget us too
  if (need > 0) meter(need, now_us);
  const std::int64_t ahead = wish(now_us), spare = tuning_.ahead && ahead > 0 && rest_ >= limit_ / 10 ? limit_ / 50 : 0;
  waiting_ = need;
  waiting_lease_ = std::min(need, lease_);  // what the request stands on is not given back
  lease_ -= waiting_lease_;
  if (near() || ahead == 0 || now_us - last_us_ > ttl_us_ / 2) lease_ = std::min(lease_, ahead);
  item.entry = entry_;
  if (!entry_) item.key = key_;
  item.kind = kind_;
  item.limit = tuning_.shared ? std::min(limit_, kMostShared) : limit_;
  item.version = version_;
  item.window_ms = window_us_ / 1000;
  item.width_ms = width_us() / 1000;
  item.seq = ++seq_;
  item.acked = acked_;
  item.uses.clear();
  tell(item, now_us);
  item.claim = lease_ + waiting_lease_ + in_use_;
  item.variance = variance_;
  item.settled = sent_settled_ = settled_;
  item.carried = carried_;
  item.need = need - waiting_lease_;
  item.demand = std::max<std::int64_t>(ahead - lease_, 0) + item.need;
  item.spare = std::max<std::int64_t>(spare - lease_, 0);
  item.own_use = tuning_.instances > 1 ? kind_ == Kind::money ? settled_ : own_use(now_us) : 0;
  changed_ = look_ = false;
  asked_for_ = std::exchange(wanted_, 0);
  forced_ = 0;
  untold_ = 0;
  sent_us_ = now_us;
  under_way_ = true;
}

bool Account::deliver(const Answer& answer, bool ok, std::int64_t now_us) {
  if (!std::exchange(under_way_, false)) return false;
  const bool fresh = sent_us_ + ttl_us_ > now_us;  // else the lease has run out on the way
  if (answer.lost) {
    acked_ = std::min(acked_, answer.known_seq);
    if (lost_until_us_ <= now_us) lost_use_ = heard_ && kind_ == Kind::window ? limit_ - std::max<std::int64_t>(rest_, 0) : 0;
    lost_until_us_ = now_us + kLostUs;
  }
  if (!answer.lost && !answer.stale) acked_ = seq_;
  if (!answer.stale) {
    heard_ = true;
    cut_us_ = 0;
    told_settled_ = sent_settled_;
    rest_ = answer.rest;
    sure_ = rest_ + margin();
    firm_ = answer.firm;
    frees_at_us_ = now_us + answer.frees_in_ms * 1000;
  }
  const bool taken = ok && fresh && !answer.stale && !answer.lost;
  lease_ += waiting_lease_;
  if (taken) {
    lease_ += answer.granted - waiting_;
    if (waiting_ > 0) last_us_ = now_us;
    if (waiting_ > 0 && kind_ == Kind::window) note(now_us, waiting_);
    if (kind_ != Kind::window) in_use_ += waiting_;
  } else if (fresh && !answer.stale && !answer.lost) {
    lease_ += answer.granted;
  }
  if (!answer.stale && fresh) lease_until_us_ = sent_us_ + ttl_us_;
  waiting_ = waiting_lease_ = 0;
  if (!answer.stale) {
    // What was taken without asking is paid first, by what was granted meanwhile.
    const std::int64_t paid = std::min(forced_, lease_);
    lease_ -= paid;
    rest_ -= std::exchange(forced_, 0) - paid;
  }
  if (!answer.stale && (rest_ < 1 || rest() < asked_for_)) deny(now_us);
  return taken;
}

void Account::unanswered() noexcept {
  if (!std::exchange(under_way_, false)) return;
  changed_ = true;
  lease_ += waiting_lease_;
  waiting_ = waiting_lease_ = 0;
}

// What is left by what is known became so much more or less, of which the message under way, if there is one, does not know.
void Account::left(std::int64_t delta) noexcept {
  rest_ += delta;
  forced_ = std::max<std::int64_t>(forced_ - delta, 0);
}

void Account::correct(std::int64_t used_us, std::int64_t delta, std::int64_t now_us) {
  if (delta == 0 || kind_ != Kind::window) return;
  last_us_ = now_us;
  if (delta < 0) {
    left(-delta);
    return note(used_us, delta);
  }
  sure_ -= delta;
  const std::int64_t leased = lease_until_us_ > now_us ? std::min(lease_, delta) : 0;
  lease_ -= leased;
  left(leased - delta);
  note(now_us, delta);
}

void Account::finish(std::int64_t units, std::int64_t cost) noexcept {
  const std::int64_t over = std::min(units, in_use_);
  in_use_ -= over;
  if (tuning_.shared && kind_ == Kind::slots) lease_ += over;  // the same unit: the next one may have it, until the next message gives it back
  settled_ += cost;
  if (kind_ == Kind::money) left(over - cost);
  sure_ -= std::max<std::int64_t>(cost - over, 0);
  changed_ = true;
}

void Account::abandon() noexcept {
  if (!under_way_) return;
  lease_ += waiting_lease_;
  waiting_ = waiting_lease_ = 0;
}

std::int64_t Account::taken(std::int64_t now_us) {
  return kind_ == Kind::window ? own_use(now_us) : kind_ == Kind::slots ? in_use_ : in_use_ + settled_;
}

bool Account::fits_share(std::int64_t units, std::int64_t instances, std::int64_t now_us) {
  const auto n = static_cast<double>(std::max<std::int64_t>(instances, 1));
  const std::int64_t own = taken(now_us);
  if (cut_us_ == 0) {
    cut_us_ = now_us;
    const double even = static_cast<double>(limit_ - (kind_ == Kind::money ? carried_ : 0)) / n;
    share_ = heard_ ? static_cast<double>(own + lease_) + static_cast<double>(std::max<std::int64_t>(rest_, 0)) / n : even;
  }
  double share = share_;
  if (kind_ != Kind::money) {
    const double passed = std::min(static_cast<double>(now_us - cut_us_) / static_cast<double>(window_us_), 1.0);
    const double even = passed * std::min(0.5, 1 / std::max(n - 1, 1.0));
    share = share * (1 - even) + static_cast<double>(limit_) / n * even;
  }
  return static_cast<double>(own + units) <= share;
}

void Account::force(std::int64_t units, std::int64_t now_us) {
  meter(units, now_us);
  last_us_ = now_us;
  const std::int64_t leased = lease_until_us_ > now_us ? std::min(lease_, units) : 0;
  lease_ -= leased;
  rest_ -= units - leased;
  forced_ += units - leased;
  changed_ = true;
  if (kind_ == Kind::window)
    note(now_us, units);
  else
    in_use_ += units;
}

void Account::demand(std::int64_t units, std::int64_t now_us) noexcept {
  meter(units, now_us);
  wanted_ = wanted_ == 0 ? units : std::min(wanted_, units);
}

void Account::deny(std::int64_t now_us) noexcept { deny_until_us_ = now_us + std::clamp<std::int64_t>(frees_at_us_ - now_us, 1000, kDenyUs); }

bool Account::low(std::int64_t now_us) const noexcept {
  if (under_way_ || now_us - sent_us_ < kPauseUs) return false;
  const std::int64_t wished = wish(now_us);
  if (wished < 1 || deny_until_us_ > now_us) return false;
  return static_cast<double>(lease_) < static_cast<double>(wished) * kLowSeconds / (near() ? 0.3 : 1.0) || lease_until_us_ <= now_us;
}

bool Account::due(std::int64_t now_us) const noexcept {
  if (under_way_ || now_us - sent_us_ < kPauseUs) return false;
  const std::int64_t since = now_us - sent_us_;
  if ((look_ && since > kDenyUs) || (wanted_ > 0 && deny_until_us_ <= now_us) || pressing() || low(now_us)) return true;
  if (changed_ && since > (kind_ == Kind::slots ? kSlotUs : kTellUs)) return true;  // and hears what the others did, should Redis go away
  if (lease_ > 0 && near() && now_us - last_us_ > kIdleUs && since > kIdleUs) return true;
  return (lease_ > 0 || in_use_ > 0) && lease_until_us_ - now_us < ttl_us_ / 2;
}

}  // namespace lectr::limits
