// What a Series remembers: plain numbers, so that saving is listing them (codec.cpp) and a copy is a copy.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "lectr/insight/detector.hpp"

namespace lectr::insight {

inline constexpr int kWindows = 3;
inline constexpr std::array<int, kWindows> kWidth = {1, 3, 12};  // buckets
inline constexpr int kLongest = 12;
inline constexpr int kSlots = 96;         // quarter hours of a day
inline constexpr int kDay = 288;          // buckets
inline constexpr int kDays = 14;          // of daily maxima kept
inline constexpr int kBurstDays = 5;      // today and the four before it
inline constexpr int kNewNormal = 144;    // buckets an episode may last before its level becomes the usual one
inline constexpr int kReopenUs = 24;      // buckets after closing in which the same thing again is the same episode
inline constexpr float kMaxRecorded = 6;  // cap of a recorded daily maximum: one bad day must not blind the next

// One bucket as one metric sees it: x counted against m expected.
//   volume   a, b: what the quarter hours before and after would expect      errors, drift   a: requests
//   cost     a: requests, b: sum of squares in units²                                latency         a: requests, b: log of the expected P95
struct Sample {
  float x = 0, m = 0, a = 0, b = 0;
};

struct Episode {
  bool open = false;
  bool may_reopen = false;
  std::int8_t sign = 1;
  std::uint8_t severity = 0;
  std::uint8_t window = 0;  // index of the window that fired
  std::uint16_t length = 0, calm = 0, idle = 0;
  std::int64_t opened_us = 0, last_us = 0;               // last_us: of the last bucket in which it was open
  double sum_x = 0, sum_m = 0, sum_n = 0, sum_cost = 0;  // fading, for the new normal
  double touched = 0;                                    // requests
  float peak_z = 0, peak_e = 0, told_z = 0;              // told_z: the peak when it was last reported
};

// What most series do not have: those that don't carry a pointer only.
template <class T>
class Apart {
 public:
  Apart() = default;
  Apart(const Apart& other) : own_{other.own_ ? std::make_unique<T>(*other.own_) : nullptr} {}
  Apart(Apart&&) noexcept = default;
  Apart& operator=(const Apart& other) {
    if (this != &other) own_ = other.own_ ? std::make_unique<T>(*other.own_) : nullptr;
    return *this;
  }
  Apart& operator=(Apart&&) noexcept = default;
  ~Apart() = default;

  const T& get() const {
    static const T none;
    return own_ ? *own_ : none;
  }
  T& make() {
    if (!own_) own_ = std::make_unique<T>();
    return *own_;
  }
  void drop() { own_.reset(); }

 private:
  std::unique_ptr<T> own_;
};

struct Track {
  std::array<Sample, kLongest> ring{};  // newest first
  float unit = 0;                       // of the newest sample: cost in USD, else 1
  std::uint8_t count = 0;
  std::array<float, kWindows> over{}, against{};  // over / against: extra variance of the window, as averages so that busy hours weigh more
  std::array<std::uint16_t, kWindows> learned{};
  std::array<std::array<std::uint16_t, kWindows>, kDays> maxima{};  // 1/1000 of |z|, a ring of days
  std::array<std::uint16_t, kWindows> today{};
  std::array<float, kWindows> usual_max{};  // their median
  std::uint8_t days = 0;                    // recorded, at most 255
  float last_z = 0;                         // z of one bucket, of the bucket before
  std::uint8_t quarantine = 0;              // buckets that learning has paused for
  std::uint16_t fast = 0;                   // buckets in which to learn fast, after a new normal
  Apart<Episode> episode;                   // dropped once it can't be reopened
};

struct Rate {  // per request
  double value = 0;
  std::uint32_t seen = 0;
};

struct Memory {
  std::int64_t last_us = 0;
  std::uint32_t seen = 0;
  std::uint8_t silent = 0;  // buckets, after a gap
  double requests = 0;      // slow average a bucket
  // volume: mean of the square root by quarter hour, Monday to Friday and weekend
  std::array<std::array<float, kSlots>, 2> profile{};
  std::array<std::array<std::uint8_t, kSlots>, 2> profile_seen{};
  std::array<std::uint32_t, 2> type_seen{};
  std::array<double, 2> level{1, 1};  // one a day type: a shared one would carry the weekend into Monday
  // The most that each half hour reached on the last days, as steps of a logarithm, also in episodes: a burst of every night is usual, though its
  // start wanders so that no quarter hour has it on average.
  std::array<std::array<std::uint8_t, kSlots / 2>, kBurstDays> most{};
  std::int64_t most_day = 0;        // local day, since the epoch, of the newest of them
  std::array<float, 24> nervous{};  // mean z² by hour
  std::array<std::uint8_t, 24> nervous_seen{};
  Rate cost, errors, drift;
  double unit_cost = 0, unit_cost2 = 0;
  double log_p95 = 0;
  std::uint32_t p95_seen = 0;
  std::array<float, 24> hour_p95{};
  std::array<std::uint8_t, 24> hour_p95_seen{};
  std::array<Track, kMetrics> tracks{};
};

}  // namespace lectr::insight
