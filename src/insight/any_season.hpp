// The day's course, in quarters of an hour. It counts only while it forecasts clearly better than the plain level does.
#pragma once

#include <array>
#include <cstdint>

namespace lectr::insight {

class AnySeason {
 public:
  struct Residual {
    bool known = false;  // the slot has been seen twice
    bool earned = false;
    double expected = 0, value = 0;
  };
  // `from_level`: of the same place from the slow level. Takes the place in after having answered.
  Residual add(std::int64_t unix_seconds, std::int64_t record, double place, double from_level) noexcept;

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
