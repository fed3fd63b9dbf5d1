// Backgrounds. Each draws its own parameters, so that two seeds of a family differ in more than their noise.
#include <algorithm>

#include "series.hpp"

namespace lectr::bench {

double Dice::poisson(double mean) {
  if (mean > 60) return std::max(0.0, std::round(mean + std::sqrt(mean) * normal()));
  const double stop = std::exp(-mean);
  int n = 0;
  for (double p = uniform(); p > stop; p *= uniform()) ++n;
  return n;
}

namespace {

// Times: a step in minutes, slightly irregular at times, with lost records.
Background empty(Dice& dice, std::initializer_list<int> steps) {
  Background b;
  const int step = steps.begin()[dice.whole(0, static_cast<int>(steps.size()) - 1)];
  const int n = step >= 60         ? dice.whole(1200, 4000)
                : step >= 15       ? dice.whole(1500, 10000)
                : dice.chance(0.3) ? dice.whole(8000, 20000)
                                   : dice.whole(2500, 5000);
  const bool irregular = dice.chance(0.2);
  double hour = dice.between(0, 24);
  for (int i = 0; i < n; ++i) {
    b.hours.push_back(hour);
    hour += step / 60.0 * (irregular ? dice.between(0.6, 1.6) : 1) * (dice.chance(irregular ? 0.01 : 0.0005) ? dice.whole(2, 12) : 1);
  }
  b.value.assign(n, 0);
  b.day = 24 * 60 / step;
  return b;
}
template <class F>
Background& fill(Background& b, F&& value_at) {
  for (std::size_t i = 0; i < b.value.size(); ++i) b.value[i] = value_at(static_cast<int>(i), b.hours[i]);
  return b;
}
// A day's shape, 0..1: one or two smooth peaks; weekends lower.
struct Shape {
  double peak, width, second, second_weight, weekend;
  explicit Shape(Dice& d)
      : peak{d.between(8, 20)},
        width{d.between(2, 6)},
        second{d.between(0, 24)},
        second_weight{d.chance(0.5) ? d.between(0.2, 0.9) : 0},
        weekend{d.chance(0.6) ? d.between(0.3, 0.95) : 1} {}
  static double bump(double hour, double at, double width) {
    const double far = std::remainder(hour - at, 24);
    return std::exp(-far * far / (2 * width * width));
  }
  double at(double hours) const {
    const double hour = std::fmod(hours, 24);
    const double v = std::min(1.0, bump(hour, peak, width) + second_weight * bump(hour, second, width * 0.6));
    return std::fmod(hours / 24, 7) >= 5 ? v * weekend : v;
  }
};

Background flat_noise(Dice& d) {
  Background b = empty(d, {5, 5, 10, 60});
  const double level = d.between(-50, 200), sd = d.between(0.5, 10), memory = d.chance(0.5) ? d.between(0.2, 0.8) : 0;
  const int law = d.whole(0, 2);
  double x = 0;
  b.day = 0;
  return fill(b, [&](int, double) {
    x = memory * x + std::sqrt(1 - memory * memory) * (law == 0 ? d.normal() : law == 1 ? d.heavy() : d.exponential() - 1);
    return level + sd * x;
  });
}
Background quiet_cpu(Dice& d) {
  Background b = empty(d, {5});
  const double level = d.between(0.06, 3), quantum = level * d.between(0.01, 0.08), rate = d.between(0.0005, 0.006), high = level * d.between(2, 12);
  b.quantum = quantum, b.low = 0, b.high = 100, b.day = 0, b.regular = true;
  int left = 0;
  double now = 0;
  return fill(b, [&](int, double) {
    if (left == 0 && d.chance(rate)) left = d.whole(1, 4), now = high * d.between(0.5, 1.1);
    if (left > 0) return --left, level + now * d.between(0.7, 1);
    return level + quantum * 1.2 * d.normal() + (d.chance(0.02) ? quantum * 4 * d.exponential() : 0);
  });
}
Background busy_cpu(Dice& d) {
  Background b = empty(d, {5});
  const double modes[2] = {d.between(2, 45), d.between(40, 98)}, stay[2] = {d.between(20, 300), d.between(2, 200)}, sd = d.between(0.5, 6);
  b.low = 0, b.high = 100, b.day = 0;
  int mode = 0;
  double x = 0;
  return fill(b, [&](int, double) {
    if (d.chance(1 / stay[mode])) mode = 1 - mode;
    x = 0.6 * x + 0.4 * modes[mode] + sd * 0.8 * d.normal();
    return x;
  });
}
Background requests(Dice& d) {
  Background b = empty(d, {5, 10, 30, 60});
  const Shape shape{d};
  const double peak = std::exp(d.between(2, 9)), floor = d.between(0.05, 0.6), noise = d.between(0.02, 0.25),
               growth = d.between(-0.2, 0.4) / static_cast<double>(b.value.size());
  b.low = 0, b.quantum = 1;
  double x = 0;
  return fill(b, [&](int i, double h) {
    x = 0.8 * x + 0.6 * d.normal();
    return d.poisson(peak * (floor + (1 - floor) * shape.at(h)) * (1 + growth * i) * std::exp(noise * (0.5 * x + 0.7 * d.normal())));
  });
}
Background bursty_counts(Dice& d) {
  Background b = empty(d, {5, 5, 15});
  const Shape shape{d};
  const double mean = std::exp(d.between(0.5, 4.5)), tail = d.between(0.3, 0.9), memory = d.between(0.3, 0.8), floor = d.between(0.2, 0.8),
               rate = d.between(0.0003, 0.003);
  b.low = 0, b.quantum = 1;
  double x = 0, burst = 0;
  return fill(b, [&](int, double h) {
    x = memory * x + std::sqrt(1 - memory * memory) * d.normal();
    if (d.chance(rate)) burst = std::max(burst, d.between(0.5, 2) * std::exp(tail * d.exponential()));
    burst *= 0.8;
    return d.poisson(mean * (floor + (1 - floor) * shape.at(h)) * std::exp(tail * x) * (1 + burst));
  });
}
Background temperature(Dice& d) {
  Background b = empty(d, {5, 5, 60});
  const Shape shape{d};
  const double pull = std::exp(d.between(-6.5, -3)), sd = d.between(1, 6), level = d.between(20, 95),
               season = d.chance(0.5) ? sd * d.between(0.3, 2) : 0, sensor = sd * d.between(0.02, 0.25);
  if (season == 0) b.day = 0;
  double x = 0;
  return fill(b, [&](int, double h) {
    x += -pull * x + std::sqrt(2 * pull) * d.normal();
    return level + sd * x + season * shape.at(h) + sensor * d.normal();
  });
}
Background sawtooth(Dice& d) {
  Background b = empty(d, {1, 5, 15});
  const double top = d.between(60, 95), bottom = d.between(10, 40), length = d.between(30, 400), noise = d.between(0.05, 1.5),
               wobble = d.between(0, 0.25);
  b.low = 0, b.high = 100, b.day = static_cast<int>(length), b.regular = true;
  double x = bottom, slope = (top - bottom) / length, ceiling = top;
  return fill(b, [&](int, double) {
    if (x > ceiling)
      x = bottom + d.normal() * wobble * 5, slope = (top - bottom) / length * (1 + wobble * d.normal() * 0.5),
      ceiling = top - wobble * 10 * d.uniform();
    x += std::max(slope, (top - bottom) / length / 4);
    return x + noise * d.normal();
  });
}
Background disk_walk(Dice& d) {
  Background b = empty(d, {5, 15, 60});
  const double step = d.between(0.05, 1), jump = d.between(0.0003, 0.002), sd = d.between(0.05, 0.5);
  b.day = 0;
  double x = d.between(20, 60);
  return fill(b, [&](int, double) {
    x += step * d.heavy() * 0.3;
    if (d.chance(jump)) x += d.normal() * step * 12;
    return x + sd * d.normal();
  });
}
Background latency(Dice& d) {
  Background b = empty(d, {1, 5, 10});
  const Shape shape{d};
  const double base = d.between(5, 300), sd = d.between(0.05, 0.4), cluster = d.between(0.9, 0.99), swing = d.between(0, 0.5);
  b.low = 0;
  double h2 = 0;
  return fill(b, [&](int, double h) {
    h2 = cluster * h2 + std::sqrt(1 - cluster * cluster) * d.normal();
    return base * (1 + swing * shape.at(h)) * std::exp(sd * std::exp(0.5 * h2) * (d.chance(0.02) ? 3 * d.exponential() : d.normal()));
  });
}
Background network_bursts(Dice& d) {
  Background b = empty(d, {5});
  const double idle = d.between(20, 500), sizes[3] = {idle * d.between(5, 30), idle * d.between(20, 200), idle * d.between(100, 2000)},
               rate = d.between(0.003, 0.05);
  b.low = 0, b.day = 0;
  return fill(b, [&](int, double) {
    const double v = idle * std::exp(0.15 * d.normal());
    return d.chance(rate) ? v + sizes[d.chance(0.1) ? 2 : d.chance(0.3) ? 1 : 0] * std::exp(0.2 * d.normal()) : v;
  });
}
Background batch_jobs(Dice& d) {
  Background b = empty(d, {5, 5, 10});
  const int every = d.chance(0.5) ? b.day : d.whole(20, 300), length = d.whole(1, std::max(2, every / 6)), jitter = d.whole(0, 3);
  const double level = d.between(1, 30), high = d.between(20, 70), sd = d.between(0.2, 3);
  b.low = 0, b.high = 100, b.day = every, b.regular = true;
  int start = d.whole(0, every), left = 0;
  return fill(b, [&](int i, double) {
    if (i == start) left = length, start += every + d.whole(-jitter, jitter);
    const bool on = left > 0;
    if (on) --left;
    return level + sd * d.normal() + (on ? high + 2 * sd * d.normal() : 0);
  });
}
Background click_cost(Dice& d) {
  Background b = empty(d, {60});
  const Shape shape{d};
  const double level = d.between(0.05, 3), sd = d.between(0.05, 0.5), swing = d.between(0, 0.4), spikes = d.between(0.001, 0.008);
  b.low = 0;
  return fill(b, [&](int, double h) {
    return level * (1 + swing * shape.at(h)) * std::exp(sd * 0.6 * d.heavy()) * (d.chance(spikes) ? d.between(1.5, 3) : 1);
  });
}
Background road_speed(Dice& d) {
  Background b = empty(d, {5, 10, 15});
  const Shape shape{d};
  const double free = d.between(55, 90), dip = d.between(5, 45), sd = d.between(1, 5), late = d.between(0, 0.02);
  b.low = 0, b.quantum = 1;
  double jam = 0;
  return fill(b, [&](int, double h) {
    jam = d.chance(late) ? d.between(0.2, 0.7) : jam * 0.8;
    return free + sd * d.normal() - dip * std::pow(shape.at(h), 4) * d.between(0.5, 1.1) - free * jam * 0.6;
  });
}
Background clean_season(Dice& d) {
  Background b = empty(d, {5, 15, 30});
  const Shape shape{d};
  const double level = d.between(10, 1000), swing = level * d.between(0.2, 1), noise = swing * d.between(0.005, 0.06);
  b.regular = true;
  return fill(b, [&](int, double h) { return level + swing * shape.at(h) + noise * d.normal(); });
}

// Held out: not looked at until the method stood.
Background travel_time(Dice& d) {
  Background b = empty(d, {5, 10, 15});
  const Shape shape{d};
  const double base = d.between(80, 600), noise = d.between(0.05, 0.2), rate = d.between(0.001, 0.01);
  b.low = 0, b.quantum = 1;
  return fill(b, [&](int, double h) {
    const double rush = std::pow(shape.at(h), 3) * d.between(0.2, 0.9);
    return base * (1 + rush) * std::exp(noise * d.normal()) * (d.chance(rate) ? d.between(1.5, 4) : 1);
  });
}
Background sparse_errors(Dice& d) {
  Background b = empty(d, {5, 10, 60});
  const double rate = std::exp(d.between(-4, 0)), burst = d.between(0.0005, 0.004);
  b.low = 0, b.quantum = 1, b.day = 0;
  double more = 0;
  return fill(b, [&](int, double) {
    more = d.chance(burst) ? d.between(1, 6) : more * 0.6;
    return d.poisson(rate + more);
  });
}
Background queue_length(Dice& d) {
  Background b = empty(d, {1, 5, 10});
  const Shape shape{d};
  const double load = d.between(0.4, 0.9), swing = d.between(0, 0.15), serves = d.between(3, 40);
  b.low = 0, b.quantum = 1;
  double waiting = 0;
  return fill(b,
              [&](int, double h) { return waiting = std::max(0.0, waiting + d.poisson(serves * (load + swing * shape.at(h))) - d.poisson(serves)); });
}
Background thermostat(Dice& d) {
  Background b = empty(d, {1, 5});
  const Shape shape{d};
  const double low = d.between(15, 20), band = d.between(1, 5), up = d.between(0.05, 0.5), down = d.between(0.03, 0.3), outside = d.between(0, 2),
               sd = d.between(0.03, 0.3);
  b.quantum = d.chance(0.5) ? 0.1 : 0, b.regular = true;
  double x = low;
  bool on = true;
  return fill(b, [&](int, double h) {
    x += on ? up : -down * (1 + 0.5 * shape.at(h));
    if (x > low + band) on = false;
    if (x < low) on = true;
    return x + outside * shape.at(h) + sd * d.normal();
  });
}
Background office_hours(Dice& d) {
  Background b = empty(d, {5, 15, 30});
  const double night = d.between(0, 20), by_day = d.between(40, 500), sd = d.between(0.03, 0.2), start = d.between(6, 10), end = d.between(16, 20);
  b.low = 0;
  double x = 0;
  return fill(b, [&](int, double h) {
    const double hour = std::fmod(h, 24);
    const bool open = std::fmod(h / 24, 7) < 5 && hour > start && hour < end;
    x += 0.15 * ((open ? by_day : night) - x);
    return x * std::exp(sd * d.normal()) + 0.5 * std::abs(d.normal());
  });
}
Background disk_filling(Dice& d) {
  Background b = empty(d, {5, 60});
  const double length = d.between(200, 2000), noise = d.between(0.01, 0.6);
  b.low = 0, b.high = 100, b.day = 0, b.regular = true;
  double x = d.between(20, 50);
  return fill(b, [&](int, double) {
    x += 60 / length * d.exponential();
    if (x > 85 && d.chance(0.02)) x = d.between(20, 40);
    return x + noise * d.normal();
  });
}
Background price_volume(Dice& d) {
  Background b = empty(d, {5, 15, 60});
  const double sd = d.between(0.2, 0.8), slow = d.between(0.005, 0.03);
  b.low = 0, b.day = 0, b.quantum = 1;
  double x = d.between(3, 8);
  const double home = x;
  return fill(b, [&](int, double) {
    x += 0.005 * (home - x) + slow * d.normal();
    return std::exp(x + sd * 0.7 * d.heavy());
  });
}
Background steps_of_usage(Dice& d) {
  Background b = empty(d, {5, 15});
  const double sd = d.between(0.1, 2), rate = d.between(0.001, 0.01);
  b.low = 0, b.high = 100, b.day = 0;
  double levels[4], level = 0;
  for (double& l : levels) l = d.between(5, 80);
  level = levels[0];
  return fill(b, [&](int, double) {
    if (d.chance(rate)) level = levels[d.whole(0, 3)];
    return level + sd * d.heavy();
  });
}

}  // namespace

const std::vector<Family>& families() {
  static const std::vector<Family> all{
      {"flat_noise", false, flat_noise},
      {"quiet_cpu", false, quiet_cpu},
      {"busy_cpu", false, busy_cpu},
      {"requests", false, requests},
      {"bursty_counts", false, bursty_counts},
      {"temperature", false, temperature},
      {"sawtooth", false, sawtooth},
      {"disk_walk", false, disk_walk},
      {"latency", false, latency},
      {"network_bursts", false, network_bursts},
      {"batch_jobs", false, batch_jobs},
      {"click_cost", false, click_cost},
      {"road_speed", false, road_speed},
      {"clean_season", false, clean_season},
      {"travel_time", true, travel_time},
      {"sparse_errors", true, sparse_errors},
      {"queue_length", true, queue_length},
      {"thermostat", true, thermostat},
      {"office_hours", true, office_hours},
      {"disk_filling", true, disk_filling},
      {"price_volume", true, price_volume},
      {"steps_of_usage", true, steps_of_usage},
  };
  return all;
}

}  // namespace lectr::bench
