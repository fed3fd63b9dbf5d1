// Breakers of all targets and retry budgets of all orgs: shared by all workers, lock-free, of a fixed size. A target gets a slot when it is first
// tried, for good: targets come from control documents, not from requests. Once the table is full, further targets have no breaker: they are always tried.
#pragma once

#include <array>
#include <atomic>
#include <string_view>
#include <vector>

#include "lectr/base/ids.hpp"
#include "lectr/policy/headroom.hpp"
#include "lectr/proxy/target_state.hpp"
#include "lectr/wire/rate_headers.hpp"

namespace lectr::proxy {

class TargetHealth {
 public:
  TargetHealth() = default;
  ~TargetHealth();
  TargetHealth(const TargetHealth&) = delete;
  TargetHealth& operator=(const TargetHealth&) = delete;

  // As policy::Headroom. Written one by one: a mix of two answers is off by what came between them.
  struct Quota {
    std::atomic<std::int64_t> remaining{0}, reset_at_us{0}, under_way{0};
  };
  struct alignas(64) Slot {
    std::atomic<std::uint64_t> key{0}, word{0}, requests{0}, failures{0};
    std::atomic<std::int64_t> since_us{0};  // monotonic, of the last change of state
    Quota requests_left, tokens_left;
    std::atomic<std::int64_t> unread{0};  // answers that may go by before one is read for the quotas
    std::atomic<bool> named{false};       // what follows is written, once, before this is set
    OrgId org = 0;
    bool credential = false;
    std::uint8_t provider_size = 0, model_size = 0;
    char provider[32], model[128];
  };
  struct Name {
    OrgId org = 0;
    std::string_view provider, model;
    std::uint64_t credential = 0;  // a hash; not 0: the slot of a credential, not of a target
  };

  Slot* find(const Name& name) noexcept;  // null: nothing is known of it
  Slot* find_or_add(const Name& name);    // null: the table is full

  static bool admits(const Slot* slot, std::int64_t now_us) noexcept;
  // False: somebody else has the probe. True for no slot.
  static bool enter(Slot* slot, std::int64_t now_us) noexcept;
  // Whether the target's own quotas have room for a request of so many tokens.
  bool has_room(const Slot* slot, std::int64_t tokens, std::int64_t now_us) const noexcept;
  // Whether this answer is to be read: most need not be while much is left. learn() says when the next one is.
  static bool learns(Slot* slot) noexcept { return slot != nullptr && slot->unread.fetch_sub(1, std::memory_order_relaxed) <= 0; }
  void learn(Slot* slot, const wire::RateHeaders& told, std::int64_t tokens, std::int64_t now_us) const noexcept;
  // `sign` 1: a request of so many tokens goes out; -1: its answer's head is here, or never will be.
  static void under_way(Slot* slot, std::int64_t tokens, int sign) noexcept;
  // How many instances share the providers' accounts, this one among them.
  void set_instances(std::int64_t count) noexcept { instances_.store(count, std::memory_order_relaxed); }

  static void settle(Slot* slot, policy::Outcome outcome, std::int64_t wait_us, std::int64_t now_us) noexcept;

  // Once for each attempt, when it is known what came of it: also for one that went although its breaker was open. What never was sent is none.
  static void count_attempt(Slot* slot, policy::Outcome outcome) noexcept;

  // One of the org's requests that has somewhere else to go; and one that goes there.
  void count_request(OrgId org, std::int64_t now_us) noexcept;
  bool take_retry(OrgId org, std::int64_t now_us) noexcept;

  std::vector<TargetState> list(OrgId org) const;  // any thread
  BreakerCounts count() const noexcept;            // any thread; of all orgs

 private:
  static constexpr std::size_t kSlots = 4096, kPage = 64, kTries = 16, kBudgets = 1024;
  std::atomic<std::int64_t> instances_{1};
  using Page = std::array<Slot, kPage>;
  Slot* slot_at(std::size_t index) const noexcept;  // null: its page was never needed
  Slot& slot_of(std::size_t index);
  std::array<std::atomic<Page*>, kSlots / kPage> pages_{};      // most processes know few targets
  std::array<std::atomic<std::uint64_t>, kBudgets> budgets_{};  // orgs that share one share its retries
};

}  // namespace lectr::proxy
