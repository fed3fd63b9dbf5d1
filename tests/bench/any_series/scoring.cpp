#include "scoring.hpp"

#include <algorithm>

namespace lectr::bench {
namespace {

constexpr double kFalse = 0.11;
double sigmoid(double y) { return 2 / (1 + std::exp(5 * y)) - 1; }
int first_scored(const Series& s) { return static_cast<int>(s.value.size()) * 15 / 100; }

// What one record is worth if announced: the window it is in (or -1) and its reward or cost.
struct Worth {
  int window = -1;
  double value = -kFalse;
};
std::vector<Worth> worths(const Series& s) {
  std::vector<Worth> out(s.value.size());
  for (std::size_t w = 0; w < s.windows.size(); ++w) {
    const double width = std::max(1, s.windows[w].last - s.windows[w].first + 1);
    for (int i = s.windows[w].first; i <= s.windows[w].last; ++i) out[i] = {static_cast<int>(w), sigmoid(-(s.windows[w].last - i + 1) / width)};
    for (int i = s.windows[w].last + 1; i < static_cast<int>(out.size()) && out[i].window < 0; ++i) {
      const double y = (i - s.windows[w].last) / width;
      out[i].value = kFalse * (y > 3 ? -1 : sigmoid(y));
    }
  }
  // A window that starts later takes its records back from the tail of the one before.
  for (std::size_t w = 0; w < s.windows.size(); ++w) {
    const double width = std::max(1, s.windows[w].last - s.windows[w].first + 1);
    for (int i = s.windows[w].first; i <= s.windows[w].last; ++i) out[i] = {static_cast<int>(w), sigmoid(-(s.windows[w].last - i + 1) / width)};
  }
  return out;
}

}  // namespace

Tally tally_at(const Judged& judged, double threshold, std::map<std::string, Tally>* by_kind) {
  const Series& s = *judged.series;
  const auto worth = worths(s);
  std::vector<double> first(s.windows.size(), -1);
  Tally t;
  t.windows = static_cast<int>(s.windows.size());
  for (int i = first_scored(s); i < static_cast<int>(worth.size()); ++i) {
    if (judged.score[i] < threshold) continue;
    const int w = worth[i].window;
    if (w < 0) t.reward += worth[i].value, ++t.false_ones;
    if (w >= 0 && first[w] < 0) first[w] = std::max(0.0, worth[i].value), ++t.found, t.reward += 1 + first[w];
  }
  for (std::size_t w = 0; by_kind && w < first.size(); ++w) {
    Tally& kind = (*by_kind)[s.kinds[w]];
    ++kind.windows;
    if (first[w] >= 0) ++kind.found, kind.reward += 1 + first[w];
  }
  return t;
}

double best_threshold(std::span<const Judged> all) {
  struct Item {
    float score;
    int window;  // over all series
    int at;
    double value;
  };
  std::vector<Item> items;
  int windows = 0;
  for (const Judged& j : all) {
    const auto worth = worths(*j.series);
    for (int i = first_scored(*j.series); i < static_cast<int>(worth.size()); ++i)
      if (j.score[i] > 0) items.push_back({j.score[i], worth[i].window < 0 ? -1 : windows + worth[i].window, i, worth[i].value});
    windows += static_cast<int>(j.series->windows.size());
  }
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.score > b.score; });
  struct Best {
    int at = 1 << 30;
    double value = -1;
  };
  std::vector<Best> earliest(windows);
  double sum = 0, best = 0, threshold = 2;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Item& it = items[i];
    if (it.window < 0)
      sum += it.value;
    else if (Best& b = earliest[it.window]; it.at < b.at)
      sum += std::max(0.0, it.value) - b.value, b = {it.at, std::max(0.0, it.value)};
    if ((i + 1 == items.size() || items[i + 1].score < it.score) && sum > best) best = sum, threshold = it.score;
  }
  return threshold;
}

Verdict judge(std::span<const Judged> all, double threshold) {
  Verdict v;
  v.threshold = threshold;
  const auto add = [](Tally& to, const Tally& t) {
    to.windows += t.windows, to.found += t.found, to.false_ones += t.false_ones, to.reward += t.reward;
  };
  for (const Judged& j : all) {
    const Tally t = tally_at(j, threshold, &v.by_kind);
    add(v.all, t), add(v.by_family[j.series->family], t);
  }
  return v;
}

}  // namespace lectr::bench
