// What one instance knows of one limit: the lease it takes from, what it used and has not told yet, what it holds. Integers; no clock, no lock, no
// I/O: times come in (boot_us), the owner keeps others out. Units move between free and used only by messages, see claim.hpp.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "lectr/limits/claim.hpp"

namespace lectr::limits {

struct Tuning {
  std::int64_t ttl_us = 6'000'000;
  std::int64_t instances = 1;
  bool ahead = false;  // take leases ahead of need; without: each unit is asked for, which is exact, and right where asking costs no round trip
  std::int64_t exact_below = 100;
  bool replays = true;  // keep what was told for a window, should the other side forget; a book in the same process never does
  bool shared = false;  // others count into the same account: what is spent is what the counting side says
};

class Account {
 public:
  Account(std::string key, Kind kind, std::int64_t window_us);

  void define(std::int64_t limit, std::int64_t version) noexcept;
  // Takes from the lease: nothing to ask. False: it does not suffice, or may not be used any more.
  bool can_take(std::int64_t units, std::int64_t now_us) const noexcept { return lease_until_us_ > now_us && lease_ >= units; }
  bool take(std::int64_t units, std::int64_t now_us);
  // Where nobody else counts into it: is so much left for certain? By the last answer and what was taken since; what came back since is left out. Then it
  // may be taken without a message, and the next one tells of it.
  bool surely_has(std::int64_t units, double variance) const noexcept;
  void take_sure(std::int64_t units, double variance, std::int64_t now_us);
  // Fills the next message, asking for `need` on behalf of one request (0: none). Only one is under way at a time.
  void message(Item& item, std::int64_t need, std::int64_t now_us);
  // The answer to it. True: what the request needed is taken.
  bool deliver(const Answer& answer, bool ok, std::int64_t now_us);
  // No answer will be believed any more. What it may have booked is told again, under the same number.
  void unanswered() noexcept;
  // Nobody waits for the message under way any more: what it gets is for whoever comes next.
  void abandon() noexcept;

  // Without asking: is there room for so much in this instance's share? It stands on what was known at the last answer, and goes towards an even one.
  bool fits_share(std::int64_t units, std::int64_t instances, std::int64_t now_us);
  void force(std::int64_t units, std::int64_t now_us);  // takes it, from the lease as far as it goes
  // Was the counting side asked just now and has not so much? A little longer than until it is asked again, which nobody shall wait for.
  bool denies(std::int64_t units, std::int64_t now_us) const noexcept { return deny_until_us_ + kAskUs > now_us && units > rest(); }
  void deny(std::int64_t now_us) noexcept;
  void demand(std::int64_t units, std::int64_t now_us) noexcept;  // was refused without a message: asks for it as soon as that is of use
  // Is there something to tell or to ask for, though no request waits?
  bool due(std::int64_t now_us) const noexcept;
  bool low(std::int64_t now_us) const noexcept;
  // Money: so much was spent since the last message that the others should hear of it before they are granted more.
  bool pressing() const noexcept {
    return kind_ == Kind::money && !under_way_ && settled_ > sent_settled_ && (near() || (settled_ - sent_settled_) > rest() / 16);
  }
  void look() noexcept { look_ = true; }  // somebody wants to see it: ask soon

  // Windows. What was taken at `used_us` was really `delta` more or less: room comes back at the time of use, more is booked now.
  void correct(std::int64_t used_us, std::int64_t delta, std::int64_t now_us);
  // Slots and money. What was taken is over; money: and cost so much.
  void finish(std::int64_t units, std::int64_t cost = 0) noexcept;
  // What is in flight turned out to be so much more or less: by force.
  void grow(std::int64_t delta) noexcept {
    in_use_ += delta;
    sure_ -= delta;
    changed_ = true;
  }
  // Money: what is kept free because of what is in flight, and of so much more.
  std::int64_t margin(double more = 0) const noexcept;
  void vary(double delta) noexcept { variance_ = variance_ + delta > 0 ? variance_ + delta : 0; }
  // Money spent before this process knew of the account, as the store has it. It only grows.
  void carry(std::int64_t settled) noexcept {
    std::int64_t& own = tuning_.shared ? carried_ : settled_;
    if (settled <= own) return;
    sure_ -= settled - own;
    own = settled;
  }

