#include "lectr/insight/any_series.hpp"

#include <algorithm>
#include <cmath>

#include "insight/any_announce.hpp"
#include "insight/any_evidence.hpp"

namespace lectr::insight {
namespace {

constexpr std::int64_t kLearning = 150;   // records before the first word
constexpr double kDeviationGain = 0.005;  // of the mean absolute deviation, which `deviation` is given in
constexpr double kSigmaOfMean = 1.2533;   // standard deviation by mean absolute deviation, of a normal law
constexpr double kMostDeviation = 1000;

}  // namespace

struct AnySeries::State {
  AnyEvidence evidence;
  AnyAnnounce announce;
  double mean_off = 0;
  double deviation(double off) noexcept;
};

// By what was known before, then learns. A first difference in a series without any is as large as can be.
double AnySeries::State::deviation(double off) noexcept {
  const double sigma = kSigmaOfMean * mean_off;
  const double out = off == 0 ? 0 : sigma > 0 ? off / sigma : off > 0 ? kMostDeviation : -kMostDeviation;
  mean_off += std::max(kDeviationGain, 1.0 / static_cast<double>(evidence.records())) * (std::abs(off) - mean_off);
  return std::clamp(out, -kMostDeviation, kMostDeviation);
}

AnySeries::AnySeries() : state_{std::make_unique<State>()} {}
AnySeries::~AnySeries() = default;
AnySeries::AnySeries(AnySeries&&) noexcept = default;
AnySeries& AnySeries::operator=(AnySeries&&) noexcept = default;

AnyFinding AnySeries::add(std::int64_t unix_seconds, double value) {
  const auto found = state_->evidence.add(unix_seconds, value);
  const std::int64_t record = state_->evidence.records();
  AnyFinding out;
  out.baseline = found.expected;
  out.deviation = state_->deviation(value - found.expected);
  if (record <= kLearning) return out;
  out.score = state_->announce.score(record, found.size);
  out.reason = out.score >= kAnyAnnounced ? found.reason : AnyAnnounce::strong(found.size) ? AnyReason::known : AnyReason::usual;
  return out;
}

const char* to_text(AnyReason reason) noexcept {
  constexpr const char* kTexts[] = {"learning", "usual", "known", "jump up", "jump down", "high", "low", "unsteady", "still", "off season"};
  return kTexts[static_cast<std::size_t>(reason)];
}

}  // namespace lectr::insight
