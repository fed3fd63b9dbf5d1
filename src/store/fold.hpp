// Adds up stored cells and single rows into an Aggregate. The sketches of a step are summed in arrays, which is what makes a month fast.
#pragma once

#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "store/cells.hpp"

namespace lectr::store {

// Longest answers: more groups are in the totals only, more steps are refused by the store.
inline constexpr std::size_t kMostGroups = 1'000;
inline constexpr std::int64_t kMostSteps = 4'000;

// A filter whose texts are numbers of Names, as cells have them.
class CellFilter {
 public:
  CellFilter(const RollupFilter& filter, Names& names);
  bool matches(const Dims& dims) const noexcept;

 private:
  std::optional<std::uint32_t> provider_, model_, feature_, task_;
  std::optional<KeyId> key_;
  std::optional<int> status_class_;
};

class Fold {
 public:
  // `query.filter` has the window in whole minutes. `names` is the one that readers are given.
  Fold(const AggregateQuery& query, Names& names);
  ~Fold();
  // Adds the cells of a stretch that lies within one step; cheapest in the order of time.
  void add(std::int64_t at_us, CellReader& cells);
  // Adds a row that is in no rollup yet and lies in the window.
  void add(const Event& row);
  Aggregate result() &&;

 private:
  class Sum;  // one group in the current step
  struct Part {
    std::size_t step = 0;
    Sums sums;
  };
  std::size_t step_of(std::int64_t at_us) const noexcept;
  std::size_t group_of(const Dims& dims);
  std::string name_of(std::size_t group) const;
  void end_step();
  std::vector<Sums> take_totals();
  void put(std::vector<Part>& parts, std::vector<Sums>& steps) const;

  const AggregateQuery query_;
  Names& names_;
  CellFilter filter_;
  std::int64_t first_us_;
  std::size_t steps_, step_ = 0;
  std::unordered_map<std::uint64_t, std::size_t> groups_;  // by number of the name, key or class
  std::vector<std::uint64_t> group_keys_;
  std::vector<std::unique_ptr<Sum>> sums_;                    // by group
  std::vector<std::size_t> touched_;                          // groups with something in the current step
  std::vector<std::vector<Part>> parts_;                      // by group
  std::unique_ptr<Sum> all_;                                  // of the current step, and in the end of each group
  std::vector<Part> all_parts_;                               // by step, of several groups
  std::map<std::pair<std::size_t, std::size_t>, Sums> late_;  // of single rows, by group and step
};

}  // namespace lectr::store
