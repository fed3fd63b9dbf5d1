#include "insight/window.hpp"

#include <algorithm>
#include <cmath>

namespace lectr::insight {
namespace {

constexpr double kFloor = 0.04 * 0.04;  // nothing real is steadier than 3 to 4 %
constexpr double kLongFloor = 0.6 * kFloor;
constexpr double kLongCap = 0.09 * 0.09;
constexpr double kUnlearned = 0.07 * 0.07;
constexpr double kLeastCount = 0.2, kProof = 50, kRemembered = 1000;  // of count_variance; the last two in windows
// By metric (volume, errors, latency, cost, drift) and window. Errors and drift are counts of rare things, whose tail is what the root makes of it: with the
// thresholds of the others they gave no false episode in two years of months, and were late.
constexpr std::array<std::array<double, kWindows>, kMetrics> kThreshold = {
    {{5.3, 4.8, 5.3}, {4.4, 3.9, 4.4}, {5.3, 4.8, 5.3}, {5.3, 4.8, 5.3}, {4.4, 3.9, 4.4}}};
constexpr std::array<double, kMetrics> kPair = {3.5, 2.8, 3.5, 3.5, 2.8}, kOverUsual = {2, 1.6, 2, 2, 1.6};
constexpr double kFallsBy = 0.5, kPairFallsBy = 0.4;  // less for falls of traffic, which cannot pile up as rises do
constexpr double kOneBucketRise = 0.4;                // a blip of one bucket by a third is no incident
constexpr double kPairMargin = 0.3;
constexpr double kWeak = 0.9;     // cap of evidence whose effect is too small to tell
constexpr double kCalmest = 0.9;  // of an hour's factor: inside the expected interval residuals say too little
// A percentile's right tail is longer than the normal one; its skewness is this over the root of the requests above it. A lognormal latency has about
// 0.5, a tail like a power 1.1.
constexpr double kTailSkew = 0.8;
constexpr double kAbove = 20;       // requests to each one above the P95
constexpr double kMayWander = 3;    // deviations of its own hours that traffic may have wandered by
constexpr std::size_t kRecent = 3;  // newest buckets that say nothing of that: they are what is judged
constexpr std::array<double, kWindows> kEffectShare = {1.0, 0.7, 0.5}, kTrafficShare = {1.0, 1.1, 0.9};  // traffic wanders by a fifth for hours

double anscombe(double x, double m) { return 2 * (std::sqrt(x + 0.375) - std::sqrt(m + 0.375)); }

double least_effect(Metric metric, int window) {
  constexpr std::array<double, kMetrics> kEffect = {0.25, 0.50, 0.12, 0.25, 0.50};
  const auto& share = metric == Metric::volume ? kTrafficShare : kEffectShare;
  return kEffect[static_cast<std::size_t>(metric)] * share[static_cast<std::size_t>(window)];
}

// How far above or below its shape traffic has been before the newest buckets, in the last hour at most: the mean of the level if it spreads by what hours
// of this series spread (a gamma) and counts are Poisson's.
double wandered(const Track& track) {
  double x = 0, m = 0;
  for (std::size_t i = kRecent; i < track.count; ++i) x += track.ring[i].x, m += track.ring[i].m;
  const double extra = extra_variance(track, kWindows - 1), most = 1 + kMayWander * std::sqrt(extra);
  return std::clamp((1 + extra * x) / (1 + extra * m), 1 / most, most);
}

Window sum(Metric metric, const Track& track, int width) {
  Window w;
  double least = 0, most = 0;
  for (int i = 0; i < width; ++i) {
    const Sample& s = track.ring[static_cast<std::size_t>(i)];
    w.x += s.x, w.m += s.m, w.n += s.a, least += std::min({s.m, s.a, s.b}), most += std::max({s.m, s.a, s.b}), w.squares += s.b;
    w.busy += s.x > 0;
  }
  w.unit = track.unit;
  if (metric == Metric::volume) {
    // A level that was there before is no news; in an episode it is the episode's own.
    const double wander = track.episode.get().open || width > static_cast<int>(kRecent) ? 1 : wandered(track);
    w.low = least * std::min(1.0, wander), w.high = most * std::max(1.0, wander);  // a batch a quarter of an hour late, a steep morning: usual
    w.n = w.x;
  } else {
    w.low = w.high = w.m;
  }
  if (metric == Metric::latency && w.m > 0) {
    for (int i = 0; i < width; ++i) w.log_base += track.ring[static_cast<std::size_t>(i)].b * track.ring[static_cast<std::size_t>(i)].m / w.m;
  }
  return w;
}

}  // namespace

double hour_factor(double nervous) { return std::max(kCalmest, nervous); }

double normal_score(double z, double skew) { return skew > 0 ? 6 / skew * (std::cbrt(std::max(0.0, 1 + skew * z / 2)) - 1) + skew / 6 : z; }

double extra_variance(const Track& track, int window) {
  const auto i = static_cast<std::size_t>(window);
  const double learned = track.learned[i] > 24 && track.against[i] > 0 ? track.over[i] / track.against[i] : kUnlearned;
  if (window == 0) return std::clamp(learned, kFloor, 25.0);
  return std::clamp(learned, kLongFloor, std::max(1.2 * extra_variance(track, 0), kLongCap));
}

double count_variance(Metric metric, const Track& track, int window) {
  const auto i = static_cast<std::size_t>(window);
  if (metric != Metric::latency || track.learned[i] <= 24) return 1;
  const double extra = extra_variance(track, window), count_share = std::max(0.1, 1 - extra * track.against[i]);
  const double less = std::min(0.0, (track.over[i] - extra * track.against[i]) / count_share);
  const double apart = std::min<double>(track.learned[i], kRemembered) / kWidth[i];  // windows that do not overlap
  return std::max(kLeastCount, 1 + less * apart / (apart + kProof));
}

Window look(Metric metric, const Track& track, int window, double young, double nervous) {
  const int width = kWidth[static_cast<std::size_t>(window)];
  Window w = sum(metric, track, width);
  const double count = count_variance(metric, track, window);
  const auto deviation_at = [&](double m) {
    const double variance = count + extra_variance(track, window) * m + young * (count + extra_variance(track, 0) * m / width);
    return std::sqrt(variance * hour_factor(nervous));
  };
  w.deviation = deviation_at(w.m);
  if (metric == Metric::latency) {
    w.r = w.m > 0 ? w.x / std::sqrt(w.m) : 0;
    w.skew = kTailSkew / std::sqrt(w.n / kAbove + width);
    w.z = normal_score(w.r / w.deviation, w.skew);
    return w;
  }
  w.r = anscombe(w.x, w.m);
  // The edge of the expected interval is as noisy as what makes it: a burst among quiet minutes.
  if (w.x > w.high) w.r = anscombe(w.x, w.high), w.z = w.r / deviation_at(w.high);
  if (w.x < w.low) w.r = anscombe(w.x, w.low), w.z = w.r / w.deviation;
  return w;
}

void learn_variance(Track& track, int window, const Window& seen, double young) {
  if (seen.m < 3) return;  // below, the transform is biased and the variance would explode
  const auto i = static_cast<std::size_t>(window);
  const double base = 1 + extra_variance(track, window) * seen.m;
  const double unsure = young * (1 + extra_variance(track, 0) * seen.m / kWidth[i]);
  const double square = std::min(seen.r * seen.r, 9 * (base + unsure));
  const double gain = std::max(0.002, 1.0 / (track.learned[i] + 20.0));
  track.over[i] += static_cast<float>(gain * ((square - 1 - unsure) / base - track.over[i]));
  track.against[i] += static_cast<float>(gain * (seen.m / base - track.against[i]));
  if (track.learned[i] < 60000) ++track.learned[i];
}

bool one_sided(Metric metric) { return metric != Metric::volume; }

bool worth_telling(Metric metric, int window, const Window& w) {
  const double effect = least_effect(metric, window);
  switch (metric) {
    case Metric::volume:
      if (w.z > 0) return w.x >= w.high * (1 + (window == 0 ? kOneBucketRise : effect)) && w.x >= 20 && w.x - w.high >= 10;
      return w.x <= w.low * (1 - effect) && w.m >= 15;
    case Metric::cost:  // one dear request is no incident: it alone would be the root of the sum of squares
      return w.x >= w.m * (1 + effect) && w.x - w.m >= 5 && w.n >= (window == 0 ? 60 : 20) && w.x - w.m >= 1.2 * std::sqrt(w.squares);
    case Metric::latency: return w.m > 0 && w.x / w.m >= std::log1p(effect) && w.n >= 15;
    case Metric::errors:
    case Metric::drift: return w.x >= w.m * (1 + effect) && w.x >= 5 && (window == 0 || w.busy >= 2);
  }
  return false;
}

Evidence weigh(Metric metric, const Track& track, const std::array<Window, kWindows>& windows, int known, double scale) {
  Evidence best;
  const auto which = static_cast<std::size_t>(metric);
  for (int i = 0; i < known; ++i) {
    const Window& w = windows[static_cast<std::size_t>(i)];
    if (one_sided(metric) && w.z <= 0) continue;
    if (i > 0 && w.z * windows[0].z < 0 && std::abs(windows[0].z) > 2) continue;  // what the long window says is past: now it is the contrary
    const bool falls = metric == Metric::volume && w.z < 0;
    const double base = (kThreshold[which][static_cast<std::size_t>(i)] - (falls ? kFallsBy : 0)) * scale;
    const double usual = track.usual_max[static_cast<std::size_t>(i)];
    double e = std::abs(w.z) / std::max(base, std::min(usual + kOverUsual[which], base + 2));
    const bool enough = worth_telling(metric, i, w);
    if (i == 0 && enough && e < 1 && w.z * track.last_z > 0) {
      const double both = std::min(std::abs(w.z), std::abs(static_cast<double>(track.last_z)));
      if (both > (kPair[which] - (falls ? kPairFallsBy : 0)) * scale && both > usual + kPairMargin) e = 1;
    }
    if (!enough) e = std::min(e, kWeak);
    if (e > best.e) best = {e, i, w.z > 0 ? 1 : -1};
  }
  return best;
}

double score(double e) { return 1 - std::exp(-2 * e * e); }

void note_maximum(Track& track, int window, double z) {
  auto& today = track.today[static_cast<std::size_t>(window)];
  today = std::max(today, static_cast<std::uint16_t>(1000 * std::min<double>(std::abs(z), kMaxRecorded)));
}

void end_day(Track& track) {
  track.maxima[track.days % kDays] = track.today;
  track.days = static_cast<std::uint8_t>(track.days + 1 < 2 * kDays ? track.days + 1 : kDays);
  const int kept = std::min<int>(track.days, kDays);
  for (std::size_t w = 0; w < kWindows; ++w) {
    std::array<std::uint16_t, kDays> sorted{};
    for (int d = 0; d < kept; ++d) sorted[static_cast<std::size_t>(d)] = track.maxima[static_cast<std::size_t>(d)][w];
    std::nth_element(sorted.begin(), sorted.begin() + kept / 2, sorted.begin() + kept);
    track.usual_max[w] = static_cast<float>(sorted[static_cast<std::size_t>(kept / 2)]) / 1000;
    track.today[w] = 0;
  }
}

}  // namespace lectr::insight
