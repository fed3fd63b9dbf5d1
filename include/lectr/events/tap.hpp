// A second reader of events, for metrics and traces: hears of each as it is drained, whatever becomes of the store.
//
// The collector hands over bytes and never waits; a thread of the tap's own decodes them. Records wait in memory up to a bound, what is beyond is
// counted as missed: the rows themselves go their own way and are not touched by it. A replay after a restart is not heard of again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "lectr/base/event.hpp"

namespace lectr::events {

class Tap {
 public:
  // `each` runs on the tap's thread, must not throw, and must not keep the reference.
  explicit Tap(std::function<void(const Event&)> each, std::size_t most_bytes = 8u << 20);
  ~Tap();  // as stop()
  void start();
  void stop();  // after the pipeline's: takes what waits, then ends the thread
  // Collector thread: whole records and how many they are.
  void offer(std::string_view records, std::uint64_t events);
  std::uint64_t missed() const noexcept;  // any thread

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lectr::events
