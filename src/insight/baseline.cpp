#include "insight/baseline.hpp"

#include <algorithm>
#include <cmath>

namespace lectr::insight {
namespace {

constexpr std::int64_t kQuarterUs = 900'000'000;
constexpr double kKappa2 = 1.3 * 1.3;  // variance of the log of a P95 is about kappa² / n
constexpr int kLeastForP95 = 5;

// As a count in a window: sums of them stay finite.
float bounded(double v) { return static_cast<float>(std::clamp(v, -1e15, 1e15)); }

std::size_t at(int i) { return static_cast<std::size_t>(i); }
const Track& track_of(const Memory& memory, Metric metric) { return memory.tracks[static_cast<std::size_t>(metric)]; }

// Requests expected in a bucket of that time; negative: not known.
double volume_at(const Memory& memory, const Hour& hour) {
  if (memory.profile_seen[at(hour.type)][at(hour.slot)] == 0 && memory.type_seen[at(1 - hour.type)] < kDay) return -1;
  const double root = memory.profile[at(hour.type)][at(hour.slot)];
  return std::max(0.0, root * root - 0.125) * memory.level[at(hour.type)];
}

constexpr double kStepsPerOctave = 12;  // 255 steps reach two million requests
constexpr std::int64_t kDayUs = kDay * kBucketUs;
constexpr double kBurst = 1.5, kBurstSigma = 4;  // what is less is noise, and no burst

std::int64_t day_of(std::int64_t local_us) { return local_us / kDayUs - (local_us % kDayUs < 0); }
std::size_t row_of(std::int64_t day) { return static_cast<std::size_t>((day % kBurstDays + kBurstDays) % kBurstDays); }

// What the shape of that day has in the middle of the four hours around this time: a burst is too short to be in it, the top of a day is.
double shape_around(const Memory& memory, std::int64_t local_us) {
  constexpr std::int64_t kTwoHours = 8;
  std::array<double, 2 * kTwoHours + 1> shape{};
  for (std::int64_t i = 0; i <= 2 * kTwoHours; ++i)
    shape[static_cast<std::size_t>(i)] = volume_at(memory, hour_of(local_us + (i - kTwoHours) * kQuarterUs));
  std::nth_element(shape.begin(), shape.begin() + kTwoHours, shape.end());
  return shape[kTwoHours];
}

// A working day's noon is no burst that Sunday's would be like: the other type of day reached this in a shape that is above this one's.
bool is_other_shape(const Memory& memory, std::int64_t local_us, std::int64_t then_us, double most) {
  if (hour_of(then_us).type == hour_of(local_us).type) return false;
  const double then = shape_around(memory, then_us);
  return most <= kBurst * then && then > kBurst * shape_around(memory, local_us);
}

// Requests that were reached in the half hours next to this time on at least two of the four days before; 0: not.
double reached_twice(const Memory& memory, std::int64_t local_us) {
  const std::int64_t day = day_of(local_us);
  const int slot = hour_of(local_us).slot;
  int first = 0, second = 0;
  for (std::int64_t back = 1; back < kBurstDays; ++back) {
    if (day - back > memory.most_day || memory.most_day - (day - back) >= kBurstDays) continue;  // that day is not kept
    int most = 0;
    for (int s = std::max(0, slot - 1); s <= std::min(kSlots - 1, slot + 1); ++s)
      most = std::max<int>(most, memory.most[row_of(day - back)][at(s / 2)]);
    if (is_other_shape(memory, local_us, local_us - back * kDayUs, std::exp2(most / kStepsPerOctave) - 1)) continue;
    second = std::max(second, std::min(first, most)), first = std::max(first, most);
  }
  return std::exp2(second / kStepsPerOctave) - 1;
}

// The neighbours of a sample carry the interval that is expected: a burst that comes again is within.
void widen_by_burst(const Memory& memory, const Bucket& bucket, Sample& sample) {
  const double high = std::max({sample.m, sample.a, sample.b}), most = reached_twice(memory, bucket.local_us);
  const double noise = std::sqrt(1 + extra_variance(track_of(memory, Metric::volume), 0) * high);
  if (most <= kBurst * high || 2 * (std::sqrt(most) - std::sqrt(high)) <= kBurstSigma * noise) return;
  sample.a = std::min(sample.a, sample.b), sample.b = static_cast<float>(most);
}

Outlook volume_outlook(const Memory& memory, const Bucket& bucket) {
  Outlook out;
  const Hour hour = hour_of(bucket.local_us);
  const double m = volume_at(memory, hour);
  out.known = m >= 0, out.spoke = true;
  out.sample.x = static_cast<float>(bucket.requests);
  out.sample.m = bounded(std::max(0.0, m));
  const auto near = [&](std::int64_t shift) {
    const double v = volume_at(memory, hour_of(bucket.local_us + shift));
    return v < 0 ? out.sample.m : bounded(v);
  };
  out.sample.a = near(-kQuarterUs), out.sample.b = near(kQuarterUs);
  widen_by_burst(memory, bucket, out.sample);
  out.young = 1 / (1 + memory.profile_seen[at(hour.type)][at(hour.slot)] / 3.0);
  out.nervous = memory.nervous_seen[at(hour.hour)] ? memory.nervous[at(hour.hour)] : 1;
  return out;
}

Outlook rate_outlook(const Rate& rate, double x, double n, double unit) {
  Outlook out;
  out.known = rate.seen >= 12, out.spoke = n > 0;
  out.sample = {bounded(x / unit), bounded(n * rate.value / unit), bounded(n)};
  out.unit = static_cast<float>(bounded(unit));
  out.young = 1 / (1 + rate.seen / 24.0);
  return out;
}

double unit_of(const Memory& memory) { return memory.unit_cost > 0 ? std::clamp(memory.unit_cost2 / memory.unit_cost, 1e-12, 1e12) : 0; }

Outlook latency_outlook(const Memory& memory, const Bucket& bucket) {
  Outlook out;
  const int hour = hour_of(bucket.local_us).hour;
  out.known = memory.p95_seen >= 12;
  out.spoke = bucket.requests >= kLeastForP95 && bucket.p95_us > 0;
  const double usual = memory.log_p95 + memory.hour_p95[at(hour)];
  out.sample.b = bounded(usual);
  out.young = 1 / (1 + memory.hour_p95_seen[at(hour)] / 12.0);
  if (!out.spoke) return out;
  // Of few requests the P95 is nearly their maximum, with a tail of its own.
  const double n = static_cast<double>(bucket.requests), k = n / kKappa2 / (1 + 10 / n);
  out.sample.m = static_cast<float>(k), out.sample.a = static_cast<float>(bucket.requests);
  out.sample.x = bounded(k * (std::log(bucket.p95_us) - usual));
  return out;
}

void learn_volume(Memory& memory, const Bucket& bucket, const Outlook& seen) {
  const Hour hour = hour_of(bucket.local_us);
  float& root = memory.profile[at(hour.type)][at(hour.slot)];
  std::uint8_t& times = memory.profile_seen[at(hour.type)][at(hour.slot)];
  const Track& track = track_of(memory, Metric::volume);
  const double n = static_cast<double>(bucket.requests), m = seen.sample.m;
  double& level = memory.level[at(hour.type)];
  const double observed = std::sqrt(n / level + 0.375);
  const double spread = std::sqrt((1 + extra_variance(track, 0) * m) * std::max(1.0, seen.nervous) / level) / 2;
  if (m >= 3 && is_newcomer(memory, hour.type)) {
    level = std::clamp(level * std::exp(0.15 * std::clamp(std::log((n + 0.375) / (m + 0.375)), -0.7, 0.7)), 1e-3, 1e6);
    ++memory.type_seen[at(hour.type)];
    return;
  }
  if (!seen.known) {
    root = static_cast<float>(observed);
  } else {
    const double limit = times < 6 ? 1e9 : 3 * spread;
    const double gain = std::max(track.fast ? 0.25 : 0.35 / 3, 1.0 / (times + 1.5));
    root += static_cast<float>(gain * std::clamp(observed - root, -limit, limit));
  }
  if (times < 255) ++times;
  // While a day type is new its profile is a guess: the level must not pay for it.
  if (++memory.type_seen[at(hour.type)] <= kDay || m < 3) return;
  const double limit = std::min(1.0, 3 * std::sqrt((1 + extra_variance(track, 0) * m) / m));
  const double ratio = std::clamp(std::log((n + 0.375) / (m + 0.375)), -limit, limit);
  level = std::clamp(level * std::exp((track.fast ? 0.04 : 0.01) * ratio), 1e-3, 1e6);
}

void learn_rate(Rate& rate, double x, double n, double unit, double usual_n, bool fast) {
  if (n <= 0) return;
  const double gain = std::min(0.5, std::max(fast ? 0.016 : 0.004, 1.0 / (rate.seen + 2.0)) * std::min(3.0, n / std::max(1.0, usual_n)));
  const double limit = rate.seen < 24 ? 1e300 : 4 * rate.value + 1.5 * unit / n;
  rate.value += gain * (std::min(x / n, limit) - rate.value);
  if (rate.seen < 1u << 30) ++rate.seen;
}

void learn_unit(Memory& memory, const Bucket& bucket) {
  if (bucket.cost <= 0) return;
  const double squares =
      bucket.cost2 > 0 ? bucket.cost2 : bucket.cost * bucket.cost / static_cast<double>(std::max<std::int64_t>(1, bucket.requests));
  const double gain = std::max(0.004, 1.0 / (memory.cost.seen + 1.0));
  // One dear request may not set the scale that it is measured with.
  const double usual = unit_of(memory), most = usual > 0 && memory.cost.seen > 24 ? 4 * usual * bucket.cost : 1e300;
  memory.unit_cost += gain * (bucket.cost - memory.unit_cost);
  memory.unit_cost2 += gain * (std::min(squares, most) - memory.unit_cost2);
}

void learn_latency(Memory& memory, const Bucket& bucket, const Outlook& seen) {
  if (!seen.spoke) return;
  const int hour = hour_of(bucket.local_us).hour;
  const Track& track = track_of(memory, Metric::latency);
  if (memory.p95_seen == 0) memory.log_p95 = std::log(bucket.p95_us);
  const double k = seen.sample.m, limit = memory.p95_seen < 24 ? 1e9 : 3 * std::sqrt((1 + extra_variance(track, 0) * k) / k);
  const double off = std::clamp(std::log(bucket.p95_us) - memory.log_p95 - memory.hour_p95[at(hour)], -limit, limit);
  std::uint8_t& times = memory.hour_p95_seen[at(hour)];
  memory.log_p95 += std::max(track.fast ? 0.02 : 0.005, 1.0 / (memory.p95_seen + 2.0)) * off;
  memory.hour_p95[at(hour)] += static_cast<float>(std::max(0.01, 0.5 / (times + 8.0)) * off);
  if (times < 255) ++times;
  if (memory.p95_seen < 1u << 30) ++memory.p95_seen;
}

}  // namespace

Hour hour_of(std::int64_t local_us) {
  constexpr std::int64_t kDayUs = kDay * kBucketUs;
  std::int64_t day = local_us / kDayUs, rest = local_us % kDayUs;
  if (rest < 0) rest += kDayUs, --day;
  const auto weekday = ((day + 3) % 7 + 7) % 7;  // the epoch was a Thursday; 0: Monday
  const int slot = static_cast<int>(rest / kQuarterUs);
  return {slot, slot / 4, weekday >= 5 ? 1 : 0};
}

Outlook outlook(Metric metric, const Memory& memory, const Bucket& bucket) {
  const double n = static_cast<double>(bucket.requests);
  switch (metric) {
    case Metric::volume: return volume_outlook(memory, bucket);
    case Metric::errors: return rate_outlook(memory.errors, static_cast<double>(bucket.errors), n, 1);
    case Metric::drift: return rate_outlook(memory.drift, static_cast<double>(bucket.drifted), n, 1);
    case Metric::latency: return latency_outlook(memory, bucket);
    case Metric::cost: break;
  }
  const double unit = unit_of(memory);
  if (unit <= 0) return {};  // nothing was ever priced
  Outlook out = rate_outlook(memory.cost, bucket.cost, n, unit);
  out.sample.b = static_cast<float>(std::min(1e15, bucket.cost2 / (unit * unit)));
  return out;
}

void learn(Metric metric, Memory& memory, const Bucket& bucket, const Outlook& seen) {
  const double n = static_cast<double>(bucket.requests);
  const bool fast = track_of(memory, metric).fast > 0;
  switch (metric) {
    case Metric::volume: return learn_volume(memory, bucket, seen);
    case Metric::errors: return learn_rate(memory.errors, static_cast<double>(bucket.errors), n, 1, memory.requests, fast);
    case Metric::drift: return learn_rate(memory.drift, static_cast<double>(bucket.drifted), n, 1, memory.requests, fast);
    case Metric::latency: return learn_latency(memory, bucket, seen);
    case Metric::cost: break;
  }
  learn_unit(memory, bucket);
  learn_rate(memory.cost, bucket.cost, n, unit_of(memory), memory.requests, fast);
}

void learn_nervous(Memory& memory, const Bucket& bucket, const Window& one) {
  if (one.m < 3) return;
  const std::size_t hour = at(hour_of(bucket.local_us).hour);
  float& mean = memory.nervous[hour];
  std::uint8_t& times = memory.nervous_seen[hour];
  if (times == 0) mean = 1;
  const double usual = hour_factor(mean);
  const double plain = one.r / one.deviation * std::sqrt(usual);  // without this hour's factor
  mean += static_cast<float>(std::max(0.012, 1.0 / (times + 24.0)) * (std::min(plain * plain, 9.0) - mean));
  if (times < 255) ++times;
}

void learn_requests(Memory& memory, const Bucket& bucket) {
  memory.requests += std::max(0.004, 1.0 / (memory.seen + 1.0)) * (static_cast<double>(bucket.requests) - memory.requests);
}

void note_most(Memory& memory, const Bucket& bucket) {
  const std::int64_t day = day_of(bucket.local_us);
  if (day > memory.most_day) {
    const std::int64_t fresh = std::min<std::int64_t>(day - memory.most_day, kBurstDays);
    for (std::int64_t i = 0; i < fresh; ++i) memory.most[row_of(day - i)].fill(0);
    memory.most_day = day;
  }
  if (memory.most_day - day >= kBurstDays) return;  // a time zone was changed by days: cannot be, and does no harm
  std::uint8_t& most = memory.most[row_of(day)][at(hour_of(bucket.local_us).slot / 2)];
  most = std::max(most, static_cast<std::uint8_t>(std::min(255.0, kStepsPerOctave * std::log2(1.0 + static_cast<double>(bucket.requests)))));
}

void accept_level(Metric metric, Memory& memory, const Episode& episode) {
  const auto rate = [&](Rate& r, double sum) {
    if (episode.sum_n > 0) r.value = std::clamp(sum / episode.sum_n, 0.0, 1e15);
  };
  switch (metric) {
    case Metric::volume:
      for (double& level : memory.level)
        if (episode.sum_m > 0) level = std::clamp(level * episode.sum_x / episode.sum_m, 1e-3, 1e6);
      break;
    case Metric::errors: rate(memory.errors, episode.sum_x); break;
    case Metric::drift: rate(memory.drift, episode.sum_x); break;
    case Metric::cost: rate(memory.cost, episode.sum_cost); break;
    case Metric::latency:
      if (episode.sum_m > 0) memory.log_p95 += std::clamp(episode.sum_x / episode.sum_m, -20.0, 20.0);
      break;
  }
}

bool is_newcomer(const Memory& memory, int type) { return memory.type_seen[at(type)] < kNewcomer && memory.type_seen[at(1 - type)] >= kDay; }

int slot_seen(const Memory& memory, const Bucket& bucket) {
  const Hour hour = hour_of(bucket.local_us);
  return memory.profile_seen[at(hour.type)][at(hour.slot)];
}

void meet_day_type(Memory& memory, const Bucket& bucket) {
  const std::size_t type = at(hour_of(bucket.local_us).type), other = 1 - type;
  if (memory.type_seen[type] > 0 || memory.type_seen[other] == 0) return;
  memory.profile[type] = memory.profile[other], memory.level[type] = memory.level[other];
}

}  // namespace lectr::insight
