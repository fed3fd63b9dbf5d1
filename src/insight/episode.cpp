#include "insight/episode.hpp"

#include <algorithm>
#include <cmath>

#include "insight/values.hpp"

namespace lectr::insight {
namespace {

constexpr double kFade = 0.98;     // of the sums behind a new normal: about its last four hours
constexpr int kCalm = 3;           // buckets
constexpr int kNothingSaid = 12;   // buckets without a word about this metric: it is over, for want of requests
constexpr int kReopenQuiet = 144;  // as kReopenUs after that: a price that was raised in the evening is not news in the morning
constexpr double kTells = 3;       // deviations between an episode's level and the usual one from which a window can tell them apart
constexpr double kMediumE = 1.5, kHighE = 2.5;
constexpr double kFewRequests = 20;  // touched: never more than medium

Severity severity_of(const Look& look, const Episode& e) {
  const Window& one = look.windows[0];
  if (look.metric == Metric::volume && e.sign < 0 && one.x == 0 && one.m >= 15) return Severity::high;  // an outage
  const Severity by_evidence = e.peak_e < kMediumE ? Severity::low : e.peak_e < kHighE ? Severity::medium : Severity::high;
  return look.metric != Metric::volume && e.touched < kFewRequests ? std::min(by_evidence, Severity::medium) : by_evidence;
}

void tell(Step what, const Look& look, int window, const Episode& e, std::vector<Finding>& out) {
  Finding f;
  f.step = what, f.metric = look.metric, f.direction = e.sign > 0 ? Direction::high : Direction::low;
  f.opened_us = e.opened_us, f.at_us = look.at_us;
  window = std::min(window, std::max(0, look.known - 1));
  f.window = kWidth[static_cast<std::size_t>(window)];
  if (look.known > 0) {
    const Window& w = look.windows[static_cast<std::size_t>(window)];
    const Expected band = usual(look.metric, w, f.window);
    f.observed = observed(look.metric, w, f.window), f.baseline = band.value, f.low = band.low, f.high = band.high;
  }
  f.sigma = look.known > 0 ? static_cast<float>(look.windows[static_cast<std::size_t>(window)].z) : 0;
  f.peak_sigma = e.sign * e.peak_z;
  f.severity = static_cast<Severity>(e.severity);
  out.push_back(f);
}

void add(const Window& w, double requests, Episode& e) {
  e.sum_x = e.sum_x * kFade + w.x, e.sum_m = e.sum_m * kFade + w.m, e.sum_n = e.sum_n * kFade + w.n;
  e.sum_cost = e.sum_cost * kFade + w.x * w.unit;
  e.touched += requests;
}

void note_peak(const Look& look, Episode& e) {
  for (int i = 0; i < look.known; ++i) {
    const Window& w = look.windows[static_cast<std::size_t>(i)];
    if (worth_telling(look.metric, i, w)) e.peak_z = std::max(e.peak_z, static_cast<float>(e.sign * w.z));
  }
  if (look.evidence.sign == e.sign) e.peak_e = std::max(e.peak_e, static_cast<float>(look.evidence.e));
  e.severity = std::max(e.severity, static_cast<std::uint8_t>(severity_of(look, e)));
}

void open(const Look& look, Track& track, std::vector<Finding>& out) {
  Episode& e = track.episode.make();
  const std::int64_t within = e.idle >= kNothingSaid ? kReopenQuiet : kReopenUs;
  const bool same = e.may_reopen && e.sign == look.evidence.sign && look.at_us - e.last_us <= within * kBucketUs;
  const std::int64_t after = e.last_us + kBucketUs;
  const Window& w = look.windows[static_cast<std::size_t>(look.evidence.window)];
  if (!same) {
    e = Episode{};
    const std::int64_t first = look.at_us - (kWidth[static_cast<std::size_t>(look.evidence.window)] - 1) * kBucketUs;
    e.opened_us = std::max(first, after);  // never the identity of the one before
    e.sign = static_cast<std::int8_t>(look.evidence.sign);
  }
  e.open = true, e.calm = e.idle = 0;  // its length goes on: half a day of it in all is the new normal
  e.sum_x = e.sum_m = e.sum_n = e.sum_cost = 0;
  add(w, w.n, e);
  e.window = static_cast<std::uint8_t>(look.evidence.window);
  e.last_us = look.at_us;
  note_peak(look, e);
  e.peak_z = std::max(e.peak_z, static_cast<float>(std::abs(w.z)));
  e.told_z = e.peak_z;
  tell(same ? Step::reopened : Step::opened, look, look.evidence.window, e, out);
}

bool calm(const Look& look, const Episode& e) {
  const auto z = [&](std::size_t i) { return static_cast<int>(i) < look.known ? e.sign * look.windows[i].z : 0; };
  return z(0) < 2 && z(1) < 2 && (e.length <= 12 || z(2) < 3 || z(1) < 1);
}

// The z of a window that the episode's level went on in.
double going_on(const Look& look, const Window& w, const Episode& e) {
  if (e.sum_m <= 0 || w.m <= 0) return 0;
  const double level = e.sum_x / e.sum_m;
  const double r = look.metric == Metric::latency ? level * std::sqrt(w.m) : 2 * (std::sqrt(level * w.m + 0.375) - std::sqrt(w.m + 0.375));
  return e.sign * normal_score(r / w.deviation, w.skew);
}

enum class Sounds : std::uint8_t { nothing, usual, unusual };

// What is calm by itself may only be little: at night a raised price and the usual one look alike.
Sounds sounds(const Look& look, const Episode& e) {
  if (!look.spoke) return Sounds::nothing;
  if (!calm(look, e)) return Sounds::unusual;
  for (int i = 1; i < look.known; ++i) {
    const Window& w = look.windows[static_cast<std::size_t>(i)];
    if (const double z = going_on(look, w, e); z >= kTells) return e.sign * w.z < z / 2 ? Sounds::usual : Sounds::unusual;
  }
  return look.known < 2 ? Sounds::usual : Sounds::nothing;
}

void end(const Look& look, Track& track, bool may_reopen, std::vector<Finding>& out) {
  Episode& e = track.episode.make();
  tell(Step::closed, look, 1, e, out);
  e.open = false, e.may_reopen = may_reopen;
}

}  // namespace

void forget_window(Track& track, int keep) { track.count = static_cast<std::uint8_t>(std::min<int>(track.count, keep)); }

void close(const Look& look, Track& track, bool may_reopen, std::vector<Finding>& out) {
  if (track.episode.get().open) end(look, track, may_reopen, out);
  if (!may_reopen && track.episode.get().may_reopen) track.episode.make().may_reopen = false;
}

Turn step(const Look& look, Track& track, std::vector<Finding>& out) {
  if (!track.episode.get().open) {
    if (look.at_us - track.episode.get().last_us > kReopenQuiet * kBucketUs) track.episode.drop();
    if (look.evidence.e < 1) return Turn::none;
    open(look, track, out);
    return Turn::opened;
  }
  Episode& e = track.episode.make();
  if (look.evidence.e >= 1 && look.evidence.sign != e.sign) {  // from too much to too little without a pause
    end(look, track, false, out);
    open(look, track, out);
    return Turn::opened;
  }
  e.last_us = look.at_us, ++e.length;
  const std::uint8_t severity_before = e.severity;
  if (look.known > 0) add(look.windows[0], look.requests, e);
  note_peak(look, e);
  switch (sounds(look, e)) {
    case Sounds::nothing: ++e.idle; break;
    case Sounds::usual: ++e.calm, e.idle = 0; break;
    case Sounds::unusual: e.calm = e.idle = 0; break;
  }
  if (e.calm >= kCalm || e.idle >= kNothingSaid) {
    end(look, track, true, out);
    forget_window(track, kCalm);  // what was found is not evidence for the next
    return Turn::closed;
  }
  if (e.length >= kNewNormal) {
    end(look, track, false, out);
    forget_window(track);
    return Turn::accepted;
  }
  if (e.peak_z > e.told_z * 1.1F || e.severity != severity_before) {
    e.told_z = e.peak_z;
    tell(Step::updated, look, e.window, e, out);
  }
  return Turn::none;
}

}  // namespace lectr::insight
