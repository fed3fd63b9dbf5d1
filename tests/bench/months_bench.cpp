// How well the detector does on months of made-up traffic: bench_months SEED_FROM SEED_TO [--second] [--list] [--oracle]
// --second: the other generator. --oracle: how much anybody could have found, within two and three cycles and at all, beside what was.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "support/months.hpp"

namespace {

using namespace lectr;

void print_kinds(const months::Score& score) {
  struct Kind {
    int all = 0, found = 0, two = 0, three = 0, twelve = 0;
  };
  std::map<std::string, Kind> kinds;
  for (const auto& f : score.incidents) {
    Kind& k = kinds[f.label.kind];
    ++k.all, k.found += f.cycles > 0, k.two += f.cycles > 0 && f.cycles <= 2, k.three += f.cycles > 0 && f.cycles <= 3;
    k.twelve += f.cycles > 0 && f.cycles <= 12;
  }
  std::printf("%-14s %5s %5s   within 2, 3, 12 cycles\n", "kind", "all", "found");
  for (const auto& [name, k] : kinds) std::printf("%-14s %5d %5d   %4d %4d %4d\n", name.c_str(), k.all, k.found, k.two, k.three, k.twelve);
}

void print_list(const months::Score& score) {
  for (const auto& f : score.incidents)
    if (f.cycles == 0 || (f.cycles > 2 && f.label.strong && f.label.usual_requests >= 20))
      std::printf("%s %s feature %d bucket %d..%d size %.2f usual %.1f%s\n", f.cycles ? "late" : "missed", f.label.kind.c_str(), f.label.feature,
                  f.label.first, f.label.last, f.label.size, f.label.usual_requests, f.cycles ? (" cycles " + std::to_string(f.cycles)).c_str() : "");
  for (const auto& f : score.false_episodes)
    std::printf("false %s %s feature %d bucket %d (day %d, %02d:%02d) window %d observed %.4g baseline %.4g sigma %.1f near '%s'\n",
                std::string{insight::name(f.finding.metric)}.c_str(), std::string{insight::name(f.finding.direction)}.c_str(), f.feature, f.bucket,
                f.bucket / 288, f.bucket % 288 / 12, f.bucket % 12 * 5, f.finding.window, f.finding.observed, f.finding.baseline, f.finding.sigma,
                f.near.c_str());
}

constexpr double kFalseAWeek = 0.5;  // the aim of the detector, granted to the oracle
constexpr std::array<int, 3> kLookedAt = {2, 3, 0};
using AsMuchAWeek = std::array<std::vector<double>, kLookedAt.size()>;

void print_oracle(const char* of, const months::Score& score, const AsMuchAWeek& as_much_a_week, bool strong_only) {
  struct Kind {
    int all = 0, lax = 0, found = 0, two = 0, three = 0;
    std::array<int, kLookedAt.size()> told{};
  };
  std::map<std::string, Kind> kinds;
  for (std::size_t i = 0; i < score.incidents.size(); ++i) {
    const months::Found& f = score.incidents[i];
    if (strong_only && (!f.label.strong || f.label.usual_requests < 20)) continue;
    for (Kind* k : {&kinds[f.label.kind], &kinds["~ all"]}) {
      for (std::size_t look = 0; look < kLookedAt.size(); ++look) k->told[look] += as_much_a_week[look][i] <= kFalseAWeek;
      ++k->all, k->lax += as_much_a_week[0][i] <= 10 * kFalseAWeek, k->found += f.cycles > 0;
      k->two += f.cycles > 0 && f.cycles <= 2, k->three += f.cycles > 0 && f.cycles <= 3;
    }
  }
  std::printf("\n%s: what who knows the rates before and after can tell from 2 buckets (x10: with ten times the false alarms), 3, and all\n", of);
  std::printf("%-14s %5s %8s %8s %8s %8s   %8s %8s %8s\n", "kind", "all", "oracle 2", "x10", "3", "ever", "found 2", "3", "ever");
  for (const auto& [name, k] : kinds) {
    const auto share = [&k = k](int n) { return 100.0 * n / k.all; };
    std::printf("%-14s %5d %6.1f %% %6.1f %% %6.1f %% %6.1f %%   %6.1f %% %6.1f %% %6.1f %%\n", name.c_str(), k.all, share(k.told[0]), share(k.lax),
                share(k.told[1]), share(k.told[2]), share(k.two), share(k.three), share(k.found));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "bench_months SEED_FROM SEED_TO [--second] [--list] [--oracle]\n"), 64;
  const auto given = [&](const char* option) {
    return std::any_of(argv + 3, argv + argc, [&](const char* a) { return std::strcmp(a, option) == 0; });
  };
  const auto make = given("--second") ? &months::make_second : &months::make;
  const auto from = std::strtoull(argv[1], nullptr, 10), to = std::strtoull(argv[2], nullptr, 10);
  months::Score score;
  AsMuchAWeek as_much_a_week;
  for (auto seed = from; seed <= to; ++seed) {
    const months::Month month = make(seed);
    score.add(month);
    if (!given("--oracle")) continue;
    for (std::size_t look = 0; look < kLookedAt.size(); ++look)
      for (const double one : months::oracle(month, kLookedAt[look])) as_much_a_week[look].push_back(one);
  }
  if (given("--list")) print_list(score);
  print_kinds(score);
  std::printf("%d months, %zu incidents: recall %.3f, precision %.3f, %zu false episodes, %.2f an org and week\n", score.months,
              score.incidents.size(), score.recall(), score.precision(), score.false_episodes.size(), score.false_a_week());
  std::printf("of those found within 1, 2, 3, 12 cycles: %.3f %.3f %.3f %.3f\n", score.within(1, false), score.within(2, false),
              score.within(3, false), score.within(12, false));
  std::printf("of those that double or halve at 20 requests or more: %.3f %.3f %.3f %.3f\n", score.within(1, true), score.within(2, true),
              score.within(3, true), score.within(12, true));
  if (!given("--oracle")) return 0;
  std::printf("\noracle: %.1f false alarms an org and week over all series\n", kFalseAWeek);
  print_oracle("what doubles or halves at 20 requests or more", score, as_much_a_week, true);
  print_oracle("all incidents", score, as_much_a_week, false);
}
