// The second held-out set's backgrounds: systems as they are run, from general knowledge about them. Weeks with holidays, records that are
// missing or twice, coarse values, a start unlike the rest, changes of regime that are nobody's fault.
#include <algorithm>

#include "second.hpp"

namespace lectr::bench {
namespace {

constexpr int kHour = 60, kDay = 24 * kHour;

// Times with this step in minutes: a share of records is lost singly, a few stretches are, and some records come twice.
Background times(Dice& d, int step, int least, int most) {
  Background b;
  const int n = d.whole(least, most);
  const double lost = d.chance(0.5) ? d.between(0, 0.01) : 0, twice = d.chance(0.25) ? d.between(0, 0.003) : 0;
  const double outage = d.chance(0.4) ? 2.0 / n : 0;
  double minutes = d.whole(0, 7 * 24 - 1) * kHour;
  for (int i = 0; i < n; ++i) {
    b.hours.push_back(minutes / kHour);
    if (d.chance(twice)) continue;
    minutes += step;
    while (d.chance(lost)) minutes += step;
    if (d.chance(outage)) minutes += step * d.whole(3, std::max(4, 2 * kDay / step));
  }
  b.value.assign(n, 0);
  b.day = kDay / step;
  return b;
}
template <class F>
Background& fill(Background& b, F&& value_at) {
  for (std::size_t i = 0; i < b.value.size(); ++i) b.value[i] = value_at(static_cast<int>(i), b.hours[i]);
  return b;
}
double smooth_step(double x, double at, double width) { return 1 / (1 + std::exp(-(x - at) / width)); }

// What people do: asleep, two rushes or a plateau, an evening; another course on Saturdays and Sundays.
struct People {
  double wakes, sleeps, rush, late, evening, saturday, sunday;
  explicit People(Dice& d)
      : wakes{d.between(5.5, 9)},
        sleeps{d.between(20, 24.5)},
        rush{d.chance(0.6) ? d.between(0.2, 1.2) : 0},
        late{d.between(17, 20)},
        evening{d.between(0, 0.6)},
        saturday{d.between(0.4, 1.2)},
        sunday{d.between(0.3, 1.1)} {}
  double at(double hours) const {
    const double h = std::fmod(hours, 24);
    const int day = static_cast<int>(hours / 24) % 7;
    const double later = day >= 5 ? 1.5 : 0;
    const auto bump = [&](double at, double width) { return std::exp(-(h - at) * (h - at) / (2 * width * width)); };
    const double up = smooth_step(h, wakes + later, 0.7);
    double v = up * (1 - smooth_step(h, sleeps, 0.8)) + (1 - up) * (1 - smooth_step(h + 24, sleeps, 0.8));
    v += day < 5 ? rush * (bump(wakes + 1, 0.8) + bump(late, 1.2)) : 0;
    v += evening * bump(21, 1.5) * (day == 4 || day == 5 ? 1.5 : 1);
    return v * (day == 5 ? saturday : day == 6 ? sunday : 1);
  }
};

Background rides(Dice& d) {  // half-hourly demand over months, weather, growth
  Background b = times(d, d.chance(0.5) ? 30 : kHour, 2500, 10000);
  const People people{d};
  const double peak = std::exp(d.between(4, 10)), floor = d.between(0.03, 0.2), noise = d.between(0.02, 0.08), growth = d.between(-0.3, 0.5);
  b.weekly = true, b.low = 0, b.quantum = 1, b.regular = true;
  double weather = 0;
  const double n = static_cast<double>(b.value.size());
  return fill(b, [&](int i, double h) {
    weather = 0.98 * weather + 0.2 * d.normal() * noise;
    return d.poisson(peak * (floor + people.at(h)) * (1 + growth * i / n) * std::exp(weather + noise * d.normal()));
  });
}
Background shop_orders(Dice& d) {  // small counts of a week's course; a campaign now and then
  Background b = times(d, d.chance(0.5) ? 15 : kHour, 2000, 6000);
  const People people{d};
  const double peak = std::exp(d.between(0.5, 4)), campaign = d.between(0.0002, 0.001);
  b.weekly = true, b.low = 0, b.quantum = 1;
  double more = 0;
  return fill(b, [&](int, double h) {
    more = d.chance(campaign) ? d.between(0.5, 1.5) : more * 0.98;
    return d.poisson(peak * (0.05 + people.at(h)) * (1 + more));
  });
}
Background server_cpu(Dice& d) {  // steady, with deployments that change the level for good and jobs at fixed times
  Background b = times(d, 5, 3500, 4500);
  const double deploys = d.between(0, 4) / 4000, sd = d.between(0.02, 0.15);
  const int every = d.chance(0.6) ? 12 * d.whole(1, 24) : 0, length = d.whole(1, 6);
  const double job = d.between(0.3, 4);
  b.low = 0, b.high = 100, b.quantum = d.chance(0.7) ? 0.002 * d.whole(1, 60) : 0, b.day = every, b.regular = true;
  double level = std::exp(d.between(0, 4));
  int start_up = d.chance(0.3) ? d.whole(20, 300) : 0;
  return fill(b, [&](int i, double) {
    if (d.chance(deploys)) level = std::clamp(level * d.between(0.5, 2), 0.5, 70.0);
    const bool on = every > 0 && i % every < length;
    return level * (i < start_up ? 0.4 : 1) * (1 + sd * (d.chance(0.05) ? 3 * d.exponential() : d.normal())) +
           (on ? job * level * d.between(0.8, 1.1) : 0);
  });
}
Background mentions(Dice& d) {  // counts that come in clusters, with rare peaks of any size
  Background b = times(d, 5, 8000, 16000);
  const People people{d};
  const double mean = std::exp(d.between(-0.5, 4)), wide = d.between(0.3, 0.7), rate = d.between(0.0005, 0.004), size = d.between(0.5, 1.2);
  b.low = 0, b.quantum = 1;
  double x = 0, echo = 0;
  return fill(b, [&](int, double h) {
    x = 0.9 * x + std::sqrt(0.19) * d.normal();
    echo = d.chance(rate) ? std::exp(size * d.exponential()) : echo * d.between(0.6, 0.9);
    return d.poisson(mean * (0.3 + 0.7 * people.at(h)) * std::exp(wide * (0.5 * x + 0.6 * d.normal())) * (1 + echo));
  });
}
Background trip_minutes(Dice& d) {  // few records at uneven times; long trips have a heavy tail
  Background b = times(d, d.whole(4, 12), 1500, 4500);
  const People people{d};
  const double base = d.between(30, 400), noise = d.between(0.05, 0.25), jams = d.between(0.002, 0.02);
  b.low = 0, b.quantum = d.whole(1, 10);
  for (double& h : b.hours) h += 0.1 * d.uniform();
  std::sort(b.hours.begin(), b.hours.end());
  double jam = 0;
  return fill(b, [&](int, double h) {
    jam = d.chance(jams) ? d.between(0.3, 2) * d.exponential() : jam * 0.7;
    return base * (1 + 0.4 * people.at(h) + jam) * std::exp(noise * std::abs(d.heavy()));
  });
}
Background memory_use(Dice& d) {  // grows, collected every so often, given back at restarts
  Background b = times(d, 5, 3000, 6000);
  const double grows = d.between(0.5, 12) / 1000, collected = d.between(0.005, 0.05), noise = d.between(0.02, 0.3), restarts = d.between(1, 8) / 4000;
  b.low = 0, b.high = 100, b.quantum = d.chance(0.5) ? 0.1 : 0, b.day = 0, b.regular = true;
  const double home = d.between(10, 40);
  double base = home, young = 0;
  return fill(b, [&](int, double) {
    base += grows * d.exponential(), young += 10 * grows * d.uniform();
    if (d.chance(collected)) young *= 0.1;
    if (base + young > 90 || d.chance(restarts)) base = home * d.between(0.9, 1.1), young = 0;
    return base + young + noise * d.normal();
  });
}
Background ad_price(Dice& d) {  // hourly; spread follows level; budgets change both
  Background b = times(d, kHour, 1400, 2000);
  const People people{d};
  const double level = std::exp(d.between(-3, 1.5)), swing = d.between(0, 0.5), sd = d.between(0.05, 0.5), tail = d.between(0.005, 0.03);
  b.low = 0;
  double budget = 1;
  return fill(b, [&](int, double h) {
    if (d.chance(0.002)) budget = d.between(0.7, 1.5);
    return level * budget * (1 + swing * people.at(h)) * std::exp(sd * d.normal()) * (d.chance(tail) ? 1 + d.exponential() : 1);
  });
}
Background machine_heat(Dice& d) {  // wanders slowly, planned stops and slow warming up after them
  Background b = times(d, 5, 6000, 20000);
  const double pull = std::exp(d.between(-7, -4)), sd = d.between(2, 8), sensor = d.between(0.05, 0.6), stops = d.between(0, 4) / 10000,
               home = d.between(60, 95);
  b.day = 0, b.quantum = d.chance(0.3) ? 0.1 : 0;
  double x = 0, cold = d.chance(0.4) ? 30 : 0;
  return fill(b, [&](int, double) {
    x += -pull * x + std::sqrt(2 * pull) * d.normal();
    if (d.chance(stops)) cold = d.between(15, 40);
    cold *= 0.99;
    return home + sd * x - cold + sensor * d.normal();
  });
}
Background room_climate(Dice& d) {  // hourly; weather over days, a heated day, cooler weekends
  Background b = times(d, kHour, 4000, 8000);
  const People people{d};
  const double heated = d.between(0.5, 3), noise = d.between(0.1, 0.8), weather = d.between(0.5, 4), home = d.between(18, 72);
  b.quantum = d.chance(0.5) ? 0.1 : 0;
  double x = 0, inside = 0;
  return fill(b, [&](int, double h) {
    x += -0.01 * x + 0.14 * d.normal();
    inside += 0.3 * (heated * people.at(h) - inside);
    return home + weather * x + inside + noise * d.normal();
  });
}
Background on_off_load(Dice& d) {  // a machine that is on for part of each cycle; cycles differ in length a little
  Background b = times(d, d.chance(0.5) ? 1 : 5, 3000, 8000);
  const int cycle = d.whole(12, 200);
  const double share = d.between(0.15, 0.7), wobble = d.between(0, 0.15), off = d.between(0, 20), on = off + d.between(20, 80),
               sd = d.between(0.1, 3);
  const double tilt = d.chance(0.5) ? d.between(-15, 15) : 0;
  b.low = 0, b.high = 120, b.quantum = d.chance(0.5) ? 1 : 0, b.day = cycle, b.regular = true;
  double at = 0, length = cycle;
  return fill(b, [&](int, double) {
    if ((at += 1) > length) at = 0, length = cycle * (1 + wobble * d.normal());
    const double part = at / cycle;
    return (part < share ? on + tilt * part / share : off) + sd * d.normal();
  });
}
Background clean_cycle(Dice& d) {  // a scripted day: hardly any noise, plateaus or waves
  Background b = times(d, 5, 3500, 4500);
  const double low = d.between(0, 40), high = low + d.between(10, 80), begins = d.between(6, 10), ends = d.between(16, 22),
               noise = d.between(0.005, 0.06) * (high - low);
  const bool wave = d.chance(0.3), by_day = d.chance(0.5);
  b.regular = true;
  return fill(b, [&](int, double h) {
    const double hour = std::fmod(h, 24);
    const double part = wave ? 0.5 + 0.5 * std::sin(hour / 24 * 2 * M_PI) : hour > begins && hour < ends ? 1 : 0;
    return low + (high - low) * part + noise * (by_day && part < 0.5 ? 0.2 : 1) * (2 * d.uniform() - 1);
  });
}
Background network_in(Dice& d) {  // long calm, copies at set times, transfers at any
  Background b = times(d, 5, 3500, 4500);
  const double calm = std::exp(d.between(3, 12)), sd = d.between(0.02, 0.3), copy = d.between(3, 100), transfers = d.between(0.001, 0.01);
  const int every = d.chance(0.5) ? 288 : 12 * d.whole(2, 12), length = d.whole(1, 12);
  b.low = 0, b.day = every, b.quantum = d.chance(0.5) ? 1 : 0;
  double more = 0;
  return fill(b, [&](int i, double) {
    more = d.chance(transfers) ? std::exp(d.between(0, 5)) : more * 0.3;
    return calm * ((i % every < length ? copy * std::exp(0.2 * d.normal()) : 1) * std::exp(sd * d.normal()) + more);
  });
}
Background coarse_latency(Dice& d) {  // whole milliseconds, few distinct values, calm and busy hours
  Background b = times(d, d.chance(0.5) ? 1 : 5, 3000, 7000);
  const People people{d};
  const double base = d.between(2, 60), sd = d.between(0.05, 0.3), slow = d.between(0.001, 0.01);
  b.low = 1, b.quantum = 1;
  return fill(
      b, [&](int, double h) { return base * (1 + 0.3 * people.at(h)) * std::exp(sd * d.normal()) * (d.chance(slow) ? 1 + 2 * d.exponential() : 1); });
}

}  // namespace

const std::vector<Family>& second_families() {
  static const std::vector<Family> all{
      {"rides", true, rides},
      {"shop_orders", true, shop_orders},
      {"server_cpu", true, server_cpu},
      {"mentions", true, mentions},
      {"trip_minutes", true, trip_minutes},
      {"memory_use", true, memory_use},
      {"ad_price", true, ad_price},
      {"machine_heat", true, machine_heat},
      {"room_climate", true, room_climate},
      {"on_off_load", true, on_off_load},
      {"clean_cycle", true, clean_cycle},
      {"network_in", true, network_in},
      {"coarse_latency", true, coarse_latency},
  };
  return all;
}

}  // namespace lectr::bench
