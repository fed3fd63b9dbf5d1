// The part of a query string that all sums share: which time, which rows, in which steps. Pure.
#pragma once

#include <cstdint>

#include "api/http.hpp"
#include "lectr/store/aggregate.hpp"

namespace lectr::api {

inline constexpr std::int64_t kSecondUs = 1'000'000, kMinuteUs = 60 * kSecondUs, kHourUs = 60 * kMinuteUs, kDayUs = 24 * kHourUs;

struct Span {
  std::int64_t from_us = 0, to_us = 0;
  std::int64_t length_us() const noexcept { return to_us - from_us; }
};  // [from, to)

// `window` (15m 1h 6h 24h 7d 30d 90d) ends at `now_us`; or `from` and `to`, at most 400 days apart. Neither: 24h.
Parsed<Span> parse_span(const Query& query, std::int64_t now_us);
// The span, and `provider model feature task key status_class`. The org is for OwnStores to say.
Parsed<store::RollupFilter> parse_filter(const Query& query, std::int64_t now_us);

// One of 1m 5m 15m 1h 6h 1d: the smallest with at most `points` steps. With 180, the usual windows get 60 to 170 of them.
std::int64_t step_for(std::int64_t length_us, std::int64_t points = 180) noexcept;
// `step` (60s … 1d, whole minutes), or step_for; refused when it makes more than 1500 points.
Parsed<std::int64_t> parse_step(const Query& query, std::int64_t length_us);

// The same filter over the time of the same length before.
store::RollupFilter before(const store::RollupFilter& filter) noexcept;

}  // namespace lectr::api
