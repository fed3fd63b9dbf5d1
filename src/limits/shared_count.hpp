// The authority in Redis: a thread of its own with one connection, which sends claims, tells that this instance lives, and knows how Redis fares.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <memory>
#include <thread>

#include "lectr/limits/limiter.hpp"
#include "limits/authority.hpp"
#include "limits/redis_link.hpp"

namespace lectr::limits {

class SharedCount final : public Authority {
 public:
  // `tick`: called on the thread every few dozen milliseconds; whether Redis seems to have forgotten this instance since. Throws std::runtime_error for an address that is none.
  SharedCount(const std::string& redis_url, std::function<void(std::int64_t now_us, bool forgotten)> tick);
  ~SharedCount() override;

  State state() const noexcept override;
  std::int64_t instances() const noexcept override { return instances_.load(std::memory_order_relaxed); }
  std::uint64_t incarnation() const noexcept override { return incarnation_; }
  void send(OrgId org, Call call, Answered answered) override;
  void later(std::chrono::milliseconds wait, std::function<void()> work) override;
  Sharing sharing() const;

 private:
  // The thread's.
  void tick();
  void beat();
  void changed(bool up);
  void heard(std::int64_t sent_us);
  void come_back();
  void refused(const redisReply& error);
  void tell_state(std::int64_t now_us);
  void send_now(OrgId org, const Call& call, Answered answered);

  const std::uint64_t incarnation_;
  const std::function<void(std::int64_t, bool)> tick_;
  const std::string claim_digest_, beat_digest_;

  // Any thread.
  std::atomic<bool> ready_{false};
  std::atomic<std::int64_t> instances_{1};
  std::atomic<std::int64_t> round_trip_us_{0};     // smoothed
  std::atomic<std::int64_t> waiting_since_us_{0};  // the oldest message without an answer; 0: none
  std::atomic<int> told_state_;
  std::atomic<std::int64_t> told_since_us_{0};

  // The thread's.
  std::deque<std::int64_t> sent_us_;
  std::int64_t beat_us_ = 0, slow_us_ = 0, quick_us_ = 0, began_us_ = 0;
  std::int64_t refused_us_ = INT64_MIN / 2;  // last
  const char* refusal_ = nullptr;            // it answers, with this error: as good as away. Null: it does not
  bool beating_ = false, forgotten_ = false;

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  boost::asio::steady_timer timer_{io_}, return_{io_};
  RedisLink link_;
  std::thread thread_;
};

}  // namespace lectr::limits
