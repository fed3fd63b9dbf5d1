// The thread that keeps the store's sums current and its old rows away. It works on the cold side only; requests never wait for it.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "lectr/store/event_store.hpp"

namespace lectr::app {

class Upkeep {
 public:
  // `retention` says how long each org's rows are kept now; empty: for ever, or not known.
  Upkeep(store::EventStore& events, std::function<std::vector<store::Retention>()> retention) : events_{events}, retention_{std::move(retention)} {}
  ~Upkeep() { stop(); }
  void start();
  void stop();  // waits for the call under way

 private:
  void run();
  bool roll_up();  // whether there was anything to do
  bool ending();
  bool sleep(std::chrono::milliseconds time);  // false: stop() came

  store::EventStore& events_;
  std::function<std::vector<store::Retention>()> retention_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace lectr::app
