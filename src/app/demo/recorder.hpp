// What the mock saw, for tests to ask. Any thread; one short lock per request.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "app/demo/request.hpp"

namespace lectr::demo {

enum class Phase : std::uint8_t { upload, waiting, answering };  // where a peer left

class Recorder {
 public:
  struct Totals {  // any thread
    std::atomic<std::uint64_t> requests{0}, connections{0}, open{0}, active{0}, streams{0}, frames{0}, bytes_in{0}, bytes_out{0}, leaks{0},
        unauthorized{0}, malformed{0}, disconnects{0};
  };
  Totals totals;

  std::uint64_t next_number() noexcept { return totals.requests.fetch_add(1, std::memory_order_relaxed) + 1; }
  // Takes the request's storage and hands back that of an older one, cleared.
  void keep(MockRequest& request, std::uint64_t number, std::uint64_t connection);
  void disconnected(std::uint64_t number, std::string_view target, std::string_view tag, Phase phase);
  void reset();

  std::string stats_json() const;
  // Head, headers and digests of the last request with that x-mock-tag, or, tag empty, of the last without one; "null" when there was none.
  std::string last_json(std::string_view tag) const;

 private:
  struct Kept {
    MockRequest request;
    std::uint64_t number = 0, connection = 0;
    std::int64_t at_ms = 0;
  };
  struct Left {
    std::uint64_t number;
    std::int64_t at_ms;
    std::string target, tag;
    Phase phase;
  };
  static constexpr std::size_t kTags = 256, kLeft = 1000;  // beyond: a new tag evicts the first in order, the oldest departure goes

  mutable std::mutex mutex_;
  Kept last_;
  std::map<std::string, Kept, std::less<>> tagged_;
  std::deque<Left> left_;
};

}  // namespace lectr::demo
