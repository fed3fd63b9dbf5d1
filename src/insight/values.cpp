#include "insight/values.hpp"

#include <algorithm>
#include <cmath>

namespace lectr::insight {
namespace {

// What one unit of x is worth.
double worth(Metric metric, const Window& w, int width) {
  switch (metric) {
    case Metric::volume: return 1.0 / width;
    case Metric::cost: return w.unit * 12 / width;
    default: return w.n > 0 ? 1 / w.n : 0;
  }
}

// The count that lies `spread` standard deviations of the root from m.
double bound(double m, double spread) {
  const double root = std::max(0.0, std::sqrt(m + 0.375) + spread / 2);
  return std::max(0.0, root * root - 0.375);
}

double finite(double v) { return std::isfinite(v) ? v : 0; }

}  // namespace

double observed(Metric metric, const Window& w, int width) {
  if (metric == Metric::latency) return w.m > 0 ? finite(std::exp(w.log_base + w.x / w.m)) : 0;
  return finite(w.x * worth(metric, w, width));
}

Expected usual(Metric metric, const Window& w, int width) {
  if (metric == Metric::latency) {
    const double middle = std::exp(w.log_base), factor = w.m > 0 ? std::exp(2 * w.deviation / std::sqrt(w.m)) : 1;
    return {finite(middle), finite(middle / factor), finite(middle * factor)};
  }
  const double unit = worth(metric, w, width);
  return {finite(w.m * unit), finite(bound(w.low, -2 * w.deviation) * unit), finite(bound(w.high, 2 * w.deviation) * unit)};
}

}  // namespace lectr::insight
