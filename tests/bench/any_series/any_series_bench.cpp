// Scores of `lectr detect --csv` and of simpler methods on generated series.
//   bench_any_series tune|held-out|second [SEEDS [FIRST_SEED]]   one line per method, then by family and by kind of anomaly
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "baselines.hpp"
#include "lectr/insight/any_series.hpp"
#include "scoring.hpp"
#include "second.hpp"

using namespace lectr::bench;

namespace {

std::vector<float> own(const Series& series) {
  lectr::insight::AnySeries state;
  std::vector<float> out;
  for (std::size_t i = 0; i < series.value.size(); ++i)
    out.push_back(static_cast<float>(state.add(std::llround(series.hours[i] * 3600), series.value[i]).score));
  return out;
}

void print(const char* name, const Tally& t) {
  std::printf("  %-16s %6.1f   found %d of %d, false %d\n", name, t.percent(), t.found, t.windows, t.false_ones);
}

template <class Method>
void compare(const char* name, const std::vector<Series>& all, bool details, double fixed, Method&& method) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<Judged> judged;
  std::size_t records = 0;
  for (const Series& s : all) judged.push_back({&s, method(s)}), records += s.value.size();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const Verdict v = judge(judged, fixed > 0 ? fixed : best_threshold(judged));
  std::printf("%-28s %5.1f at %.3f   found %d of %d, false %.2f per series   %.2f us/record, %zu records\n", name, v.all.percent(), v.threshold,
              v.all.found, v.all.windows, v.all.false_ones / static_cast<double>(all.size()), seconds * 1e6 / static_cast<double>(records), records);
  if (!details) return;
  for (const auto& [family, tally] : v.by_family) print(family.c_str(), tally);
  for (const auto& [kind, tally] : v.by_kind) std::printf("  kind %-16s found %d of %d\n", kind.c_str(), tally.found, tally.windows);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view set = argc > 1 ? argv[1] : "tune";
  const bool second = set == "second", held_out = set != "tune";
  const int seeds = argc > 2 ? std::atoi(argv[2]) : 16, first = argc > 3 ? std::atoi(argv[3]) : 1;
  std::vector<Series> all;
  for (const Family& family : second ? second_families() : families())
    for (int k = 0; family.held_out == held_out && k < seeds; ++k)
      all.push_back((second ? make_second : make_series)(family, static_cast<std::uint64_t>(first + k)));
  compare("windowed Gauss", all, false, 0, [](const Series& s) { return windowed_gauss(s, false); });
  compare("windowed Gauss, damped", all, false, 0, [](const Series& s) { return windowed_gauss(s, true); });
  compare("block maxima", all, false, 0, block_maxima);
  compare("own", all, true, 0, own);
  compare("own at 0.5", all, false, lectr::insight::kAnyAnnounced, own);
}
