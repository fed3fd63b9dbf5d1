#include "lectr/insight/wording.hpp"

namespace lectr::insight {
namespace {

const char* kind(Metric metric, Direction direction) noexcept {
  const bool high = direction == Direction::high;
  switch (metric) {
    case Metric::volume: return high ? "Traffic high" : "Traffic low";
    case Metric::errors: return "Error rate";
    case Metric::latency: return high ? "Slow answers" : "Fast answers";
    case Metric::cost: return high ? "Cost spike" : "Cost drop";
    case Metric::drift: return "Model drift";
  }
  return "Anomaly";
}

}  // namespace

std::string title(Metric metric, Direction direction, const std::optional<std::string>& feature) {
  return feature ? std::string{kind(metric, direction)} + " in " + *feature : kind(metric, direction);
}

}  // namespace lectr::insight
