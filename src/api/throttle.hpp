// Slows down the guessing of passwords: counts failed logins per user and address, per address, and per user, and asks for a pause.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lectr::api {

struct Admission {
  bool allowed = true;
  int retry_after_s = 0;  // when not allowed
  int tries_left = 0;     // before the next pause, this one not counted
};

// Any thread. Holds at most `bound` counters; the one that failed longest ago makes room.
class LoginThrottle {
 public:
  explicit LoginThrottle(std::size_t bound = 4096) : bound_{bound} {}

  // Counts the attempt as failed before it is made, so that parallel guesses are counted too; succeeded() takes that back.
  Admission begin(std::string_view user, std::string_view address, std::int64_t now_us);
  void succeeded(std::string_view user, std::string_view address);
  std::size_t size() const;

 private:
  struct Counter {
    std::string name;
    int failures = 0;
    std::int64_t last_us = 0, paused_until_us = 0;
  };
  using Place = std::list<Counter>::iterator;

  Counter& touch(const std::string& name, std::int64_t now_us);

  const std::size_t bound_;
  mutable std::mutex mutex_;   // cold path only
  std::list<Counter> by_age_;  // newest failure first
  std::unordered_map<std::string, Place> by_name_;
};

}  // namespace lectr::api
