// A window in the metric's own unit, as Finding and Expected show it.
#pragma once

#include "insight/window.hpp"

namespace lectr::insight {

double observed(Metric metric, const Window& window, int width);
Expected usual(Metric metric, const Window& window, int width = 1);  // two standard deviations to either side

}  // namespace lectr::insight
