#include "lectr/insight/contribution.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace lectr::insight {
namespace {

constexpr double kEnough = 0.8, kNoSingleCause = 0.4, kPairGain = 0.1;
constexpr double kUsuallySlow = 0.05;  // share of requests above a P95

struct Sums {
  double requests = 0, cost = 0, hits = 0;  // hits: errors, drifted or slow
};
struct Pair {
  Sums now, usual;
};
using Cells = std::map<std::array<std::string, 3>, Pair>;  // feature, model, key; empty where the dimension does not look

bool looks_at(Dimension d, int field) {
  constexpr std::array<std::array<bool, 3>, 7> kLooks = {{{false, false, false},
                                                          {true, false, false},
                                                          {false, true, false},
                                                          {false, false, true},
                                                          {true, true, false},
                                                          {true, false, true},
                                                          {false, true, true}}};
  return kLooks[static_cast<std::size_t>(d)][static_cast<std::size_t>(field)];
}

double hits_of(Metric metric, const CellShare& c) {
  if (metric == Metric::errors) return c.errors;
  return metric == Metric::drift ? c.drifted : metric == Metric::latency ? c.slow : 0;
}

void add(Metric metric, const CellShare& c, double scale, Sums& to) {
  const auto clean = [&](double v) { return std::isfinite(v) && v > 0 ? v * scale : 0; };
  to.requests += clean(c.requests), to.cost += clean(c.cost), to.hits += clean(hits_of(metric, c));
}

Cells group(Metric metric, Dimension d, std::span<const CellShare> during, std::span<const CellShare> before, double scale) {
  Cells cells;
  const auto key = [&](const CellShare& c) {
    return std::array<std::string, 3>{looks_at(d, 0) ? c.feature : "", looks_at(d, 1) ? c.model : "", looks_at(d, 2) ? c.key : ""};
  };
  for (const auto& c : during.first(std::min(during.size(), kMaxCells))) add(metric, c, 1, cells[key(c)].now);
  for (const auto& c : before.first(std::min(before.size(), kMaxCells))) add(metric, c, scale, cells[key(c)].usual);
  return cells;
}

Pair total(const Cells& cells) {
  Pair all;
  for (const auto& [name, p] : cells) {
    all.now.requests += p.now.requests, all.now.cost += p.now.cost, all.now.hits += p.now.hits;
    all.usual.requests += p.usual.requests, all.usual.cost += p.usual.cost, all.usual.hits += p.usual.hits;
  }
  return all;
}

double ratio(double a, double b) { return b > 0 ? a / b : 0; }

// What one cell adds to the change of the metric; over all cells it sums up to the change.
double extra_of(Metric metric, const Pair& cell, const Pair& all) {
  if (metric == Metric::volume) return cell.now.requests - cell.usual.requests;
  if (metric == Metric::cost) return cell.now.cost - cell.usual.cost;
  const double share = ratio(cell.now.requests, all.now.requests), share_before = ratio(cell.usual.requests, all.usual.requests);
  const double usual_of_all = metric == Metric::latency && all.usual.hits == 0 ? kUsuallySlow : ratio(all.usual.hits, all.usual.requests);
  const double now = ratio(cell.now.hits, cell.now.requests);
  // A cell never seen before has no rate of its own: that of all.
  const double usual =
      cell.usual.requests > 0 && !(metric == Metric::latency && all.usual.hits == 0) ? ratio(cell.usual.hits, cell.usual.requests) : usual_of_all;
  return share * (now - usual) + (share - share_before) * (usual - usual_of_all);
}

Explanation along(Metric metric, Dimension d, const Cells& cells) {
  Explanation e;
  const Pair all = total(cells);
  std::vector<Cause> causes;
  for (const auto& [name, cell] : cells) {
    causes.push_back({name[0], name[1], name[2], extra_of(metric, cell, all)});
    e.extra += causes.back().share;
  }
  if (e.extra == 0) return e;
  for (Cause& c : causes) c.share /= e.extra;
  std::stable_sort(causes.begin(), causes.end(), [](const Cause& a, const Cause& b) { return a.share > b.share; });
  for (Cause& c : causes) {
    if (c.share <= 0 || e.share >= kEnough || e.causes.size() == kMaxCauses) break;
    e.share += c.share;
    e.causes.push_back(std::move(c));
  }
  if (!e.causes.empty()) e.dimension = d;
  return e;
}

double best_share(const Explanation& e) { return e.causes.empty() ? 0 : e.causes[0].share; }

// A value that all requests share explains everything and says nothing.
bool tells_apart(const Cells& cells) { return cells.size() > 1; }

CostSplit split_cost(const Cells& by_model) {
  const Pair all = total(by_model);
  const double n = all.now.requests, usual = ratio(all.usual.cost, all.usual.requests);
  double mixed = 0;
  for (const auto& [name, cell] : by_model) {
    const double known = cell.usual.requests > 0 ? ratio(cell.usual.cost, cell.usual.requests) : ratio(cell.now.cost, cell.now.requests);
    mixed += ratio(cell.now.requests, n) * known;
  }
  return {(n - all.usual.requests) * usual, n * (mixed - usual), n * (ratio(all.now.cost, n) - mixed)};
}

std::string words(const Cause& c) {
  std::string text;
  for (const auto& [what, value] : {std::pair{"feature ", &c.feature}, std::pair{"model ", &c.model}, std::pair{"key ", &c.key}})
    if (!value->empty()) text += (text.empty() ? "" : ", ") + std::string{what} + *value;
  return text.empty() ? "requests without a name" : text;
}

}  // namespace

Explanation explain(Metric metric, std::span<const CellShare> during, std::span<const CellShare> before, double scale) {
  if (!std::isfinite(scale) || scale < 0) scale = 0;
  Explanation best;
  for (const Dimension d : {Dimension::feature, Dimension::model, Dimension::key}) {
    const Cells cells = group(metric, d, during, before, scale);
    const Explanation e = along(metric, d, cells);
    best.extra = e.extra;
    if (tells_apart(cells) && best_share(e) > best_share(best)) best = e;
  }
  const Explanation single = best;
  for (const Dimension d : {Dimension::feature_model, Dimension::feature_key, Dimension::model_key}) {
    const Cells cells = group(metric, d, during, before, scale);
    if (!tells_apart(cells)) continue;
    const Explanation e = along(metric, d, cells);
    // A pair is narrower than its parts: it is named when it explains clearly more.
    if (best_share(e) > best_share(single) + kPairGain && best_share(e) > best_share(best)) best = e;
  }
  if (best_share(best) < kNoSingleCause) best.dimension = Dimension::none, best.causes.clear(), best.share = 0;
  if (metric == Metric::cost) best.split = split_cost(group(metric, Dimension::model, during, before, scale));
  return best;
}

std::string to_sentence(Metric metric, const Explanation& e) {
  if (e.dimension == Dimension::none || e.causes.empty()) return "no single cause";
  constexpr std::array<const char*, kMetrics> kWhat = {"requests", "errors", "slow requests", "cost", "drift"};
  const bool missing = metric == Metric::volume && e.extra < 0;
  std::string text = std::to_string(std::lround(100 * std::min(e.share, 1.0))) + " % of the " + (missing ? "missing " : "extra ") +
                     kWhat[static_cast<std::size_t>(metric)] +
                     (missing || metric == Metric::volume || metric == Metric::errors || metric == Metric::latency ? " come from " : " comes from ");
  for (std::size_t i = 0; i < e.causes.size(); ++i) text += (i == 0 ? "" : i + 1 == e.causes.size() ? " and " : "; ") + words(e.causes[i]);
  return text;
}

}  // namespace lectr::insight
