// A second held-out set, made after the method first stood: other systems and other troubles than those of families.cpp and anomalies.cpp.
#pragma once

#include "series.hpp"

namespace lectr::bench {

const std::vector<Family>& second_families();
Series make_second(const Family& family, std::uint64_t seed);

}  // namespace lectr::bench
