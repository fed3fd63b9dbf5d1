#include "lectr/insight/contribution.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

namespace lectr::insight {
namespace {

constexpr double kEnough = 0.8;        // the smallest set of values that reaches it is named
constexpr double kLeastCause = 0.4;    // the best value below it: no single cause
constexpr double kPairGain = 0.1;      // a pair must say so much more than a value alone
constexpr double kUsuallySlow = 0.05;  // above the P95, by its definition

using Name = std::tuple<std::string, std::string, std::string>;  // feature, model, key

struct Sums {
  CellShare now, usual;
};
using Cells = std::map<Name, Sums>;

struct Totals {
  CellShare now, usual;
};

void add(CellShare& to, const CellShare& c, double scale) {
  to.requests += c.requests * scale, to.cost += c.cost * scale, to.errors += c.errors * scale;
  to.drifted += c.drifted * scale, to.slow += c.slow * scale;
}

bool has(Dimension d, Dimension single) {
  switch (d) {
    case Dimension::feature_model: return single != Dimension::key;
    case Dimension::feature_key: return single != Dimension::model;
    case Dimension::model_key: return single != Dimension::feature;
    default: return d == single;
  }
}

Name name_in(Dimension d, const CellShare& c) {
  const auto part = [&](Dimension single, const std::string& text) { return has(d, single) ? text : std::string{}; };
  return {part(Dimension::feature, c.feature), part(Dimension::model, c.model), part(Dimension::key, c.key)};
}

Cells gather(Dimension d, std::span<const CellShare> episode, std::span<const CellShare> baseline, double scale) {
  Cells cells;
  for (const CellShare& c : episode) add(cells[name_in(d, c)].now, c, 1);
  for (const CellShare& c : baseline) add(cells[name_in(d, c)].usual, c, scale);
  return cells;
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

// The additive figure of a metric; drift is a ratio and has none.
double amount(Metric metric, const CellShare& c) {
  switch (metric) {
    case Metric::volume: return c.requests;
    case Metric::errors: return c.errors;
    case Metric::cost: return c.cost;
    case Metric::latency: return c.slow - kUsuallySlow * c.requests;  // exceedance is additive, quantiles are not
    case Metric::drift: return c.drifted;
  }
  return 0;
}

// What the cell adds to the change of the whole. These sum to the whole's change over all cells of a dimension.
double added(Metric metric, const Sums& cell, const Totals& all) {
  if (metric == Metric::latency) return amount(metric, cell.now);
  if (metric != Metric::drift) return amount(metric, cell.now) - amount(metric, cell.usual);
  const double rate = ratio(all.usual.drifted, all.usual.requests), share = ratio(cell.now.requests, all.now.requests);
  const double usual_rate = cell.usual.requests > 0 ? cell.usual.drifted / cell.usual.requests : rate;
  return share * (ratio(cell.now.drifted, cell.now.requests) - usual_rate) +
         (share - ratio(cell.usual.requests, all.usual.requests)) * (usual_rate - rate);
}

// How much of the metric the cell usually makes up.
double usual_share(Metric metric, const Sums& cell, const Totals& all) {
  const bool by_requests = metric == Metric::drift || metric == Metric::latency || amount(metric, all.usual) <= 0;
  if (by_requests) return ratio(cell.usual.requests, all.usual.requests);
  return ratio(amount(metric, cell.usual), amount(metric, all.usual));
}

struct Candidate {
  Dimension dimension = Dimension::none;
  std::vector<Cause> causes;
  double share = 0;
  double surprise = -1;  // by how much the best value's share of the extra exceeds its usual share of the metric
  bool several = false;  // the dimension has more than one value: naming one says something
};

Candidate weigh(Dimension d, Metric metric, const Cells& cells, const Totals& all, double sign) {
  struct Part {
    double extra = 0, usual = 0;
    const Name* name = nullptr;
  };
  std::vector<Part> parts;
  double sum = 0;
  for (const auto& [name, cell] : cells) {
    const double extra = sign * added(metric, cell, all);
    if (!(extra > 0)) continue;
    parts.push_back({extra, usual_share(metric, cell, all), &name});
    sum += extra;
  }
  std::stable_sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.extra > b.extra; });
  Candidate out{d, {}, 0, -1, cells.size() > 1};
  for (const Part& part : parts) {
    if (out.share >= kEnough || out.causes.size() == kMaxCauses) break;
    const auto& [feature, model, key] = *part.name;
    out.causes.push_back({feature, model, key, part.extra / sum});
    out.share += part.extra / sum;
    if (out.causes.size() == 1) out.surprise = part.extra / sum - part.usual;
  }
  out.share = std::min(out.share, 1.0);
  return out;
}

CostSplit split_of(const Cells& models, const Totals& all) {
  const double change = all.now.cost - all.usual.cost;
  if (all.usual.requests <= 0 || all.now.requests <= 0) return {change, 0, 0};
  const double usual = all.usual.cost / all.usual.requests;
  double mixed = 0;  // cost of a request if each model cost what it usually does
  for (const auto& [name, cell] : models) {
    const double share = cell.now.requests / all.now.requests;
    mixed += share * (cell.usual.requests > 0 ? cell.usual.cost / cell.usual.requests : ratio(cell.now.cost, cell.now.requests));
  }
  const double volume = (all.now.requests - all.usual.requests) * usual, mix = all.now.requests * (mixed - usual);
  return {volume, mix, change - volume - mix};
}

// The dimension that says most; one in which all is one value says nothing and is taken only where there is no other.
Candidate best_of(std::span<const Candidate> all, bool several) {
  Candidate best;
  for (const Candidate& c : all)
    if (c.several == several && !c.causes.empty() && c.causes.front().share >= kLeastCause && c.surprise > best.surprise) best = c;
  return best;
}

}  // namespace

