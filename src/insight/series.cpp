#include "insight/series.hpp"

#include <algorithm>
#include <cmath>

#include "insight/baseline.hpp"
#include "insight/episode.hpp"
#include "insight/values.hpp"

namespace lectr::insight {
namespace {

constexpr std::int64_t kGapUs = 5 * kBucketUs;       // longer without a bucket: windows are void
constexpr std::int64_t kLongGapUs = 12 * kBucketUs;  // longer: an open episode has ended
constexpr int kSilentAfterGap = 2;
constexpr double kSuspicion = 0.6;  // evidence above it pauses learning
constexpr int kMaxQuarantine = 18;
constexpr int kNewTypeSilent = 60, kNewTypeDamped = 250;  // buckets of a day type that was never seen
constexpr double kNewTypeDamping = 0.7;
constexpr std::uint16_t kFastAfterNewNormal = kDay;

bool makes_sense(const Bucket& b) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  const auto count = [](std::int64_t n) { return n >= 0 && n < kMost; };
  const auto amount = [](double v) { return v >= 0 && v < 1e15; };  // false for NaN
  return count(b.requests) && count(b.errors) && count(b.drifted) && amount(b.cost) && amount(b.cost2) && amount(b.p95_us) && b.start_us > 0 &&
         b.start_us < std::int64_t{1} << 60 && b.local_us > -(std::int64_t{1} << 60) && b.local_us < std::int64_t{1} << 60;
}

Track& track_of(Memory& memory, Metric metric) { return memory.tracks[static_cast<std::size_t>(metric)]; }

void push(Track& track, const Outlook& seen) {
  std::move_backward(track.ring.begin(), track.ring.end() - 1, track.ring.end());
  track.ring[0] = seen.sample, track.unit = seen.unit;
  if (track.count < kLongest) ++track.count;
}

// Windows are void: what lies before is not next to what comes.
void interrupt(Memory& memory, const Bucket& bucket, bool end_episodes, bool may_reopen, std::vector<Finding>& out) {
  for (int i = 0; i < kMetrics; ++i) {
    const auto metric = static_cast<Metric>(i);
    Track& track = track_of(memory, metric);
    Look nothing;
    nothing.metric = metric, nothing.at_us = bucket.start_us;
    if (end_episodes) close(nothing, track, may_reopen, out);
    forget_window(track);
    track.last_z = 0, track.quarantine = 0;
  }
  memory.silent = kSilentAfterGap;
}

// A day type seen for the first time is judged by the other's profile, so falls (a first weekend) stay silent,
// and after a weekend alone the first Monday says nothing.
void damp_new_day_type(const Memory& memory, const Bucket& bucket, Evidence& evidence) {
  const int type = hour_of(bucket.local_us).type;
  const std::uint32_t seen = memory.type_seen[static_cast<std::size_t>(type)];
  if (seen >= kNewTypeDamped && slot_seen(memory, bucket) > 0) return;
  evidence.e *= type == 0 || seen < kNewTypeSilent || evidence.sign < 0 ? 0 : kNewTypeDamping;
}

// What differs is not learned at once, even where nothing may be said yet; but the level of a new day type must be found, and a quarter hour that was
// passed over on its first day is learned on the second.
bool must_learn(const Memory& memory, const Bucket& bucket) {
  const int type = hour_of(bucket.local_us).type;
  return is_newcomer(memory, type) || (memory.type_seen[static_cast<std::size_t>(type)] >= kNewTypeDamped && slot_seen(memory, bucket) == 0);
}

struct Judged {
  Outlook outlook;
  Look look;
  bool learns = false;
};

Judged judge_metric(Metric metric, Memory& memory, const Bucket& bucket, double scale, std::vector<Finding>& out) {
  Judged j;
  Track& track = track_of(memory, metric);
  j.outlook = outlook(metric, memory, bucket);
  j.look.metric = metric, j.look.at_us = bucket.start_us, j.look.spoke = j.outlook.spoke && j.outlook.known;
  j.look.requests = static_cast<double>(bucket.requests);
  if (!j.outlook.known) {
    forget_window(track);
  } else {
    push(track, j.outlook);
    for (int i = 0; i < kWindows && kWidth[static_cast<std::size_t>(i)] <= track.count; ++i, ++j.look.known)
      j.look.windows[static_cast<std::size_t>(i)] = look(metric, track, i, j.outlook.young, j.outlook.nervous);
  }
  double suspicion = 0;
  const bool judging = memory.seen >= kWarmupBuckets && memory.silent == 0;
  if (judging && j.outlook.known) {
    j.look.evidence = weigh(metric, track, j.look.windows, j.look.known, scale);
    suspicion = j.look.evidence.e;
    if (metric == Metric::volume) {
      damp_new_day_type(memory, bucket, j.look.evidence);
      if (must_learn(memory, bucket)) suspicion = 0;
    }
  }
  const Turn turn = memory.seen >= kWarmupBuckets ? step(j.look, track, out) : Turn::none;
  if (turn == Turn::accepted) {
    accept_level(metric, memory, track.episode.get());
    track.fast = kFastAfterNewNormal, track.last_z = 0;
  } else {
    track.last_z = static_cast<float>(j.look.windows[0].z);
    if (track.fast > 0) --track.fast;
  }
  const bool suspicious = suspicion > kSuspicion && !track.episode.get().open;
  track.quarantine = static_cast<std::uint8_t>(suspicious ? std::min(track.quarantine + 1, kMaxQuarantine + 1) : 0);
  j.learns = turn != Turn::accepted && (track.quarantine == 0 || track.quarantine > kMaxQuarantine);
  return j;
}

void learn_metric(const Judged& j, Memory& memory, const Bucket& bucket) {
  Track& track = track_of(memory, j.look.metric);
  for (int i = 0; i < j.look.known; ++i) {
    const Window& w = j.look.windows[static_cast<std::size_t>(i)];
    if (j.learns) learn_variance(track, i, w, j.outlook.young);
    if (memory.seen >= kDay && memory.silent == 0) note_maximum(track, i, one_sided(j.look.metric) ? std::max(0.0, w.z) : w.z);
  }
  if (j.look.metric == Metric::volume && j.look.known > 0) learn_nervous(memory, bucket, j.look.windows[0]);
  if (j.learns) learn(j.look.metric, memory, bucket, j.outlook);
}

}  // namespace

