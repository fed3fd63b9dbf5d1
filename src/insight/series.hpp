#pragma once

#include "insight/memory.hpp"

namespace lectr::insight {

struct Series::State {
  Memory memory;
};

}  // namespace lectr::insight
