// What befalls the second set's systems. Labels are as people set them: around the onset, not exactly.
#include <algorithm>

#include "assemble.hpp"
#include "second.hpp"

namespace lectr::bench {
namespace {

struct Scene {
  Background& b;
  Dice& d;
  int at;
  double step, spread, top, bottom;  // the usual size of a step; between quantiles; quantiles
  int size() const { return static_cast<int>(b.value.size()); }
  int end(int length) const { return std::min(size(), at + std::max(1, length)); }
  double& value(int i) { return b.value[std::clamp(i, 0, size() - 1)]; }
  int cycle() const { return b.day > 1 ? b.day : 100; }
  // Visible, at times barely.
  double much(double least, double most) { return std::max(spread * d.between(least, most), step * d.between(3, 9)); }
};

double quantile(std::vector<double> values, double q) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}
Scene scene(Background& b, Dice& d, int at) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < b.value.size(); ++i) steps.push_back(std::abs(b.value[i] - b.value[i - 1]));
  const double spread = std::max(quantile(b.value, 0.9) - quantile(b.value, 0.1), 1e-9);
  return {b, d, at, std::max({quantile(steps, 0.6), b.quantum, spread / 50}), spread, quantile(b.value, 0.995), quantile(b.value, 0.005)};
}

void peak(Scene& s) {
  const double by = s.much(0.4, 3);
  for (int i = s.at, last = s.end(s.d.whole(1, 8)); i < last; ++i) s.value(i) = std::max(s.value(i), s.top) + by * s.d.between(0.5, 1);
}
void decaying_peak(Scene& s) {  // news: at once, then less and less
  const double by = s.much(0.6, 4), keeps = s.d.between(0.8, 0.98);
  double now = by;
  for (int i = s.at; i < s.size() && now > 0.02 * by; ++i, now *= keeps) s.value(i) += now * s.d.between(0.7, 1.2);
}
void trough(Scene& s) {
  const double by = s.much(0.4, 2);
  for (int i = s.at, last = s.end(s.d.whole(1, 12)); i < last; ++i) s.value(i) -= by * s.d.between(0.6, 1);
}
void stopped(Scene& s) {  // an outage: nothing comes in
  for (int i = s.at, last = s.end(s.d.whole(2, s.cycle() / 3 + 3)); i < last; ++i) s.value(i) = std::max(s.b.low, std::min(0.0, s.bottom));
}
void demand_dip(Scene& s) {
  const double share = s.d.between(0.3, 0.75);
  for (int i = s.at, last = s.end(s.d.whole(3, s.cycle() / 3 + 4)); i < last; ++i) s.value(i) = s.bottom + share * (s.value(i) - s.bottom);
}
void level(Scene& s) {
  const double by = (s.d.chance(0.65) ? 1 : -1) * s.much(0.3, 1.5);
  for (int i = s.at, last = s.end(s.d.chance(0.4) ? s.size() : s.d.whole(s.size() / 40, s.size() / 8)); i < last; ++i) s.value(i) += by;
}
void flat_line(Scene& s) {
  const double v = s.value(s.at);
  for (int i = s.at, last = s.end(s.d.whole(25, s.size() / 20)); i < last; ++i) s.value(i) = v;
}
void noise_vanishes(Scene& s) {
  double mean = s.value(s.at);
  for (int i = s.at, last = s.end(s.d.whole(40, s.size() / 12)); i < last; ++i) {
    mean += 0.15 * (s.value(i) - mean);
    s.value(i) = mean + 0.1 * (s.value(i) - mean);
  }
}
void noise_grows(Scene& s) {
  const double by = s.step * s.d.between(2, 6);
  for (int i = s.at, last = s.end(s.d.whole(30, s.size() / 15)); i < last; ++i) s.value(i) += by * s.d.normal();
}
void drift_then_failure(Scene& s) {  // the label is about the drift's last third, when one could have seen it
  const int n = s.d.whole(s.size() / 30, s.size() / 10), from = std::max(0, s.at - 2 * n / 3);
  const double by = (s.d.chance(0.6) ? 1 : -1) * s.much(0.8, 2);
  const int stop = std::min(s.size(), from + n), back = s.d.whole(10, s.size() / 40 + 11);
  for (int i = from; i < stop; ++i) s.value(i) += by * (i - from) / n;
  for (int i = stop; i < std::min(s.size(), stop + back); ++i) s.value(i) = s.bottom - 0.1 * s.spread;
}
void cycle_missing(Scene& s) {
  const bool low = s.d.chance(0.6);
  const double v = low ? s.bottom : s.top;
  for (int i = s.at, last = s.end(s.cycle()); i < last; ++i) s.value(i) = v + s.step * 0.3 * s.d.normal();
}
void cycle_flatter(Scene& s) {
  const double share = s.d.chance(0.7) ? s.d.between(0.3, 0.7) : s.d.between(1.3, 1.8);
  for (int i = s.at, last = s.end(s.cycle()); i < last; ++i) s.value(i) = s.bottom + share * (s.value(i) - s.bottom);
}
void cycle_shifted(Scene& s) {
  const std::vector<double> copy = s.b.value;
  const int by = static_cast<int>(s.cycle() * s.d.between(0.15, 0.5));
  for (int i = s.at, last = s.end(s.d.whole(s.cycle() / 2, 2 * s.cycle())); i < last; ++i)
    s.value(i) = copy[static_cast<std::size_t>(std::max(0, i - by))];
}
void other_rhythm(Scene& s) {
  const std::vector<double> copy = s.b.value;
  const double by = s.d.chance(0.5) ? s.d.between(1.4, 2.5) : s.d.between(0.4, 0.7);
  const int n = s.d.whole(s.cycle() / 2 + 10, 3 * s.cycle() + 10), from = std::max(0, s.at - static_cast<int>(n * by) - 1);
  for (int i = s.at, last = s.end(n); i < last; ++i) s.value(i) = copy[std::min(copy.size() - 1, static_cast<std::size_t>(from + (i - s.at) * by))];
}
void holiday(Scene& s) {  // the day is like the Sunday before: the record a few days earlier at the same hour
  const std::vector<double> copy = s.b.value;
  const int today = static_cast<int>(s.b.hours[static_cast<std::size_t>(s.at)] / 24);
  const int back = (today % 7 + 1) * s.b.day;
  for (int i = s.at, last = s.end(s.b.day); i < last; ++i)
    if (i >= back) s.value(i) = copy[static_cast<std::size_t>(i - back)];
}
void more_often(Scene& s) {  // single high values come often for a while
  const double often = s.d.between(0.1, 0.4);
  for (int i = s.at, last = s.end(s.d.whole(20, s.size() / 25)); i < last; ++i)
    if (i == s.at || s.d.chance(often)) s.value(i) = s.top + s.spread * s.d.between(-0.2, 0.6);
}
void saturated(Scene& s) {
  for (int i = s.at, last = s.end(s.d.whole(10, s.size() / 20)); i < last; ++i) s.value(i) = s.top + 0.05 * s.spread + 0.2 * s.step * s.d.uniform();
}
void nothing(Scene&) {}

