// Where an anomaly comes from: which feature, model or key (or pair of these) makes up the extra, by what it does now against what it usually does.
// Pure and without memory; arithmetic over the cells of one episode. Equal inputs give equal explanations in whatever order the cells come.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lectr/insight/detector.hpp"

namespace lectr::insight {

// What one (feature, model, key) did in a span. Cells may repeat; they are summed. An empty text: untagged, unknown.
struct CellShare {
  std::string feature, model, key;
  double requests = 0, cost = 0, errors = 0, drifted = 0;  // cost in USD
  double slow = 0;                                         // requests above the baseline P95 of the episode's feature
};

enum class Dimension : std::uint8_t { none, feature, model, key, feature_model, feature_key, model_key };

struct Cause {
  std::string feature, model, key;  // those that the dimension names; the others are empty
  double share = 0;                 // of the extra, 0..1
};

// Why the cost changed, in USD over the span; the three sum to the change.
struct CostSplit {
  double volume = 0;  // more requests at the usual cost of a request
  double mix = 0;     // other models than usual
  double price = 0;   // the same models, but dearer or longer requests
};

inline constexpr std::size_t kMaxCauses = 3;

struct Explanation {
  Metric metric = Metric::volume;
  Direction direction = Direction::high;
  Dimension dimension = Dimension::none;  // none: no single cause
  std::vector<Cause> causes;              // the largest first, at most kMaxCauses; empty with `none`
  double share = 0;                       // of all causes named, 0..1
  double extra = 0;                       // requests, errors, slow requests beyond the usual 5 %, USD; drift: change of the rate
  std::optional<CostSplit> split;         // cost only
};

// `baseline`: the same hours of the last seven days without dismissed and anomalous spans; each of its figures is multiplied with `scale`, so that
// it covers as much time as the episode (buckets of the episode / buckets of the baseline hours).
Explanation explain(Metric metric, Direction direction, std::span<const CellShare> episode, std::span<const CellShare> baseline, double scale);

// "92 % of the extra cost comes from model gpt-4o, key 3", or "no single cause". Keys are written as they are in the causes: put names there first.
std::string sentence(const Explanation& explanation);

}  // namespace lectr::insight
