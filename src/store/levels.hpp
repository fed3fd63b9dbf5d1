// Stretches of time that rollups are kept for, and how a window is put together from them. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "lectr/store/aggregate.hpp"

namespace lectr::store {

inline constexpr std::int64_t kMinuteUs = 60'000'000, kHourUs = 60 * kMinuteUs, kDayUs = 24 * kHourUs;
// Each divides the next. Minutes are written as rows come; a coarser stretch is made of the finer ones once it is over ("closed").
inline constexpr std::array<std::int64_t, 5> kLevelUs = {kMinuteUs, 15 * kMinuteUs, kHourUs, 6 * kHourUs, kDayUs};
inline constexpr int kMinutes = 0, kQuarterHours = 1, kHours = 2, kDays = 4;

constexpr std::int64_t floor_to(std::int64_t unit, std::int64_t us) noexcept { return (us >= 0 ? us : us - unit + 1) / unit * unit; }
constexpr std::int64_t ceil_to(std::int64_t unit, std::int64_t us) noexcept { return floor_to(unit, us + unit - 1); }

// By level: the time up to which it is closed. Not used for minutes.
using Closed = std::array<std::int64_t, kLevelUs.size()>;

struct Run {
  int level = 0;
  std::int64_t from_us = 0, to_us = 0;
  friend bool operator==(const Run&, const Run&) = default;
};
// [from, to), whole minutes, as runs in the order of time, each of the coarsest level that is closed, fits, and divides the step (0: none).
std::vector<Run> plan_runs(std::int64_t from_us, std::int64_t to_us, std::int64_t step_us, const Closed& closed);

// Which cells answer a query: those of one dimension alone (its number), where no other is asked for; else kAllDimensions. Minutes have
// kAllDimensions only.
inline constexpr int kAllDimensions = 7;
int cells_for(const AggregateQuery& query) noexcept;

}  // namespace lectr::store
