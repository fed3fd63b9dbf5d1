// What the index of a stretch says about a search. Pure.
#pragma once

#include "lectr/store/event_store.hpp"
#include "store/fold.hpp"

namespace lectr::store {

struct Match {
  std::int64_t rows = 0;   // at most so many rows fit
  std::int64_t total = 0;  // of so many
  std::int64_t peak = -1;  // the largest value sorted by among them; -1: none has one
};

class CellSearch {
 public:
  CellSearch(const RequestFilter& filter, RequestSort sort, Names& names);
  // Reads to the end.
  Match look(CellReader& cells) const;

  // Whether the indexes can tell anything: else the table is read as it is.
  bool selective() const noexcept { return selective_; }
  // Whether Match::rows can be far above what fits, so that only minutes tell where to look.
  bool by_peaks() const noexcept { return by_peaks_; }
  // Which cells to read above minutes; see kAllDimensions.
  int dimension() const noexcept { return dimension_; }

 private:
  bool matches(const CellReader& cell) const noexcept;

  CellFilter dims_;
  std::optional<std::uint32_t> model_;
  std::optional<bool> errors_;
  Peaks least_;  // what a row must have at least; -1: nothing
  RequestSort sort_;
  int dimension_;
  bool selective_, by_peaks_;
};

// What a row is sorted by; -1: it has no such value. Not for RequestSort::time.
std::int64_t value_of(const Event& event, RequestSort sort) noexcept;

}  // namespace lectr::store
