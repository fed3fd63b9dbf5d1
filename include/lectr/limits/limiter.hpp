// The limiter of a process: one for all workers. A request asks once, over all limits and budgets of its org that mean it: all of them grant, or none
// is touched. What it took is corrected by what it really used. Called by workers only, but for what says otherwise: they share a short lock per org;
// where limits are shared over Redis, the thread that talks to it takes it, too, never while it waits for anything. No thread of the cold side takes it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lectr/base/result.hpp"
#include "lectr/config/control.hpp"
#include "lectr/config/snapshot.hpp"

namespace lectr::limits {

class OrgLimits;
class SharedCount;

// Since boot, and time asleep counts: nothing is used after it has run out elsewhere.
std::int64_t boot_us() noexcept;

// A limit or budget in shadow that would not have let a request pass as it was.
struct Shadowed {
  enum class As : std::uint8_t { limited, blocked, downgraded };
  As as = As::limited;
  std::string name;
};

struct Query {
  const config::Org* org = nullptr;
  KeyId key = 0;
  std::string_view feature, model;  // model: lower case; empty: not known yet, limits of models are not asked
  bool stream = false;              // takes a slot of `streams`
  std::int64_t tokens = -1;         // expected, input and output; -1: this kind of request uses none
  std::int64_t cost_nano = -1;      // expected; -1: no price is known, counts as the budget says
  double cost_variance = 0;
  double output_mean = 0;            // of the expectation, the part that grows while an answer comes
  double output_nano = 0;            // what each output token costs
  std::int64_t output_ceiling = -1;  // that the request allows
  std::string_view paid;             // the model that would answer, lower case: budgets map it to a cheaper one
  bool downgraded = false;           // it is that cheaper one: budgets that downgrade count it up to their ceiling
  std::int64_t now_us = 0;           // boot_us()
  std::int64_t unix_us = 0;          // which day, week, month it is
  // Where all in shadow that would have stopped it are told; not set: only the first one, by its permit. Not over a wait().
  std::vector<Shadowed>* all_shadowed = nullptr;
};

// What x-ratelimit-* tell: of the limit with the least left.
struct Meter {
  std::int64_t limit = 0, rest = 0, reset_ms = 0;
};
struct Refusal {
  Code code = Code::rate_limit_exceeded;
  std::int64_t retry_after_ms = 0;  // 0: it is of no use to try again before `ends_unix_us`
  std::int64_t ends_unix_us = 0;    // budgets: when the next window begins
  std::string name;                 // of the limit or budget
  std::string downgrade_to;         // budgets: this model may still go, if it is asked for with Query::downgraded
  std::optional<Meter> requests, tokens;
};

// What a request holds while it is under way. Without settle() it counts with what was expected of it.
class Permit {
 public:
  Permit() noexcept;
  Permit(Permit&&) noexcept;
  Permit& operator=(Permit&&) noexcept;
  ~Permit();
  explicit operator bool() const noexcept { return held_ != nullptr; }
  const Shadowed* shadowed() const noexcept;  // the first of them; null: none

 private:
  friend class Limiter;
  friend class OrgLimits;
  struct Held;
  std::unique_ptr<Held> held_;
};

// A request whose answer takes a message to where limits are counted for several processes. Shared by who waits and who answers.
class Pending {
 public:
  // `ring`: called once, on another thread, when `refusal` or `permit` is there.
  explicit Pending(std::function<void()> ring) : ring_{std::move(ring)} {}
  void tell();
  void leave();  // from then on nobody is rung; a permit that comes is given back

  std::optional<Refusal> refusal;
  Permit permit;

 private:
  std::mutex mutex_;
  std::function<void()> ring_;
};

// Of requests that were decided while limits are counted over Redis: how many, how many of them waited for a message, and how long. Since the start.
struct Waits {
  std::uint64_t asked = 0, waited = 0;
  std::int64_t sum_us = 0, most_us = 0;
};

// Of the Redis that several instances share.
struct Sharing {
  enum class State : std::uint8_t { ok, slow, away };
  bool configured = false;
  State state = State::away;
  std::int64_t since_us = 0;  // unix
  std::int64_t instances = 1;
  Waits waits;
};

// What was really used. -1: not known, the expectation stays.
struct Outcome {
  std::int64_t tokens = -1, output = -1;
  std::int64_t cost_nano = -1;
  bool reached_provider = true;  // false: nothing was sent, so nothing was used but the request itself
};

struct Expected {
  double mean = 0, variance = 0;
};

struct ScopeState {
  std::string scope;  // "key 7", "feature chat", "" for the org
  std::int64_t used = 0, rest = 0, refused_1h = 0, would_refuse_1h = 0;
};
struct LimitState {
  std::string name;
  std::vector<ScopeState> scopes;  // those in use, at most 100, least rest first
};
struct BudgetState {
  std::string name;
  std::int64_t from_us = 0, to_us = 0;  // unix
  std::int64_t spent_nano = 0, held_nano = 0, blocked_1h = 0, would_block_1h = 0, downgraded_1h = 0, would_downgrade_1h = 0;
  std::int64_t unpriced = 0;  // requests of the window that no price was known for; each counted as the budget says
};
struct State {
  std::vector<LimitState> limits;
  std::vector<BudgetState> budgets;
};

// What an org's limits and budgets show. A worker looks, in steps (Limiter::step): each holds the org's lock for `kAtOnce` scopes or budgets at most, and makes
// no text. Names, order and what is left out are made of it in the end, on any thread. So the numbers of one scope or budget are of one moment, those of
// several are not, and their sum never was. Limits and budgets are those of the first step. A scope that is there from the first step to the last is
// seen; one that comes or goes meanwhile perhaps.
class Look {
 public:
  static constexpr std::size_t kAtOnce = 32;
  explicit Look(const config::Org& org);  // lives until the last step
  Look(Look&&) noexcept;
  ~Look();
  State state() const;  // after the last step