Series::Series() : state_{std::make_unique<State>()} {}
Series::Series(const Series& other) : state_{std::make_unique<State>(*other.state_)} {}
Series::Series(Series&& other) noexcept = default;
Series& Series::operator=(const Series& other) {
  if (this != &other) state_ = std::make_unique<State>(*other.state_);
  return *this;
}
Series& Series::operator=(Series&& other) noexcept = default;
Series::~Series() = default;

void Series::judge(const Bucket& bucket, Sensitivity sensitivity, std::vector<Finding>& out) {
  Memory& memory = state_->memory;
  if (!makes_sense(bucket) || bucket.start_us <= memory.last_us) return;
  const std::int64_t pause = memory.last_us > 0 ? bucket.start_us - memory.last_us : 0;
  memory.last_us = bucket.start_us;
  if (bucket.excluded) return interrupt(memory, bucket, true, false, out);
  if (pause > kGapUs) interrupt(memory, bucket, pause > kLongGapUs, true, out);
  meet_day_type(memory, bucket);

  const double scale = std::clamp(sensitivity.sigma, 0.5, 10.0) / 2;
  std::array<Judged, kMetrics> judged;
  for (int i = 0; i < kMetrics; ++i) judged[static_cast<std::size_t>(i)] = judge_metric(static_cast<Metric>(i), memory, bucket, scale, out);
  const bool frozen = std::any_of(memory.tracks.begin(), memory.tracks.end(), [](const Track& t) { return t.episode.get().open; });
  if (!frozen) {
    for (const Judged& j : judged) learn_metric(j, memory, bucket);
    learn_requests(memory, bucket);
  }
  note_most(memory, bucket);
  if (memory.silent > 0) --memory.silent;
  ++memory.seen;
  if (memory.seen % kDay == 0 && memory.seen > kDay)
    for (Track& track : memory.tracks) end_day(track);
}

int Series::buckets_seen() const { return static_cast<int>(std::min<std::uint32_t>(state_->memory.seen, 1u << 30)); }
int Series::buckets_to_go() const { return std::max(0, kWarmupBuckets - buckets_seen()); }
std::int64_t Series::last_us() const { return state_->memory.last_us; }

std::optional<Expected> Series::expected(Metric metric, const Bucket& bucket) const {
  const Memory& memory = state_->memory;
  if (!makes_sense(bucket)) return std::nullopt;
  Bucket asked = bucket;
  const bool rate = metric != Metric::volume && metric != Metric::cost;
  // A rate of no requests has no band of its own: that of a usual bucket is drawn.
  const bool tells = (!rate || asked.requests >= 5) && (metric != Metric::latency || asked.p95_us > 0);
  if (rate && asked.requests < 5) asked.requests = std::max<std::int64_t>(5, std::llround(memory.requests));
  if (asked.p95_us <= 0) asked.p95_us = 1;
  const Outlook seen = outlook(metric, memory, asked);
  if (!seen.known) return std::nullopt;
  Track track = memory.tracks[static_cast<std::size_t>(metric)];
  push(track, seen);
  const Window window = look(metric, track, 0, seen.young, seen.nervous);
  Expected out = usual(metric, window);
  if (tells && std::isfinite(window.z)) out.sigma = window.z;
  return out;
}

}  // namespace lectr::insight
