// Two error rates held against each other: whether a change made a difference, or whether there is too little to tell. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace lectr::insight {

struct Counted {
  std::int64_t requests = 0, errors = 0;
};

// `unchanged` needs evidence too: the whole interval lies within kUnchangedMargin of no difference. Otherwise, and without requests, `unclear`.
enum class RateChange : std::uint8_t { unclear, unchanged, higher, lower };
std::string_view to_text(RateChange change) noexcept;

inline constexpr double kUnchangedMargin = 0.01;  // a percentage point: less nobody acts on

struct RateDifference {
  RateChange change = RateChange::unclear;
  double before = 0, after = 0;
  double low = -1, high = 1;  // 95 % interval of after - before (Newcombe 1998, method 10: from the two Wilson intervals)
};
RateDifference compare_rates(const Counted& before, const Counted& after) noexcept;

}  // namespace lectr::insight
