// What a rollup holds for one stretch of time: a cell of sums for each combination of dimensions that had a request, and its stored form.
//
// All cells of a stretch are one row of the table `rollups`, in two columns: `cell_index` says which combinations there are, with their counts
// and peaks, which is all that a search for rows reads; `cell_sums` has the rest, in the same order. A row per cell would be nearly a row per
// request at the level of minutes. Equal cells give equal bytes.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lectr/store/aggregate.hpp"

namespace lectr::store {

// Texts of dimensions as small numbers, so that cells are compared and found by integers. 0 is the empty text.
class Names {
 public:
  Names() { id_of(""); }
  std::uint32_t id_of(std::string_view text);
  const std::string& text(std::uint32_t id) const { return texts_[id]; }

 private:
  std::deque<std::string> texts_;  // stay where they are: the keys below look into them
  std::unordered_map<std::string_view, std::uint32_t> ids_;
};

struct Dims {
  // `asked` is the model asked for where another one answered: no dimension of sums, but requests are filtered by it.
  std::uint32_t provider = 0, model = 0, asked = 0, feature = 0, task = 0;
  std::int32_t status_class = 0;
  KeyId key = 0;
  friend bool operator==(const Dims&, const Dims&) = default;
};
struct DimsHash {
  std::size_t operator()(const Dims& d) const noexcept;
};
Dims dims_of(const Event& event, Names& names);
// The same with every dimension but one emptied; `none` empties all.
Dims only(Dimension dimension, const Dims& dims) noexcept;

// The largest value of any one row; -1: no row has one. What a search for the slowest or dearest rows starts from.
struct Peaks {
  std::int64_t latency_us = -1, ttfb_us = -1, tokens = -1, cost_femto = -1;
  void add(const Event& event) noexcept;
  void merge(const Peaks& other) noexcept;
  friend bool operator==(const Peaks&, const Peaks&) = default;
};
std::int64_t tokens_of(const Event& event) noexcept;  // input and output; -1: neither is known

struct Cell {
  Sums sums;
  Peaks peaks;
  void add(const Event& event) { sums.add(event), peaks.add(event); }
  void merge(const Cell& other) { sums.merge(other.sums), peaks.merge(other.peaks); }
};
using Cells = std::unordered_map<Dims, Cell, DimsHash>;

void merge_into(Cells& cells, const Cells& more);

// Clients choose features, tasks and models, and one that sends a new one with each request would make every stretch as long as its rows. What is
// above minutes keeps at most so many cells: of the dimension with too many values, those with the fewest requests become one.
inline constexpr std::size_t kMostCells = 20'000;
inline constexpr std::string_view kOther = "(other)";
void bound(Cells& cells, Names& names, std::size_t most = kMostCells);

struct StoredCells {
  std::string index, sums;
};
StoredCells encode(const Cells& cells, const Names& names);

// Walks stored cells. next() is false at the end; bytes that are no cells throw Failure.
class CellReader {
 public:
  // Without `sums` only the index is read. Both live as long as the reader.
  CellReader(std::string_view index, Names& names) : CellReader(index, {}, names, false) {}
  CellReader(std::string_view index, std::string_view sums, Names& names) : CellReader(index, sums, names, true) {}
  bool next();

  const Dims& dims() const noexcept { return dims_; }
  std::int64_t requests() const noexcept { return requests_; }
  std::int64_t errors() const noexcept { return errors_; }
  const Peaks& peaks() const noexcept { return peaks_; }
  // All of the cell's sums but its sketches, added to `to`; the sketches' stored forms.
  struct Sketches {
    std::string_view latency, ttfb;
  };
  Sketches add_to(Sums& to) const;
  Cell cell() const;

 private:
  CellReader(std::string_view index, std::string_view sums, Names& names, bool with_sums);

  std::string_view index_, sums_;
  bool with_sums_;
  std::vector<std::uint32_t> names_;  // of this stretch's texts, in the numbers of Names
  std::uint64_t left_ = 0;
  Dims dims_;
  std::int64_t requests_ = 0, errors_ = 0;
  Peaks peaks_;
  std::string_view cell_sums_;
};

// Decoded and added to `to`.
void read_into(Cells& to, std::string_view index, std::string_view sums, Names& names);

}  // namespace lectr::store
