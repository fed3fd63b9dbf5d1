// The second generator of months: another hand, another idea of traffic, so that the detector is not measured with its own thoughts alone. It differs
// where real traffic may: counts spread more than Poisson, days that are busier or calmer as a whole, every day type with hours of its own, batches
// whose start wanders, latency that follows load, costs of two kinds of request, errors that come in clusters, a time zone, incidents that begin and end
// gradually or wobble.
#include <algorithm>
#include <array>
#include <cmath>

#include "support/dice.hpp"
#include "support/months.hpp"

namespace lectr::months {
namespace {

constexpr int kWarm = 2 * kBucketsADay;
constexpr double kClusters = 8;  // shape of how errors of ordinary days cluster

struct App {
  double base, weekend, night, peak_hour, width, wobble, memory, spread, growth, error_rate, drift_rate, small_cost, big_cost, big_share, p95, load;
  bool batch;
};

struct Change {
  double traffic = 1, cost = 1, p95 = 1, errors = 0, drift = 0;
  int requests = -1, failed = -1;
  bool missing = false, dismissed = false, dear = false;
};

std::array<App, kFeatures> apps(Dice& d) {
  const auto near = [&](double v) { return v * d.between(0.75, 1.3); };
  return {{{near(250), 0.25, 0.05, d.between(12, 15), 3.5, 0.06, 0.90, 400, 0.0, 0.012, 0.003, 0.004, 0.05, 0.1, near(3e6), 0.10, false},
           {near(90), 1.15, 0.35, d.between(18, 21), 5.0, 0.08, 0.75, 200, 0.30, 0.020, 0.010, 0.002, 0.02, 0.2, near(1.2e6), 0.15, false},
           {near(40), 0.50, 0.30, d.between(9, 11), 4.0, 0.08, 0.60, 100, 0.05, 0.025, 0.015, 0.010, 0.20, 0.1, near(8e6), 0.05, true},
           {near(9), 0.80, 0.50, d.between(10, 16), 5.0, 0.10, 0.50, 50, 0.00, 0.015, 0.010, 0.020, 0.10, 0.3, near(5e6), 0.00, false},
           {near(800), 0.90, 0.75, d.between(14, 17), 6.0, 0.04, 0.92, 900, 0.20, 0.004, 0.002, 0.0005, 0.002, 0.3, near(5e5), 0.20, false}}};
}

double hours(const App& a, double hour, bool weekend) {
  const double peak = a.peak_hour + (weekend ? 2 : 0);  // people get up later
  double away = std::abs(hour - peak);
  away = std::min(away, 24 - away);
  return (a.night + (1 - a.night) * std::exp(-std::pow(away / a.width, 2))) * (weekend ? a.weekend : 1);
}

class Plan {
 public:
  Plan(Dice& dice, std::vector<Label>& labels) : dice_{dice}, labels_{labels}, changes_(kFeatures, std::vector<Change>(kBuckets)) {}

  // A free place at least `away` from anything else of the feature. Nothing found: -1.
  int place(int feature, int length, int away, int from = kWarm + 24, int to = kBuckets - 30) {
    for (int tries = 0; tries < 5000; ++tries) {
      const int first = dice_.whole(from, to - length);
      bool free = true;
      for (const auto& [a, b] : taken_[static_cast<std::size_t>(feature)]) free = free && (first - away > b || first + length + away < a);
      if (!free) continue;
      taken_[static_cast<std::size_t>(feature)].push_back({first, first + length});
      return first;
    }
    return -1;
  }

  // `change` gets how much of the incident is there, 0..1: some come in over up to three buckets.
  template <class F>
  void put(bool incident, const char* kind, int feature, int length, double size, bool strong, const F& change) {
    const int first = place(feature, length, incident ? 36 : 24);
    if (first < 0) return;
    const int ramp = incident ? dice_.whole(0, 2) : 0;
    for (int i = 0; i < length; ++i) {
      const double wobble = incident ? std::exp(0.06 * dice_.normal()) : 1;
      change(at(feature, first + i), std::min(1.0, (i + 1.0) / (ramp + 1.0)) * std::min(1.0, wobble));
    }
    labels_.push_back({incident, kind, feature, first, first + length - 1, size, strong});
  }
  Change& at(int feature, int bucket) { return changes_[static_cast<std::size_t>(feature)][static_cast<std::size_t>(bucket)]; }
  void label(Label label) { labels_.push_back(std::move(label)); }

