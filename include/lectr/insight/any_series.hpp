// Anomalies in any series of numbers: what is new in it, record by record, from nothing but the records before.
#pragma once

#include <cstdint>
#include <memory>

namespace lectr::insight {

// What a record was found to be. All but `usual`, `learning` and `known` are the reason of the largest evidence.
enum class AnyReason : std::uint8_t { learning, usual, known, jump_up, jump_down, high, low, unsteady, still, off_season };
const char* to_text(AnyReason reason) noexcept;

struct AnyFinding {
  // 0..1, comparable across series and steps: from kAnyAnnounced on it is worth a word. Large at the first record of an anomaly only; what
  // follows within the quiet time scores low unless it is clearly larger.
  double score = 0;
  double baseline = 0;   // what was expected, in the value's unit
  double deviation = 0;  // of the value from the baseline in standard deviations of such differences, -1000..1000
  AnyReason reason = AnyReason::learning;
};
inline constexpr double kAnyAnnounced = 0.5;

// One series. Bounded: about 60 KiB whatever its length. Value times seven plus three gives the same scores up to rounding. Times serve the
// hour of the day alone: irregular steps, gaps, equal times and a clock set back are fine. Not for several threads at once.
class AnySeries {
 public:
  AnySeries();
  ~AnySeries();
  AnySeries(AnySeries&&) noexcept;
  AnySeries& operator=(AnySeries&&) noexcept;
  // `value` is finite. About 2 µs.
  AnyFinding add(std::int64_t unix_seconds, double value);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lectr::insight
