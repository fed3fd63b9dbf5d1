// One org's limits and budgets: compiled once per version of its control state, counted in accounts that live on from version to version.
#pragma once

#include <array>
#include <atomic>
#include <boost/container/small_vector.hpp>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "lectr/limits/limiter.hpp"
#include "limits/authority.hpp"
#include "limits/learned.hpp"
#include "limits/org_lock.hpp"
#include "limits/scopes.hpp"
#include "limits/zones.hpp"

namespace lectr::limits {

struct Take {
  std::shared_ptr<Scope> scope;
  std::shared_ptr<Fund> fund;  // money
  config::LimitKind kind = config::LimitKind::requests;
  std::int64_t units = 0, untold_nano = 0;  // untold: what it counts as when nobody tells what it cost
  bool unpriced = false;
  double variance = 0;
};

struct Permit::Held {
  std::shared_ptr<OrgLimits> org;
  boost::container::small_vector<Take, 4> takes;
  LengthKeys lengths;
  std::int64_t at_us = 0, output_ceiling = -1;
  double output_mean = 0, output_nano = 0;
  std::optional<Shadowed> shadowed;
};

class OrgLimits : public std::enable_shared_from_this<OrgLimits> {
 public:
  // Without an authority the book in here counts.
  OrgLimits(OrgId org, Authority* authority, Zones& zones) : org_{org}, authority_{authority}, zones_{zones} {}

  std::optional<Refusal> check(const Query& query);
  // `must_wait`: set where the answer takes a message; then nothing is taken, and wait() is to be called. Null: it is decided without.
  std::optional<Refusal> admit(const Query& query, Permit& permit, bool* must_wait);
  void wait(const Query& query, std::shared_ptr<Pending> pending);
  // The authority's thread, every few dozen milliseconds: what is to be told or renewed without a request. `forgotten`: everything is, perhaps.
  void tick(std::int64_t now_us, bool forgotten);
  void progress(Permit::Held& held, std::int64_t output, std::int64_t now_us);
  void settle(Permit::Held& held, const Outcome& outcome, std::int64_t now_us);
  Expected expected_output(const Query& query, std::int64_t ceiling) const;  // without the lock
  void learn(const Spent& spent);
  bool look(Look::Seen& seen, std::int64_t now_us, std::int64_t unix_us);                   // a step; true: there are more
  bool has_events() const noexcept { return has_events_.load(std::memory_order_relaxed); }  // any thread, without the lock
  void take_events(std::vector<BudgetEvent>& out);
  void add_waits(Waits& sum) const noexcept;  // any thread, without the lock

 private:
  enum Part : std::size_t { kKey, kFeature, kModel };
  enum class Dim : std::uint8_t { any, each, value };
  using Dims = std::array<Dim, 3>;
  struct CompiledLimit {
    const config::Limit* limit = nullptr;
    std::string id;
    std::shared_ptr<Table> table;
    Dims dims{};
    bool each = false;  // of a part of the scope each value counts for itself
  };
  // Limits whose scopes have the same form are found by one look-up.
  struct Shape {
    Dims dims{};
    config::TextMap<std::vector<std::size_t>> by_values;
  };
  struct CompiledBudget {
    const config::Budget* budget = nullptr;
    std::shared_ptr<Fund> fund;
  };
  struct Ask {
    std::shared_ptr<Scope> scope;
    const config::Limit* limit = nullptr;
    const config::Budget* budget = nullptr;
    std::shared_ptr<Fund> fund;
    std::int64_t units = 0;
    double variance = 0;
    const std::string& name() const noexcept { return limit ? limit->name : budget->name; }
  };
  using Asks = std::vector<Ask>;

  // shared.cpp: where others count, too
  struct Waiter {
    Query query;
    std::string feature, model, paid;                // what the query's views look at
    std::shared_ptr<const config::Control> control;  // what the asks point into
    Asks enforced, shadow;
    std::shared_ptr<Pending> pending;
    std::int64_t since_us = 0;
    bool decided = false;
  };
  using Waiters = std::vector<std::shared_ptr<Waiter>>;
  // Holds the lock, and tells those who waited when it is open again: a permit that nobody wants any more comes back there.
  class Decided {
   public:
    explicit Decided(OrgLimits& org) : org_{org}, hold_{org.lock_} {}
    ~Decided();
    Decided(const Decided&) = delete;
    Decided& operator=(const Decided&) = delete;

   private:
    OrgLimits& org_;
    std::unique_lock<OrgLock> hold_;
  };
  std::optional<Refusal> admit_shared(const Query& query, Permit& permit, bool* must_wait);
  std::optional<Refusal> check_shared(const Query& query);
  bool take_leased(const Asks& asks, std::int64_t now_us);
  bool denied(const Asks& asks, std::int64_t now_us) const noexcept;
  bool force_share(const Asks& asks, std::int64_t now_us);
  void ask_again(const Asks& asks, std::int64_t now_us);
  void take_shadow(Asks& asks, const Query& query);
  Refusal shared_refusal(const Asks& asks, std::int64_t now_us);
  void grant(Waiter& waiter, std::int64_t now_us);
  void refuse(Waiter& waiter, std::int64_t now_us);
  void note_wait(Waiter& waiter, std::int64_t now_us) noexcept;
  void decide_alone(Waiter& waiter, std::int64_t now_us);
  void decide_waiting(std::int64_t now_us);
  void pump(std::int64_t now_us);
  void add_item(const std::shared_ptr<Scope>& scope, std::int64_t need, std::int64_t now_us);
  void expire(const std::shared_ptr<Waiter>& waiter);
  void answered(const Reply* reply);
  void deliver(const Reply& reply, std::int64_t now_us);
  void let_go_of_head();
  void enlist(const Asks& asks);
  void list(const std::shared_ptr<Scope>& scope);
  bool list_due(std::size_t& left, std::int64_t now_us, bool forgotten);