 private:
  Dice& dice_;
  std::vector<Label>& labels_;
  std::vector<std::vector<Change>> changes_;
  std::array<std::vector<std::pair<int, int>>, kFeatures> taken_;
};

double blend(double size, double part) { return 1 + (size - 1) * part; }

void add_incidents(Dice& d, Plan& p) {
  const auto length = [&] { return d.whole(6, 60); };
  const auto busy = [&] { return std::array{0, 1, 2, 4}[static_cast<std::size_t>(d.whole(0, 3))]; };
  for (const bool price : {false, true}) {
    const int f = price ? 0 : 4, first = p.place(f, 160, 40, 9 * kBucketsADay, 22 * kBucketsADay);
    if (first < 0) continue;
    const double size = price ? d.between(1.45, 2.5) : d.between(1.4, 1.9);
    for (int b = first; b < kBuckets; ++b) (price ? p.at(f, b).cost : p.at(f, b).traffic) *= size;
    p.label({true, price ? "cost_level" : "traffic_high", f, first, first + 159, size, size >= 2});
  }
  for (int i = 0; i < 8; ++i) {
    const double size = d.between(1.7, 6);
    p.put(true, "traffic_high", d.whole(0, 4), length(), size, size >= 2, [&](Change& c, double part) { c.traffic *= blend(size, part); });
  }
  for (int i = 0; i < 7; ++i) {
    const double size = i < 3 ? 0 : d.between(0.05, 0.5);
    p.put(true, "traffic_low", busy(), length(), size, true, [&](Change& c, double part) { c.traffic *= blend(size, part); });
  }
  for (int i = 0; i < 8; ++i) {
    const int f = d.whole(0, 4);
    const double size = f == 3 ? d.between(0.25, 1) : f == 2 ? d.between(0.1, 1) : d.between(0.025, 1);
    p.put(true, "errors", f, length(), size, true, [&](Change& c, double part) { c.errors = size * part; });
  }
  for (int i = 0; i < 6; ++i) {
    const double size = d.between(1.45, 5);
    p.put(true, "cost", d.whole(0, 4), d.whole(9, 60), size, size >= 2, [&](Change& c, double part) { c.cost *= blend(size, part); });
  }
  for (int i = 0; i < 5; ++i) {
    const double size = d.between(1.2, 4);
    p.put(true, "latency", busy(), length(), size, size >= 2, [&](Change& c, double part) { c.p95 *= blend(size, part); });
  }
  for (int i = 0; i < 4; ++i) {
    const double size = d.between(0.25, 1);
    p.put(true, "drift", d.whole(0, 4), length(), size, true, [&](Change& c, double part) { c.drift = size * part; });
  }
}

void add_lookalikes(Dice& d, Plan& p) {
  const auto none = [](Change&, double) {};
  for (int i = 0; i < 5; ++i) {
    const double size = d.between(1.15, 1.35);
    p.put(false, "blip", d.whole(0, 4), 1, size, false, [&](Change& c, double) { c.traffic *= size; });
  }
  for (int i = 0; i < 5; ++i) p.put(false, "few_errors", 3, 1, 1, false, [&](Change& c, double) { c.requests = d.whole(3, 5), c.failed = 2; });
  for (int i = 0; i < 4; ++i) p.put(false, "few_slow", 3, 1, 1, false, [&](Change& c, double) { c.requests = 3, c.p95 = d.between(3, 5); });
  for (int i = 0; i < 4; ++i) p.put(false, "gap", d.whole(0, 4), d.whole(6, 48), 1, false, [&](Change& c, double) { c.missing = true; });
  for (int i = 0; i < 4; ++i) {
    const double size = d.between(2, 6);
    p.put(false, "dismissed", d.whole(0, 4), d.whole(12, 48), size, false, [&](Change& c, double) { c.dismissed = true, c.traffic *= size; });
  }
  for (int i = 0; i < 4; ++i) p.put(false, "one_dear", d.whole(0, 4), 1, 1, false, [&](Change& c, double) { c.dear = true; });
  for (int i = 0; i < 3; ++i) {
    const int f = d.whole(0, 1) * 4, first = p.place(f, 216, 0);
    const double size = d.between(0.08, 0.18);
    for (int b = 0; first >= 0 && b < 216; ++b) p.at(f, first + b).traffic *= 1 + size * std::sin(3.14159265 * b / 216);
    if (first >= 0) p.label({false, "busy_day", f, first, first + 215, size, false});
  }
  for (int i = 0; i < 2; ++i) p.put(false, "calm", d.whole(0, 4), 48, 1, false, none);
  p.label({false, "growth", 1, 15 * kBucketsADay, 22 * kBucketsADay, 1, false});
}

// `before`: what holds already, a level that stays.
Truth truth_of(const App& a, const Change& before, const Change& c, double mean, double load) {
  const double usual_cost = a.small_cost + a.big_share * (a.big_cost - a.small_cost);
  Truth t{mean * before.traffic, a.error_rate, a.drift_rate, usual_cost * before.cost, a.p95 * (1 + a.load * load)};
  t.traffic = c.traffic / before.traffic, t.cost_factor = c.cost / before.cost, t.p95_factor = c.p95;
  t.errors = std::min(1.0, a.error_rate + c.errors), t.drift = std::min(1.0, a.drift_rate + c.drift);
  t.requests_shape = a.spread, t.errors_shape = kClusters;
  const double square = (1 - a.big_share) * a.small_cost * a.small_cost + a.big_share * a.big_cost * a.big_cost;
  t.cost_variance = square * 13 / 12 / (usual_cost * usual_cost) - 1, t.p95_spread = 0.5;  // 13/12: of a factor between 0.5 and 1.5
  return t;
}

insight::Bucket draw(Dice& d, const App& a, const Change& c, double mean, double load) {
  insight::Bucket b;
  const double rate = mean * c.traffic;
  b.requests = c.requests >= 0 ? c.requests : d.poisson(rate * d.gamma(a.spread));  // variance 1/spread on top of Poisson's
  const std::int64_t n = b.requests;
  const double cluster = d.gamma(kClusters);  // errors of ordinary days come in clusters
  b.errors = c.failed >= 0 ? c.failed : d.binomial(n, std::min(1.0, a.error_rate * cluster + c.errors));
  b.drifted = d.binomial(n, std::min(1.0, a.drift_rate + c.drift));
  std::vector<double> slow;
  const std::int64_t drawn = std::min<std::int64_t>(n, 600);
  for (std::int64_t i = 0; i < drawn; ++i) {
    const double cost = c.cost * (d.uniform() < a.big_share ? a.big_cost : a.small_cost) * d.between(0.5, 1.5);
    b.cost += cost, b.cost2 += cost * cost;
    slow.push_back(0.5 * d.normal());
  }
  if (drawn > 0 && n > drawn) b.cost *= static_cast<double>(n) / 600, b.cost2 *= static_cast<double>(n) / 600;
  if (c.dear) b.cost += 20 * a.big_cost, b.cost2 += 400 * a.big_cost * a.big_cost;
  if (drawn == 0) return b;
  const auto rank = static_cast<std::ptrdiff_t>(std::ceil(0.95 * static_cast<double>(drawn))) - 1;
  std::nth_element(slow.begin(), slow.begin() + rank, slow.end());
  b.p95_us = a.p95 * c.p95 * std::exp(slow[static_cast<std::size_t>(rank)] - 0.82) * (1 + a.load * load) * std::exp(0.03 * d.normal());
  return b;
}

std::vector<insight::Bucket> run(Dice& d, const App& a, int feature, Plan& plan, std::vector<Label>& labels, int weekday, std::int64_t zone_us) {
  std::vector<insight::Bucket> out;
  double noise = 0, day_factor = 1;
  int batch_at = 0;
  const std::int64_t start = (20'458 + weekday) * 86'400'000'000LL - zone_us;  // midnight of local time
  for (int i = 0; i < kBuckets; ++i) {
    const int day = i / kBucketsADay, of_day = i % kBucketsADay;
    const bool weekend = (weekday + day) % 7 >= 5;
    if (of_day == 0) day_factor = std::exp(0.03 * d.normal()), batch_at = 36 + d.whole(-1, 2);
    noise = a.memory * noise + std::sqrt(1 - a.memory * a.memory) * d.normal();
    const double shape = hours(a, of_day / 12.0, weekend);
    double mean = a.base * shape * (1 + a.growth * i / kBuckets) * day_factor * std::exp(a.wobble * noise);
    if (a.batch && of_day >= batch_at && of_day < batch_at + 4) mean += a.base * d.between(3.5, 5);
    const Change& change = plan.at(feature, i);
    for (Label& label : labels)
      if (label.incident && label.feature == feature && i >= label.first && i <= label.last) {
        if (label.first == i) label.usual_requests = mean;
        label.truth.push_back(truth_of(a, plan.at(feature, label.first - 1), change, mean, shape));
      }
    insight::Bucket b = draw(d, a, change, mean, shape);
    b.start_us = start + i * insight::kBucketUs, b.local_us = b.start_us + zone_us, b.excluded = change.dismissed;
    if (!change.missing) out.push_back(b);
  }
  return out;
}

}  // namespace

Month make_second(std::uint64_t seed) {
  Dice d{seed};
  Month month;
  const auto all = apps(d);
  Plan plan{d, month.labels};
  add_incidents(d, plan);
  add_lookalikes(d, plan);
  const int weekday = d.whole(0, 6);  // of the first day; 0: Monday
  const std::int64_t zone_us = d.whole(-8, 9) * 3'600'000'000LL;
  for (int day = 0; day < kDays - 1; ++day)
    for (const int f : {0, 2})
      if ((weekday + day) % 7 == 5)
        month.labels.push_back(
            {false, "weekend", f, day * kBucketsADay, (day + 2) * kBucketsADay - 1, all[static_cast<std::size_t>(f)].weekend, false});
  for (int f = 0; f < kFeatures; ++f) month.features.push_back(run(d, all[static_cast<std::size_t>(f)], f, plan, month.labels, weekday, zone_us));
  return month;
}

}  // namespace lectr::months
