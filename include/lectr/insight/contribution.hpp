// Says where the extra of an episode comes from: which feature, model or key, and for cost whether more requests, another mix of models, longer
// prompts or answers, or other prices. Pure. The sentence names the values it was given; who shows it puts names in the place of key ids.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lectr/insight/detector.hpp"

namespace lectr::insight {

// What one combination did. `slow`: requests above the baseline P95. Amounts are sums over the span.
struct CellShare {
  std::string feature, model, key;
  double requests = 0, cost = 0, errors = 0, drifted = 0, slow = 0;
  double input = 0, output = 0;            // tokens
  double input_cost = 0, output_cost = 0;  // what they cost in USD by one price list for both spans, caching included; 0: the list does not say
};

enum class Dimension : std::uint8_t { none, feature, model, key, feature_model, feature_key, model_key };  // none: no single cause

struct Cause {
  std::string feature, model, key;  // those that the dimension does not name are empty
  double share = 0;                 // of the extra; more than 1 if others went the other way
};

// The parts of an extra cost in USD; they add up to it.
struct CostSplit {
  double volume = 0;   // more or fewer requests
  double mix = 0;      // other models than usual
  double input = 0;    // longer or shorter prompts
  double output = 0;   // longer or shorter answers
  double caching = 0;  // less or more of the prompts from the provider's cache
  double price = 0;    // what is left: prices, tiers, and lengths of models that the list does not price
};
struct Change {
  double usual = 0, now = 0;
};

struct Explanation {
  Dimension dimension = Dimension::none;
  std::vector<Cause> causes;       // the fewest that make up 80 %, at most kMaxCauses, largest first
  double share = 0;                // theirs together
  double extra = 0;                // what is explained: USD, requests, errors; for rates the change of the rate
  CostSplit split;                 // cost only
  Change requests, input, output;  // cost only: requests of the span; tokens of each
};

inline constexpr std::size_t kMaxCauses = 5;
inline constexpr std::size_t kMaxCells = 10'000;  // of either span; the rest is left out

// `during`: the episode's cells. `before`: the same hours of the days before, dismissed and anomalous spans left out, in sum;
// `scale` brings them to the episode's length (1/7 for seven days of the same hours). Errors, drift and latency are judged as rates.
Explanation explain(Metric metric, std::span<const CellShare> during, std::span<const CellShare> before, double scale);

// "92 % of the extra cost comes from model gpt-4o, key 3", or "no single cause".
std::string to_sentence(Metric metric, const Explanation& explanation);

}  // namespace lectr::insight
