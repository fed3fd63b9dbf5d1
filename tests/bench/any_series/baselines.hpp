// Simpler methods to compare with. `damped`: their evidence goes through the product's own stage of one announcement each.
#pragma once

#include <vector>

#include "series.hpp"

namespace lectr::bench {

// Distance from the mean of the last 1000 records in their standard deviations, as minus the logarithm of a normal law's tail.
std::vector<float> windowed_gauss(const Series& series, bool damped);
// asinh of the value by its level, fast and slow averages and a 96-slot profile, each statistic against Gumbel-fitted maxima of blocks of 144
// records, and damping by the announced peak.
std::vector<float> block_maxima(const Series& series);

}  // namespace lectr::bench