  void note_holds(std::span<const Ask> asks, bool downgraded);
  void count_shadow(const Query& query);
  // What a budget in shadow decides before its account is asked.
  bool shadow_stops(const Ask& ask, const Query& query);
  void note_shadowed(const Ask& ask, Shadowed::As as, const Query& query);
  bool passes_cap(const Ask& ask) const;  // of a budget that downgrades
  std::unique_ptr<Permit::Held> hold(const Query& query, Asks& enforced, Asks& shadow);
  void compile(const config::Org& org);  // where it has something newer
  void compile();
  void find_zone();
  bool has_newer_keys(const config::Org& org) const noexcept;
  std::vector<std::string> values_of(const config::Limit& limit, const Dims& dims) const;
  void add_limit(const config::Limit& limit, std::map<std::string, std::shared_ptr<Table>>& known);
  void gather(const Query& query, Asks& enforced, Asks& shadow);
  void gather_budgets(const Query& query, Asks& enforced, Asks& shadow);
  const std::shared_ptr<Scope>& scope_of(const CompiledLimit& limit, const Query& query);
  const std::shared_ptr<Scope>& scope_of_values(const CompiledLimit& limit, const Query& query);
  std::shared_ptr<Scope> new_scope(std::string label, std::string key, Kind kind);
  bool make_room(Table& table, std::int64_t now_us);
  void let_go();
  // look.cpp
  void begin_look(Look::Seen& seen);
  void look_at_some(Look::Seen& seen, std::int64_t now_us, std::int64_t unix_us);
  void open(const CompiledBudget& budget, std::int64_t unix_us);
  // All or nothing, without the book where what it last said suffices.
  bool take(std::span<const Ask> asks, std::int64_t now_us);
  // All or nothing, by the book. `probe`: takes nothing, only looks.
  bool claim(std::span<const Ask> asks, std::int64_t now_us, bool probe);
  // A budget that downgrades and whose cap is reached, while its account goes on to the ceiling.
  std::optional<Refusal> downgrade(const Query& query, const Asks& asks);
  Refusal refusal(const Asks& asks, std::int64_t now_us);
  bool lacks(const Ask& ask, std::size_t i) const noexcept;
  // Thresholds that are crossed. The end of a hard cap is always one: reached, or so near that nothing fits that was asked for lately.
  void alert(Fund& fund, std::int64_t now_unix_us, bool quietly = false);  // quietly: was told before this process began

  const OrgId org_;
  Authority* const authority_;
  Zones& zones_;
  OrgLock lock_;  // everything below; see README.md for who holds it and how long
  std::shared_ptr<const config::Control> control_;
  std::int64_t version_ = -1;
  std::shared_ptr<const config::LimitKeys> keys_;
  std::shared_ptr<const Zone> zone_;
  std::vector<CompiledLimit> limits_;
  std::vector<Shape> shapes_;
  std::vector<CompiledBudget> budgets_;
  std::map<std::string, std::shared_ptr<Table>> tables_;  // by what tells a limit from another; those of the control state in force
  std::vector<std::shared_ptr<Table>> dropped_;           // those that were: their scopes go a few at a time
  std::map<std::string, std::shared_ptr<Fund>> funds_;
  struct Stored {
    std::int64_t nano = 0, unpriced = 0;
  };
  std::map<std::tuple<std::string, std::string, std::int64_t>, Stored> stored_;  // budget, feature and window -> as the store has it
  Book book_;
  Learned learned_;  // added to under the lock, asked without
  std::vector<BudgetEvent> events_;
  std::atomic<bool> has_events_{false};
  std::int64_t unix_ahead_us_ = 0;  // unix time less boot time, as last heard
  // With an authority: one message is under way at a time.
  std::deque<std::shared_ptr<Waiter>> queue_;
  std::shared_ptr<Waiter> head_;                 // whose need is in the message
  Waiters decided_;                              // told and let go when the lock is open again
  std::vector<std::shared_ptr<Scope>> in_call_;  // beside its items
  std::vector<std::shared_ptr<Scope>> live_;     // those with something to tell, to hold or to give back
  std::deque<std::shared_ptr<Scope>> due_;       // those of them that were found to have; listed once
  bool under_way_ = false, clock_set_ = false;
  std::int64_t heard_ms_ = -1, heard_at_us_ = 0, expected_ms_ = -1;
  struct {
    std::atomic<std::uint64_t> asked{0}, waited{0};
    std::atomic<std::int64_t> sum_us{0}, most_us{0};
  } waits_;  // written under the lock
  // Under construction, kept for their capacity.
  Asks enforced_, shadow_;
  std::optional<Shadowed> shadowed_;  // of the request that is being decided
  Call call_;
  Reply reply_;
  std::string name_;
};

}  // namespace lectr::limits