struct Trouble {
  const char* name;
  void (*put)(Scene&);
  double any, cyclic, weekly;  // weights
};
constexpr Trouble kTroubles[] = {
    {"peak", peak, 4, 0, 0},
    {"decaying_peak", decaying_peak, 2, 0, 0},
    {"trough", trough, 1.5, 0, 0},
    {"stopped", stopped, 1.5, 0, 0},
    {"demand_dip", demand_dip, 0.5, 1, 0},
    {"level", level, 2.5, 0, 0},
    {"flat_line", flat_line, 0.7, 0, 0},
    {"noise_vanishes", noise_vanishes, 0.5, 0, 0},
    {"noise_grows", noise_grows, 1, 0, 0},
    {"drift_then_failure", drift_then_failure, 1, 0, 0},
    {"cycle_missing", cycle_missing, 0, 1, 0},
    {"cycle_flatter", cycle_flatter, 0, 1, 0},
    {"cycle_shifted", cycle_shifted, 0, 1, 0},
    {"other_rhythm", other_rhythm, 0, 0.7, 0},
    {"holiday", holiday, 0, 0, 2},
    {"more_often", more_often, 1, 0, 0},
    {"saturated", saturated, 0.5, 0, 0},
    {"nothing", nothing, 1, 0, 0},
};
double weight(const Trouble& t, const Background& b) { return t.any + (b.day > 1 ? t.cyclic : 0) + (b.weekly ? t.weekly : 0); }
// Without a label: what was planned. At times in the first stretch, where it is learned from.
void planned(Background& b, Dice& d) {
  for (int i = d.whole(0, 2); i > 0; --i) {
    Scene s = scene(b, d, d.whole(0, static_cast<int>(b.value.size()) - 1));
    if (d.chance(0.5))
      s.value(s.at) = s.top + s.spread * d.between(0, 0.5);
    else
      level(s);
  }
}

}  // namespace

Series make_second(const Family& family, std::uint64_t seed) {
  Dice d = dice_of(family, seed * 0x9e3779b97f4a7c15 + 0x51ed);
  Background b = family.make(d);
  const int n = static_cast<int>(b.value.size());
  planned(b, d);
  Series out{family.name, {}, b.hours, {}, {}};
  const int count = d.chance(0.1) ? 0 : d.whole(1, 4), width = n / 10 / std::max(1, count);
  for (int tries = 0; static_cast<int>(out.windows.size()) < count && tries < 100; ++tries) {
    const int at = d.whole(n * 18 / 100, n * 97 / 100), middle = at + static_cast<int>(width * d.between(-0.2, 0.2));
    const Window window{std::max(middle - width / 2, n * 15 / 100 + 1), std::min(middle + width / 2, n - 1)};
    if (!is_apart(out.windows, window, width)) continue;
    const Trouble& trouble = pick(d, kTroubles, [&b](const Trouble& k) { return weight(k, b); });
    Scene s = scene(b, d, at);
    trouble.put(s);
    out.windows.push_back(window), out.kinds.push_back(trouble.name);
  }
  out.value = readings(std::move(b));
  return out;
}

}  // namespace lectr::bench
