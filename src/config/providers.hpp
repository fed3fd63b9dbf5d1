// The providers that are built in, as data. Facts age: change them here (or in the settings file), nowhere else.
#pragma once

#include <vector>

#include "lectr/config/snapshot.hpp"

namespace lectr::config {

// In the order that settles what the key does not: the first of several providers that list a model gets it.
std::vector<Provider> builtin_providers();

}  // namespace lectr::config
