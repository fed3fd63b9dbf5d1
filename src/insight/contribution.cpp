#include "lectr/insight/contribution.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace lectr::insight {
namespace {

constexpr double kEnough = 0.8, kNoSingleCause = 0.4, kPairGain = 0.1;
constexpr double kGoodPiece = 0.2, kStoodStill = 0.25;  // of a part: what is left of it, and how much of the part's move that may have made
constexpr double kUsuallySlow = 0.05;                   // share of requests above a P95

struct Sums {
  double requests = 0, cost = 0, hits = 0;  // hits: errors, drifted or slow
  double input = 0, output = 0, input_cost = 0, output_cost = 0;
  void add(const Sums& o) {
    requests += o.requests, cost += o.cost, hits += o.hits;
    input += o.input, output += o.output, input_cost += o.input_cost, output_cost += o.output_cost;
  }
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
  to.add({clean(c.requests), clean(c.cost), clean(hits_of(metric, c)), clean(c.input), clean(c.output), clean(c.input_cost), clean(c.output_cost)});
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
  for (const auto& [name, p] : cells) all.now.add(p.now), all.usual.add(p.usual);
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

// The rest of the part, usually a good piece of it, hardly moved: of one key's long prompts to a model the model is no cause.
bool narrows(Metric metric, const Explanation& single, const Cells& singles, const Explanation& pair, const Cells& pairs) {
  if (single.causes.empty() || pair.causes.empty()) return false;
  const Cause &part = single.causes[0], &cell = pair.causes[0];
  const bool within = (part.feature.empty() || part.feature == cell.feature) && (part.model.empty() || part.model == cell.model) &&
                      (part.key.empty() || part.key == cell.key);
  if (!within || cell.share < kEnough) return false;
  const auto usual = [metric](const Cells& cells, const Cause& c) {
    const auto at = cells.find({c.feature, c.model, c.key});
    return at == cells.end() ? 0.0 : metric == Metric::cost ? at->second.usual.cost : at->second.usual.requests;
  };
  const double whole = usual(singles, part);
  if (whole <= 0) return false;
  const double rest = 1 - usual(pairs, cell) / whole;
  return rest >= kGoodPiece && part.share - cell.share <= kStoodStill * rest * part.share;
}

// A value that all requests share explains everything and says nothing.
bool tells_apart(const Cells& cells) { return cells.size() > 1; }

// What lengths and caching make of one model's cost: at what a token of it usually costs, then what that has become.
void split_lengths(const Pair& model, CostSplit& split) {
  const double n = model.now.requests;
  if (n <= 0 || model.usual.requests <= 0 || model.usual.input_cost <= 0 || model.now.input_cost <= 0) return;
  const double in = ratio(model.now.input, n), in_before = ratio(model.usual.input, model.usual.requests);
  const double each = ratio(model.usual.input_cost, model.usual.input), each_now = ratio(model.now.input_cost, model.now.input);
  const double out = ratio(model.now.output, n), out_before = ratio(model.usual.output, model.usual.requests);
  split.input += n * (in - in_before) * each;
  split.caching += n * in * (each_now - each);
  split.output += n * (out - out_before) * ratio(model.usual.output_cost, model.usual.output);
}

CostSplit split_cost(const Cells& by_model) {
  const Pair all = total(by_model);
  const double n = all.now.requests, usual = ratio(all.usual.cost, all.usual.requests);
  CostSplit split;
  double mixed = 0;
  for (const auto& [name, cell] : by_model) {
    const double known = cell.usual.requests > 0 ? ratio(cell.usual.cost, cell.usual.requests) : ratio(cell.now.cost, cell.now.requests);
    mixed += ratio(cell.now.requests, n) * known;
    split_lengths(cell, split);
  }
  split.volume = (n - all.usual.requests) * usual;
  split.mix = n * (mixed - usual);
  split.price = n * (ratio(all.now.cost, n) - mixed) - split.input - split.output - split.caching;
  return split;
}

void say_cost(const Cells& by_model, Explanation& e) {
  const Pair all = total(by_model);
  const auto each = [&](double Sums::*of) { return Change{ratio(all.usual.*of, all.usual.requests), ratio(all.now.*of, all.now.requests)}; };
  e.split = split_cost(by_model);
  e.requests = {all.usual.requests, all.now.requests};
  e.input = each(&Sums::input), e.output = each(&Sums::output);
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
  Cells parts;  // of the best
  for (const Dimension d : {Dimension::feature, Dimension::model, Dimension::key}) {
    Cells cells = group(metric, d, during, before, scale);
    const Explanation e = along(metric, d, cells);
    best.extra = e.extra;
    if (tells_apart(cells) && best_share(e) > best_share(best)) best = e, parts = std::move(cells);
  }
  const Explanation single = best;
  for (const Dimension d : {Dimension::feature_model, Dimension::feature_key, Dimension::model_key}) {
    const Cells cells = group(metric, d, during, before, scale);
    if (!tells_apart(cells)) continue;
    const Explanation e = along(metric, d, cells);
    // A pair is narrower than its parts: it is named when it explains clearly more, or the rest of its part moved little.
    const bool more = best_share(e) > best_share(single) + kPairGain;
    if ((more && best_share(e) > best_share(best)) || (best.dimension == single.dimension && narrows(metric, single, parts, e, cells))) best = e;
  }
  if (best_share(best) < kNoSingleCause) best.dimension = Dimension::none, best.causes.clear(), best.share = 0;
  if (metric == Metric::cost) say_cost(group(metric, Dimension::model, during, before, scale), best);
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
