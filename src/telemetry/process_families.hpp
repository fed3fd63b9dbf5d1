// The process as families of metrics. Pure but for what the system says of this process (/proc/self).
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "lectr/telemetry/metrics.hpp"

namespace lectr::telemetry {

std::vector<prometheus::MetricFamily> process_families(const ProcessState& now);

}  // namespace lectr::telemetry
