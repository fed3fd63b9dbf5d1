// A store for pipeline tests: remembers every row and how often it came, and can be away, slow, full of poison, or unsure.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <span>

#include "lectr/base/result.hpp"
#include "sample.hpp"

namespace lectr::events {

class FakeStore {
 public:
  Result<void> append(std::span<const Event> batch) {
    std::unique_lock hold{mutex_};
    ++calls_;
    changed_.notify_all();
    if (gate_closed_) changed_.wait(hold, [&] { return !gate_closed_; });  // slow: a call that does not come back for a while
    if (away_) return Error{Code::unavailable, Fault::us, Again::same_target, "away"};
    for (const Event& e : batch)
      if (poison_.count(number_of(e.id))) return Error{Code::corrupt, Fault::us, Again::no, "poison"};
    for (const Event& e : batch) ++rows_[number_of(e.id)];
    changed_.notify_all();
    if (forget_next_ > 0 && forget_next_-- > 0) return Error{Code::unavailable, Fault::us, Again::same_target, "written, but the answer was lost"};
    return {};
  }
  std::function<Result<void>(std::span<const Event>)> as_append() {
    return [this](std::span<const Event> batch) { return append(batch); };
  }

  void set_away(bool v) {
    change([&] { away_ = v; });
  }
  void close_gate(bool v) {
    change([&] { gate_closed_ = v; });
  }
  void set_poison(std::set<std::uint64_t> numbers) {
    change([&] { poison_ = std::move(numbers); });
  }
  void lose_answers(int n) {
    change([&] { forget_next_ = n; });
  }

  // False: it did not happen within ten seconds.
  bool wait_rows(std::size_t n) {
    return wait([&] { return rows_.size() >= n; });
  }
  bool wait_calls(int n) {
    return wait([&] { return calls_ >= n; });
  }
  std::map<std::uint64_t, int> rows() const {
    const std::lock_guard hold{mutex_};
    return rows_;
  }
  int calls() const {
    const std::lock_guard hold{mutex_};
    return calls_;
  }

 private:
  template <class F>
  void change(F f) {
    const std::lock_guard hold{mutex_};
    f();
    changed_.notify_all();
  }
  template <class F>
  bool wait(F until) {
    std::unique_lock hold{mutex_};
    return changed_.wait_for(hold, std::chrono::seconds{10}, until);
  }
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, int> rows_;
  std::set<std::uint64_t> poison_;
  bool away_ = false, gate_closed_ = false;
  int calls_ = 0, forget_next_ = 0;
};

}  // namespace lectr::events
