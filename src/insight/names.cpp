#include "lectr/insight/detector.hpp"

namespace lectr::insight {

std::string_view name(Metric metric) {
  constexpr std::string_view kNames[kMetrics] = {"volume", "errors", "latency", "cost", "drift"};
  return kNames[static_cast<int>(metric)];
}

std::string_view name(Direction direction) { return direction == Direction::high ? "high" : "low"; }

std::string_view name(Severity severity) {
  constexpr std::string_view kNames[3] = {"low", "medium", "high"};
  return kNames[static_cast<int>(severity)];
}

}  // namespace lectr::insight
