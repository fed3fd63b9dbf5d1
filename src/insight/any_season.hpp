// The day's course, in quarters of an hour. By itself it counts only while it forecasts clearly better than the plain level does.
#pragma once

#include <array>
#include <cstdint>

namespace lectr::insight {

class AnySeason {
 public:
  struct Course {
    bool earned = false;
    double expected = 0;  // the level where this quarter of an hour was never seen
  };
  // Takes the place in after having answered.
  Course add(std::int64_t unix_seconds, std::int64_t record, double place, double level) noexcept;

 private:
  static constexpr int kSlots = 96;
  struct Slot {
    double mean = 0;
    int seen = 0;
  };
  std::array<Slot, kSlots> slots_;
  std::int64_t judged_ = 0;
  double own_error_ = 0, level_error_ = 0;
};

}  // namespace lectr::insight
