#include "insight/any_season.hpp"

#include <algorithm>
#include <cmath>

namespace lectr::insight {
namespace {

constexpr double kEarned = 0.75;  // of the level's error
constexpr double kGain = 0.15, kErrorGain = 0.01;
constexpr std::int64_t kLearning = 150;

}  // namespace

AnySeason::Course AnySeason::add(std::int64_t unix_seconds, std::int64_t record, double place, double level) noexcept {
  const std::int64_t second = ((unix_seconds % 86400) + 86400) % 86400;
  Slot& slot = slots_[static_cast<std::size_t>(second * kSlots / 86400)];
  Course course{false, slot.seen > 0 ? slot.mean : level};
  if (slot.seen >= 2 && record > kLearning) {
    const double gain = std::max(kErrorGain, 1.0 / static_cast<double>(++judged_));
    own_error_ += gain * (std::abs(place - slot.mean) - own_error_);
    level_error_ += gain * (std::abs(place - level) - level_error_);
    course.earned = own_error_ < kEarned * level_error_;
  }
  slot.seen = std::min(slot.seen + 1, 1000);
  slot.mean += std::max(kGain, 1.0 / slot.seen) * (place - slot.mean);
  return course;
}

}  // namespace lectr::insight
