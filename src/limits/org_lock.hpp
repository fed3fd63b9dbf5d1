// The lock of an org's limits. Who holds it in many short steps looks between them whether somebody wants it: a mutex goes to whoever comes first, and who
// was asleep is never first, so that steps in a row could keep it out as long as one long one.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

namespace lectr::limits {

class OrgLock {
 public:
  void lock() {
    if (mutex_.try_lock()) return;
    wanted_.fetch_add(1, std::memory_order_relaxed);
    mutex_.lock();
    wanted_.fetch_sub(1, std::memory_order_relaxed);
  }
  void unlock() { mutex_.unlock(); }

  bool wanted() const noexcept { return wanted_.load(std::memory_order_relaxed) > 0; }
  // Without holding it: lets those go first who want it now, for a millisecond or two at most. Not for a worker, which has more to do.
  void give_way() const {
    for (int i = 0; i < 20 && wanted(); ++i) std::this_thread::sleep_for(std::chrono::microseconds{50});
  }

 private:
  std::mutex mutex_;
  std::atomic<int> wanted_{0};
};

}  // namespace lectr::limits
