// The way from a worker to the cold side: one bounded single-producer single-consumer byte ring per worker, holding encoded events.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lectr/base/event.hpp"
#include "lectr/base/result.hpp"

namespace lectr::events {

// One event as bytes: length, CRC-32C, version, fields. The same bytes stand in the queue and in the journal. Appends to `out`.
void encode(const Event& event, std::string& out);
// Takes one event off the front of `in`. `corrupt`: the bytes can't be an event (torn write, bit rot); `full`: more bytes are needed.
Result<Event> decode(std::string_view& in);

class Queue {
 public:
  explicit Queue(std::size_t bytes = 4u << 20);
  ~Queue();
  // Worker thread only. Never waits, never fails: a full ring drops the event and counts it.
  void offer(const Event& event) noexcept;
  // Collector thread only: appends all whole events to `out`, returns how many.
  std::size_t drain(std::string& out);

  // Collector thread only, around a long sleep. lie_down(): from now on the next offer() makes bell() readable (poll(2)); false: there is
  // something to drain already. get_up() ends it. While the collector is up an offer() costs no system call.
  bool lie_down() noexcept;
  void get_up() noexcept;
  int bell() const noexcept;

  std::uint64_t received() const noexcept;  // any thread: offered
  std::uint64_t dropped() const noexcept;   // any thread: lost because the ring was full
  std::uint64_t depth() const noexcept;     // any thread: waiting in the ring

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lectr::events
