#include "lectr/wire/calibration.hpp"

#include <algorithm>
#include <cmath>

namespace lectr::wire {
namespace {

constexpr double kForget = 1.0 - 1.0 / 500;  // about as many streams count
constexpr double kNoise = 0.01;              // variance of a stream's tokens, relative to their number
constexpr double kLeast = 16;                // shorter streams are as coarse as their rounding
constexpr double kFarthest = 4;              // times the prior: no sum of lengths is that wrong, so the weights are
constexpr double kTail = 0.05;
constexpr std::uint32_t kFirst = 10;            // streams, whose estimates were still the prior's
constexpr std::uint32_t kSeen = 10;             // streams, of a script that is known
constexpr double kPresent = 0.1, kKnown = 0.9;  // shares of a text's bytes: of a script that it has; of known ones in a text that can be judged

}  // namespace

Calibration::Terms Calibration::terms_of(const Measured& m) noexcept {
  return {static_cast<double>(m.bytes[0]), static_cast<double>(m.bytes[1]), static_cast<double>(m.bytes[2]), static_cast<double>(m.bytes[3]),
          static_cast<double>(m.deltas)};
}

double Calibration::centre(const Measured& m) const noexcept {
  const Terms x = terms_of(m);
  double sum = 0;
  for (std::size_t i = 0; i < kTerms; ++i) sum += weights_[i] * x[i];
  const double prior = static_cast<double>(m.total()) / 4;
  return std::clamp(sum, prior / kFarthest, prior * kFarthest);
}

bool Calibration::knows_script(const Measured& m) const noexcept {
  std::int64_t known = 0;
  for (std::size_t i = 0; i < m.bytes.size(); ++i)
    if (with_[i] >= kSeen) known += m.bytes[i];
  return static_cast<double>(known) >= kKnown * static_cast<double>(m.total());
}

// What was learned long ago counts less, but no weight becomes less sure than it was at first: without that, what a model's streams never have would
// grow without bound and take the first one that has it for everything.
void Calibration::forget() noexcept {
  Terms keep;
  for (std::size_t i = 0; i < kTerms; ++i) {
    const double grown = spread_[i][i] / kForget;
    keep[i] = grown > kPrior[i] ? std::sqrt(kPrior[i] / grown) : 1.0;
  }
  for (std::size_t i = 0; i < kTerms; ++i)
    for (std::size_t j = 0; j < kTerms; ++j) spread_[i][j] *= keep[i] * keep[j] / kForget;
}

void Calibration::learn(const Measured& m, std::int64_t tokens) noexcept {
  if (tokens <= 0 || m.total() <= 0) return;
  if (++streams_ > kFirst) off_[(streams_ - kFirst - 1) % kRing] = static_cast<float>(static_cast<double>(tokens) / centre(m));
  for (std::size_t i = 0; i < with_.size(); ++i) with_[i] += static_cast<double>(m.bytes[i]) >= kPresent * static_cast<double>(m.total());
  const double scale = std::max(static_cast<double>(m.total()) / 4, kLeast);  // errors count by their share
  Terms x = terms_of(m);
  for (double& term : x) term /= scale;
  forget();
  Terms gain{};
  double sum = kNoise, expected = 0;
  for (std::size_t i = 0; i < kTerms; ++i) {
    for (std::size_t j = 0; j < kTerms; ++j) gain[i] += spread_[i][j] * x[j];
    sum += x[i] * gain[i];
    expected += weights_[i] * x[i];
  }
  const double miss = static_cast<double>(tokens) / scale - expected;
  for (std::size_t i = 0; i < kTerms; ++i) weights_[i] += gain[i] / sum * miss;
  for (std::size_t i = 0; i < kTerms; ++i)
    for (std::size_t j = i; j < kTerms; ++j) spread_[i][j] = spread_[j][i] = spread_[i][j] - gain[i] * gain[j] / sum;
}

std::optional<TokenEstimate> Calibration::estimate(const Measured& m) const noexcept {
  if (streams_ < kEnough || m.total() <= 0 || !knows_script(m)) return std::nullopt;
  std::array<float, kRing> off = off_;
  const std::size_t n = std::min<std::size_t>(streams_ - kFirst, kRing);
  std::sort(off.begin(), off.begin() + static_cast<std::ptrdiff_t>(n));
  const std::size_t tail = std::max<std::size_t>(1, static_cast<std::size_t>(kTail * static_cast<double>(n + 1)));
  const double tokens = centre(m);
  const auto whole = [](double value) { return static_cast<std::int64_t>(std::llround(value)); };
  TokenEstimate out{whole(tokens), whole(tokens * off[tail - 1]), whole(tokens * off[n - tail])};
  out.low = std::min(out.low, out.value);  // the middle of a lopsided band may lie outside of it
  out.high = std::max(out.high, out.value);
  return out;
}

}  // namespace lectr::wire