Explanation explain(Metric metric, Direction direction, std::span<const CellShare> episode, std::span<const CellShare> baseline, double scale) {
  constexpr std::array kSingles = {Dimension::feature, Dimension::model, Dimension::key};
  constexpr std::array kPairs = {Dimension::feature_model, Dimension::feature_key, Dimension::model_key};
  Totals all;
  for (const CellShare& c : episode) add(all.now, c, 1);
  for (const CellShare& c : baseline) add(all.usual, c, scale);
  Explanation out;
  out.metric = metric, out.direction = direction;
  if (metric == Metric::latency)
    out.extra = amount(metric, all.now);
  else if (metric == Metric::drift)
    out.extra = ratio(all.now.drifted, all.now.requests) - ratio(all.usual.drifted, all.usual.requests);
  else
    out.extra = amount(metric, all.now) - amount(metric, all.usual);
  if (metric == Metric::cost) out.split = split_of(gather(Dimension::model, episode, baseline, scale), all);
  const double sign = direction == Direction::high ? 1 : -1;
  if (!(sign * out.extra > 0)) return out;  // the sum moved the other way: whatever is named would be wrong

  std::array<Candidate, 3> singles, pairs;
  for (std::size_t i = 0; i < 3; ++i) {
    singles[i] = weigh(kSingles[i], metric, gather(kSingles[i], episode, baseline, scale), all, sign);
    pairs[i] = weigh(kPairs[i], metric, gather(kPairs[i], episode, baseline, scale), all, sign);
  }
  Candidate best = best_of(singles, true);
  // A pair of which one part never varies is that other part alone.
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t k = 0; k < 3; ++k)
      if (has(kPairs[i], kSingles[k]) && !singles[k].several) pairs[i].several = false;
  const Candidate pair = best_of(pairs, true);
  if (pair.dimension != Dimension::none && (best.dimension == Dimension::none || pair.surprise > best.surprise + kPairGain)) best = pair;
  const bool one_cell = std::none_of(singles.begin(), singles.end(), [](const Candidate& c) { return c.several; });
  if (one_cell) best = pairs[2];  // all there is: one model by one key
  out.dimension = best.dimension, out.causes = std::move(best.causes), out.share = best.share;
  if (out.causes.empty()) out.dimension = Dimension::none;
  return out;
}

}  // namespace lectr::insight