  const std::string& key() const noexcept { return key_; }
  // Where a book in this process counts it: messages name that instead of the key.
  BookEntry* entry() const noexcept { return entry_; }
  void counted_in(BookEntry* entry) noexcept { entry_ = entry; }
  Kind kind() const noexcept { return kind_; }
  std::int64_t limit() const noexcept { return limit_; }
  std::int64_t rest() const noexcept { return rest_ + lease_; }  // as last known
  std::int64_t firm() const noexcept { return firm_; }
  // As far as is known, by all.
  std::int64_t settled() const noexcept { return tuning_.shared ? (firm_ > carried_ ? firm_ : carried_) + settled_ - told_settled_ : settled_; }
  // For a second after the other side has forgotten everything: what was not left then, by all; else 0.
  std::int64_t lost_use(std::int64_t now_us) const noexcept { return lost_until_us_ > now_us ? lost_use_ : 0; }
  bool heard() const noexcept { return heard_; }
  std::int64_t in_use() const noexcept { return in_use_; }
  std::int64_t lease() const noexcept { return lease_; }
  std::int64_t frees_us(std::int64_t now_us) const noexcept { return frees_at_us_ > now_us ? frees_at_us_ - now_us : 0; }
  std::int64_t own_use(std::int64_t now_us);  // within the window
  bool idle(std::int64_t now_us) const noexcept {
    return in_use_ == 0 && now_us - last_us_ > window_us_ + 2 * ttl_us_ && !(tuning_.shared && (changed_ || under_way_ || look_));
  }
  void tune(const Tuning& tuning) noexcept;

 private:
  static constexpr std::int64_t kAskUs = 30'000;  // the owner's tick, and a message
  struct Past {
    std::int64_t seq = 0, at_us = 0, units = 0;  // seq 0: not told yet
    std::int64_t from_us = 0;                    // of the first that lies in it
  };
  static constexpr int kMostUntold = 16;  // so many of them find room in a message one by one
  void note(std::int64_t at_us, std::int64_t units);
  void left(std::int64_t delta) noexcept;
  void age(std::int64_t now_us);
  void tell(Item& item, std::int64_t now_us);
  std::int64_t taken(std::int64_t now_us);
  bool near() const noexcept { return rest_ < limit_ / 10; }
  std::int64_t wish(std::int64_t now_us) const noexcept;
  void meter(std::int64_t units, std::int64_t now_us) noexcept;
  std::int64_t width_us() const noexcept { return limit_ > 240 ? window_us_ / 240 : 10'000; }

  const std::string key_;
  const Kind kind_;
  const std::int64_t window_us_;
  BookEntry* entry_ = nullptr;
  Tuning tuning_;
  std::int64_t ttl_us_ = 6'000'000;
  std::int64_t limit_ = 0, version_ = 0;
  std::int64_t lease_ = 0, lease_until_us_ = 0;  // free to take; never after then
  std::int64_t in_use_ = 0;                      // slots and money in flight
  std::int64_t settled_ = 0, carried_ = 0, sent_settled_ = 0, told_settled_ = 0;
  double variance_ = 0;
  std::deque<Past> past_;  // by time of telling; what the window still holds
  std::int64_t seq_ = 0, acked_ = 0;
  std::int64_t waiting_ = 0, waiting_lease_ = 0, sent_us_ = 0;  // of the message under way
  bool under_way_ = false;
  bool heard_ = false, changed_ = false, look_ = false;  // changed: since the last message
  std::int64_t deny_until_us_ = 0;
  std::int64_t forced_ = 0;                  // beyond the lease, since the last message: its answer does not know of that
  std::int64_t wanted_ = 0, asked_for_ = 0;  // the smallest that was refused since the last message, and before it
  std::int64_t lost_until_us_ = 0, lost_use_ = 0;
  std::int64_t cut_us_ = 0;  // since when shares decide; 0: they do not
  double share_ = 0;         // then
  std::int64_t rest_ = 0, firm_ = 0, frees_at_us_ = 0, last_us_ = 0;
  std::int64_t sure_ = 0;  // left at least, without the margin
  int untold_ = 0;         // uses since the last message
  double rate_ = 0;        // demanded units a second
  std::int64_t rate_us_ = 0;
};

}  // namespace lectr::limits
