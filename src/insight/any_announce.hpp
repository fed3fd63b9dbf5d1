// One anomaly, one announcement: evidence becomes a score.
#pragma once

#include <array>
#include <cstdint>

namespace lectr::insight {

// Evidence is cut into levels, each a fixed factor above the one below. Each level has a quiet time of its own that begins when it is
// reached and goes on, within bounds, while it is held: whatever threshold a reader sets on the score, an anomaly passes it about once, and
// one that grows by a level is told again.
class AnyAnnounce {
 public:
  // 0..1; kAnyAnnounced where the evidence reaches kUsual and no quiet time holds it back.
  double score(std::int64_t record, double evidence) noexcept;
  // Enough for an announcement, were it not for a quiet time.
  static bool strong(double evidence) noexcept;

 private:
  static constexpr int kLevels = 12;
  struct Level {
    double begun = 0, quiet_until = 0;
  };
  std::array<Level, kLevels> levels_;
};

}  // namespace lectr::insight
