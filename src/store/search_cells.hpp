// What the index of a stretch says about a search. Pure.
#pragma once

#include "lectr/store/event_store.hpp"
#include "store/fold.hpp"

namespace lectr::store {

struct Match {
  std::int64_t rows = 0;   // about so many rows fit; 0: none does
  std::int64_t total = 0;  // of so many
  bool unsure = false;     // some may fit, but not even about how many is known
  std::int64_t peak = -1;  // the largest value sorted by among them; -1: none has one
};

class CellSearch {
 public:
  CellSearch(const RequestFilter& filter, RequestSort sort, Names& names);
  // Reads to the end.
  Match look(CellReader& cells) const;

  // Whether the indexes can tell anything: else the table is read as it is.
  bool selective() const noexcept { return selective_; }
  // Which cells to read above minutes; see kAllDimensions.
  int dimension() const noexcept { return dimension_; }

 private:
  enum class Fit { no, maybe, yes };  // maybe: the cell holds several values of a dimension, see bound()
  Fit fit(const CellReader& cell) const noexcept;
  Fit fit(const std::optional<std::uint32_t>& wanted, std::uint32_t is) const noexcept;

  CellFilter exact_;  // provider, key, class
  std::optional<std::uint32_t> model_, feature_, task_;
  std::uint32_t other_;
  std::optional<bool> errors_;
  Peaks least_;  // what a row must have at least; -1: nothing
  RequestSort sort_;
  int dimension_;
  bool selective_, by_peaks_;
};

// What a row is sorted by; -1: it has no such value. Not for RequestSort::time.
std::int64_t value_of(const Event& event, RequestSort sort) noexcept;

}  // namespace lectr::store
