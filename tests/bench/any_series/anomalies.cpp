// What is put into a background: labelled anomalies, and lookalikes that bear no label.
#include <algorithm>

#include "assemble.hpp"

namespace lectr::bench {
namespace {

struct Place {
  Background& b;
  Dice& d;
  int at;         // onset
  double noise;   // of one step to the next
  double spread;  // of the whole series, robust
  double top, bottom;
  int size() const { return static_cast<int>(b.value.size()); }
  double& value(int i) { return b.value[std::clamp(i, 0, size() - 1)]; }
  int end(int length) const { return std::min(size(), at + length); }
};

double quantile(std::vector<double> values, double q) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}
double one_of(Dice& d) { return d.chance(0.5) ? 1 : -1; }
double big(Place& p) { return std::max({p.spread * p.d.between(1.5, 5), p.noise * p.d.between(6, 15), (p.top - p.bottom) * p.d.between(0.2, 1)}); }

void spike_up(Place& p) {
  const double to = p.top + big(p) * p.d.between(0.4, 1.5);
  const int n = p.d.whole(1, 6);
  for (int i = p.at; i < p.end(n); ++i) p.value(i) = to + p.noise * p.d.normal();
}
void spike_down(Place& p) {
  const double to = p.bottom - big(p) * p.d.between(0.3, 1.2);
  const int n = p.d.whole(1, 6);
  for (int i = p.at; i < p.end(n); ++i) p.value(i) = to + p.noise * p.d.normal();
}
void level_shift(Place& p) {
  const double by = one_of(p.d) * std::max(p.spread * p.d.between(0.8, 3), p.noise * p.d.between(3, 6));
  const int n = p.d.chance(0.3) ? p.size() : p.d.whole(p.size() / 50 + 10, p.size() / 8);
  for (int i = p.at; i < p.end(n); ++i) p.value(i) += by;
}
void variance(Place& p) {
  const double by = p.d.chance(0.7) ? p.d.between(2.5, 6) : p.d.between(0.05, 0.3);
  const int n = p.d.whole(p.size() / 60 + 10, p.size() / 12);
  double mean = p.value(p.at);
  for (int i = p.at; i < p.end(n); ++i) {
    mean += 0.2 * (p.value(i) - mean);
    p.value(i) = mean + by * (p.value(i) - mean) + (by > 1 ? p.noise * p.d.normal() : 0);
  }
}
void stuck(Place& p) {
  const int n = p.d.whole(20, std::max(40, p.size() / 25));
  const double v = p.value(p.at);
  for (int i = p.at; i < p.end(n); ++i) p.value(i) = v;
}
void dropout(Place& p) {
  const int n = p.d.whole(2, 60);
  const double v = p.d.chance(0.6) ? std::max(p.b.low, std::min(0.0, p.bottom)) : p.bottom - p.d.between(0, 0.3) * p.spread;
  for (int i = p.at; i < p.end(n); ++i) p.value(i) = v;
}
void leak(Place& p) {  // the label's middle is where the climb has reached half of its height
  const int n = p.d.whole(p.size() / 40 + 20, p.size() / 12);
  const double by = one_of(p.d) * big(p) * 1.3;
  const int from = std::max(0, p.at - n / 2);
  for (int i = from; i < std::min(p.size(), from + n); ++i) p.value(i) += by * (i - from) / n;
  if (p.d.chance(0.5))
    for (int i = from + n; i < std::min(p.size(), from + n + 20); ++i) p.value(i) = p.bottom;
}
void missing_season(Place& p) {
  const int n = std::max(p.b.day, 20);
  const double v = p.d.chance(0.5) ? p.bottom : p.value(p.at);
  for (int i = p.at; i < p.end(n); ++i) p.value(i) = v + 0.7 * p.noise * p.d.normal();
}
void other_speed(Place& p) {
  const double by = p.d.chance(0.5) ? p.d.between(1.7, 4) : p.d.between(0.25, 0.6);
  const int n = p.d.whole(p.size() / 40 + 20, p.size() / 10), from = p.d.whole(0, std::max(0, p.at - static_cast<int>(n * by) - 1));
  const std::vector<double> copy = p.b.value;
  for (int i = p.at; i < p.end(n); ++i) p.value(i) = copy[std::min<std::size_t>(copy.size() - 1, static_cast<std::size_t>(from + (i - p.at) * by))];
}
void mirrored(Place& p) {
  const int n = p.d.whole(p.size() / 50 + 20, p.size() / 14);
  const double middle = (p.top + p.bottom) / 2;
  for (int i = p.at; i < p.end(n); ++i) p.value(i) = 2 * middle - p.value(i);
}
void small_change(Place& p) {
  const double by = one_of(p.d) * p.noise * p.d.between(3, 7);
  const int n = p.d.whole(1, 40);
  for (int i = p.at; i < p.end(n); ++i) p.value(i) += by;
}
void burst(Place& p) {
  const int n = p.d.whole(20, std::max(30, p.size() / 30));
  const double by = big(p);
  const double often = p.d.between(0.1, 0.6);
  for (int i = p.at; i < p.end(n); ++i)
    if (i == p.at || p.d.chance(often)) p.value(i) += by * p.d.between(0.3, 1.2);
}
void nothing(Place&) {}  // labels of people are at times about what nobody can see

struct Kind {
  const char* name;
  void (*put)(Place&);
  double anywhere, seasonal, regular;  // weights
};
constexpr Kind kKinds[] = {
    {"spike_up", spike_up, 5, 0, 0},
    {"spike_down", spike_down, 2, 0, 0},
    {"level_shift", level_shift, 3, 0, 0},
    {"variance", variance, 1.5, 0, 0},
    {"stuck", stuck, 0.7, 0, 0},
    {"dropout", dropout, 1.5, 0, 0},
    {"leak", leak, 1, 0, 0},
    {"missing_season", missing_season, 0, 1.5, 0},
    {"other_speed", other_speed, 0, 1, 0},
    {"mirrored", mirrored, 0, 0.5, 0.5},
    {"small_change", small_change, 0, 0, 2},
    {"burst", burst, 1.5, 0, 0},
    {"nothing", nothing, 1, 0, 0},
};
double weight(const Kind& k, const Background& b) { return k.anywhere + (b.day > 0 ? k.seasonal : 0) + (b.regular ? k.regular : 0); }

Place place(Background& b, Dice& d, int at) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < b.value.size(); ++i) steps.push_back(std::abs(b.value[i] - b.value[i - 1]));
  double noise = quantile(steps, 0.5);
  const double spread = (quantile(b.value, 0.9) - quantile(b.value, 0.1)) / 2.6;
  if (noise == 0) noise = std::max(b.quantum, spread / 10);
  return {b, d, at, noise, std::max(spread, noise), quantile(b.value, 0.99), quantile(b.value, 0.01)};
}
// Middling spikes without a label, in the first stretch too: real labels leave out what has an explanation.
void lookalikes(Background& b, Dice& d) {
  const int n = d.whole(0, 3);
  for (int i = 0; i < n; ++i) {
    Place p = place(b, d, d.whole(0, static_cast<int>(b.value.size()) - 1));
    const double to = p.top + p.spread * d.between(0.3, 1.5);
    for (int k = p.at, last = p.end(d.whole(1, 4)); k < last; ++k) p.value(k) = to;
  }
}

}  // namespace

Series make_series(const Family& family, std::uint64_t seed) {
  Dice d = dice_of(family, seed * 0x9e3779b97f4a7c15);
  Background b = family.make(d);
  const int n = static_cast<int>(b.value.size());
  lookalikes(b, d);
  Series out{family.name, {}, b.hours, {}, {}};
  const int count = d.chance(0.08) ? 0 : d.whole(1, 4), width = static_cast<int>(n * d.between(0.06, 0.1) / std::max(1, count));
  for (int i = 0, tries = 0; i < count && tries < 100; ++tries) {
    const int at = d.whole(static_cast<int>(n * 0.17), static_cast<int>(n * 0.97));
    const Window window{std::max(at - width / 2, n * 15 / 100 + 1), std::min(at + width / 2, n - 1)};
    if (!is_apart(out.windows, window, width)) continue;
    const Kind& kind = pick(d, kKinds, [&b](const Kind& k) { return weight(k, b); });
    Place p = place(b, d, at);
    kind.put(p);
    out.windows.push_back(window), out.kinds.push_back(kind.name), ++i;
  }
  out.value = readings(std::move(b));
  return out;
}

}  // namespace lectr::bench
