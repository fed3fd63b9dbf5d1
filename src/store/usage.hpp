// Sums by feature, task, provider and models together, from cells and single rows. Private to the rollups.
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "store/fold.hpp"

namespace lectr::store {

class UsageFold {
 public:
  UsageFold(const RollupFilter& filter, Names& names) : names_{names}, filter_{filter, names} {}
  void add(CellReader& cells);
  void add(const Event& row);
  // By cost, largest first, at most kMostUsage.
  std::vector<UsageGroup> result() &&;

 private:
  using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;
  struct Part {
    Sums sums;
    std::int64_t peak_tokens = 0;
  };
  Part& part_of(const Dims& dims);

  Names& names_;
  CellFilter filter_;
  std::map<Key, Part> parts_;
};

}  // namespace lectr::store