  struct Seen;

 private:
  friend class Limiter;
  std::unique_ptr<Seen> seen_;
};

// A threshold that was crossed. Told once by this process; whoever writes it down makes it once for all (key: org, budget, from_us, percent).
struct BudgetEvent {
  OrgId org = 0;
  std::string budget;
  std::int64_t from_us = 0, at_us = 0;
  int percent = 0;
  std::int64_t spent_nano = 0, of_nano = 0;
};

// What a budget's window has cost as the store has it.
struct Spent {
  OrgId org = 0;
  std::string budget, feature;  // feature: empty: the whole org
  std::int64_t from_us = 0, to_us = 0;
  std::int64_t unknown_nano = 0;        // each request without a price
  std::int64_t nano = 0, unpriced = 0;  // the answer; how many had no price
};
// The windows that budgets of these orgs are in now: to be asked of the store, then given to Limiter::learn. Pure.
std::vector<Spent> open_windows(const config::Snapshot& snapshot, std::int64_t unix_us);

class Limiter {
 public:
  // `redis_url` empty: counts for this process alone. Throws std::runtime_error where it can't be read.
  explicit Limiter(const std::string& redis_url = {});
  ~Limiter();

  // Any thread that may read files, before workers serve by this snapshot: reads the time zones of its budgets. What it left out a worker reads.
  void prepare(const config::Snapshot& snapshot);
  // From the head alone, before the body is read: is it clear already that it can't go? Takes nothing.
  std::optional<Refusal> check(const Query& query);
  // A request was refused, and whether any was lately: then it is worth a check() before bytes are read. By any one clock.
  void note_refusal(std::int64_t now_us) noexcept { refused_us_.store(now_us, std::memory_order_relaxed); }
  bool refused_within(std::int64_t us, std::int64_t now_us) const noexcept { return now_us - refused_us_.load(std::memory_order_relaxed) < us; }
  // Empty: granted, and `permit` holds it; without limits the permit stays empty and nothing was looked up.
  // `must_wait`: set where it takes a message to tell; then nothing was taken, and wait() is to be called. Without it nothing ever waits.
  std::optional<Refusal> admit(const Query& query, Permit& permit, bool* must_wait = nullptr);
  // Rings within a few dozen milliseconds, however others fare. The query's views need not outlive the call.
  void wait(const Query& query, std::shared_ptr<Pending> pending);
  // A stream under way has made so many output tokens: what is held for it follows what can be expected now.
  void progress(Permit& permit, std::int64_t output, std::int64_t now_us);
  void settle(Permit& permit, const Outcome& outcome, std::int64_t now_us);

  // What a model's answer to this feature will be long, from those before; `ceiling`: what the request allows, -1: it does not say.
  Expected expected_output(const Query& query, std::int64_t ceiling);

  // What the store has of these windows: budgets count from there, also after a restart. Told again later it only ever raises what is counted.
  // Each window holds its org's lock for itself.
  void learn(const std::vector<Spent>& spent);
  // The next step of a look. True: there are more, and others should have their turn first.
  bool step(Look& look, std::int64_t now_us, std::int64_t unix_us);
  State state(const config::Org& org, std::int64_t now_us, std::int64_t unix_us);  // all steps at once
  bool has_events() const;                                                         // any thread
  std::vector<BudgetEvent> take_events();
  Sharing sharing() const;  // any thread

 private:
  struct Orgs;
  OrgLimits& of(OrgId org);  // any thread, without a lock; known from then on until the limiter ends

  std::atomic<std::int64_t> refused_us_{INT64_MIN / 2};
  std::unique_ptr<Orgs> orgs_;           // those that had limits when they were asked for
  std::unique_ptr<SharedCount> shared_;  // last: its thread ends first
};

}  // namespace lectr::limits
