// How anomalies are called. Pure.
#pragma once

#include <optional>
#include <string>

#include "lectr/insight/detector.hpp"

namespace lectr::insight {

// "Cost spike in summariser"; without a feature: "Cost spike". The feature is a client's text, as it is.
std::string title(Metric metric, Direction direction, const std::optional<std::string>& feature);

}  // namespace lectr::insight
