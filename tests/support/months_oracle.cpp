// Who knows the rates before and after: how far they can be told apart by their first buckets, or by all of them. The bound of any detector on these months, as none knows as much.
#include <algorithm>
#include <cmath>
#include <functional>

#include "support/dice.hpp"
#include "support/months.hpp"

namespace lectr::months {
namespace {

constexpr std::size_t kDraws = 6000;  // of buckets
constexpr int kSides = 6;             // errors, drift, latency and cost upwards, traffic both ways
constexpr double kLooksAWeek = 7.0 * kBucketsADay * kFeatures * kSides;
constexpr int kGammas = 64;  // points of a gamma that a rate is drawn by

// One bucket's figure: log likelihood ratio of after to before of a value, and values as they come after.
struct Figure {
  double value = 0;
  std::function<double(double)> ratio;
  std::function<double(Dice&)> draw;
};

std::vector<double> gamma_points(double shape) {  // as Dice::gamma has it, at even steps of probability
  if (shape <= 0) return {1};
  std::vector<double> points;
  const auto below = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
  for (int i = 0; i < kGammas; ++i) {
    double low = -6, high = 6;
    for (int n = 0; n < 50; ++n) (below((low + high) / 2) < (i + 0.5) / kGammas ? low : high) = (low + high) / 2;
    points.push_back(std::pow(std::max(0.0, 1 - 1 / (9 * shape) + low / (3 * std::sqrt(shape))), 3));
  }
  return points;
}

// Log of the mean likelihood over the gamma's points.
template <class LogLikelihood>
double over(const std::vector<double>& points, const LogLikelihood& of) {
  std::vector<double> logs;
  for (const double g : points) logs.push_back(of(g));
  const double most = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double one : logs) sum += std::exp(one - most);
  return most + std::log(sum / static_cast<double>(points.size()));
}

double log_times(double n, double x) { return n > 0 ? n * std::log(std::max(x, 1e-300)) : 0; }

Figure traffic(const Truth& t, const insight::Bucket& b) {
  const auto points = gamma_points(t.requests_shape);
  const auto likelihood = [points](double x, double mean) { return over(points, [&](double g) { return log_times(x, mean * g) - mean * g; }); };
  return {static_cast<double>(b.requests), [=](double x) { return likelihood(x, t.requests * t.traffic) - likelihood(x, t.requests); },
          [=](Dice& d) { return static_cast<double>(d.poisson(t.requests * t.traffic * (t.requests_shape > 0 ? d.gamma(t.requests_shape) : 1))); }};
}

// `shape`: of the gamma by which the usual rate comes in clusters; what the incident adds does not.
Figure rate(std::int64_t n, std::int64_t hits, double before, double after, double shape) {
  const auto points = gamma_points(shape);
  const auto likelihood = [=](double x, double added) {
    return over(points, [&](double g) {
      const double p = std::clamp(before * g + added, 1e-12, 1 - 1e-12);
      return log_times(x, p) + log_times(static_cast<double>(n) - x, 1 - p);
    });
  };
  return {static_cast<double>(hits), [=](double x) { return likelihood(x, after - before) - likelihood(x, 0); },
          [=](Dice& d) { return static_cast<double>(d.binomial(n, std::min(1.0, before * (shape > 0 ? d.gamma(shape) : 1) + after - before))); }};
}

// The log of a sum of costs as if it were normal, with the right mean and variance (Fenton and Wilkinson).
Figure cost(const Truth& t, const insight::Bucket& b) {
  if (b.requests == 0) return {0, [](double) { return 0.0; }, [](Dice&) { return 0.0; }};
  const double variance = std::log1p(t.cost_variance / static_cast<double>(std::min<std::int64_t>(b.requests, 600)));
  const double before = std::log(t.cost * static_cast<double>(b.requests)) - variance / 2, shift = std::log(t.cost_factor);
  return {std::log(std::max(b.cost, 1e-12)), [=](double x) { return shift * (2 * (x - before) - shift) / (2 * variance); },
          [=](Dice& d) { return before + shift + std::sqrt(variance) * d.normal(); }};
}

// A percentile is one of the sorted latencies; its log is nearly normal: the spread of the order statistic at 95 %, density 0.103.
Figure latency(const Truth& t, const insight::Bucket& b) {
  if (b.requests == 0 || b.p95_us <= 0) return {0, [](double) { return 0.0; }, [](Dice&) { return 0.0; }};
  const auto n = static_cast<double>(std::min<std::int64_t>(b.requests, 600));
  const double variance = std::pow(t.p95_spread * 2.11, 2) / n, before = std::log(t.p95_us), shift = std::log(t.p95_factor);
  return {std::log(b.p95_us), [=](double x) { return shift * (2 * (x - before) - shift) / (2 * variance); },
          [=](Dice& d) { return before + shift + std::sqrt(variance) * d.normal(); }};
}

Figure figure_of(const Label& label, const Truth& t, const insight::Bucket& b) {
  if (label.kind == "errors") return rate(b.requests, b.errors, t.error_rate, t.errors, t.errors_shape);
  if (label.kind == "drift") return rate(b.requests, b.drifted, t.drift_rate, t.drift, 0);
  if (label.kind == "latency") return latency(t, b);
  if (label.kind == "cost" || label.kind == "cost_level") return cost(t, b);
  return traffic(t, b);
}

// How often ordinary buckets look at least as much like the incident: P(T >= t | before) is the mean of exp(-T) over those T >= t that come after, so
// a few thousand draws reach far into the tail.
double chance(const std::vector<Figure>& figures, std::uint64_t seed) {
  double seen = 0;
  for (const Figure& f : figures) seen += f.ratio(f.value);
  Dice dice{seed};
  const std::size_t draws = std::max<std::size_t>(100, kDraws / figures.size());
  double sum = 0;
  for (std::size_t i = 0; i < draws; ++i) {
    double t = 0;
    for (const Figure& f : figures) t += f.ratio(f.draw(dice));
    if (t >= seen) sum += std::exp(-t);
  }
  return seen <= 0 ? 1 : sum / static_cast<double>(draws);
}

std::vector<Figure> figures_of(const Label& label, const std::vector<insight::Bucket>& buckets, std::int64_t start, std::size_t most) {
  std::vector<Figure> figures;
  for (std::size_t i = 0; i < std::min(most, label.truth.size()); ++i) {
    const std::int64_t at = start + (label.first + static_cast<int>(i)) * insight::kBucketUs;
    const auto bucket = std::lower_bound(buckets.begin(), buckets.end(), at, [](const auto& b, std::int64_t us) { return b.start_us < us; });
    figures.push_back(figure_of(label, label.truth[i], *bucket));
  }
  return figures;
}

}  // namespace

std::vector<double> oracle(const Month& month, int buckets) {
  std::int64_t start = month.features[0].front().start_us;
  for (const auto& one : month.features) start = std::min(start, one.front().start_us);
  const std::size_t most = buckets > 0 ? static_cast<std::size_t>(buckets) : kBuckets;
  std::vector<double> out;
  for (std::size_t feature = 0; feature < kFeatures; ++feature)
    for (const Label& label : month.labels)
      if (label.incident && label.feature == static_cast<int>(feature))
        out.push_back(chance(figures_of(label, month.features[feature], start, most), static_cast<std::uint64_t>(label.first)) * kLooksAWeek);
  return out;
}

}  // namespace lectr::months
