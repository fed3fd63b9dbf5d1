// What both generators of series do alike.
#pragma once

#include <algorithm>
#include <cmath>

#include "series.hpp"

namespace lectr::bench {

// A family's own dice for a seed.
inline Dice dice_of(const Family& family, std::uint64_t seed) {
  for (const char* c = family.name; *c; ++c) seed = (seed ^ static_cast<unsigned char>(*c)) * 0x100000001b3;
  return Dice{seed};
}

// One of them, by weight.
template <class Kind, std::size_t N, class Weight>
const Kind& pick(Dice& d, const Kind (&kinds)[N], Weight weight) {
  double sum = 0;
  for (const Kind& k : kinds) sum += weight(k);
  double at = d.uniform() * sum;
  for (const Kind& k : kinds)
    if ((at -= weight(k)) <= 0) return k;
  return kinds[0];
}

inline bool is_apart(const std::vector<Window>& others, const Window& window, int width) {
  return std::none_of(others.begin(), others.end(),
                      [&](const Window& w) { return w.first <= window.last + width && window.first <= w.last + width; });
}

// The values within their bounds, on their grid.
inline std::vector<double> readings(Background&& b) {
  for (double& v : b.value) {
    v = std::clamp(v, b.low, b.high);
    if (b.quantum > 0) v = std::round(v / b.quantum) * b.quantum;
  }
  return std::move(b.value);
}

}  // namespace lectr::bench
