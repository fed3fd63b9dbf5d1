// Rows of the table `rollups`, and the columns of `events` that become sums. Private to the rollups.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/cells.hpp"
#include "store/levels.hpp"
#include "store/session.hpp"

namespace lectr::store {

// "seq, completed_at_us, …", and a row of them as an Event, of which only these fields are set. Reuses `event`: most rows need no allocation.
extern const char* const kSummedColumns;
std::int64_t read_summed(const Row& row, Event& event);  // returns seq

struct Stretch {
  OrgId org = 0;
  std::int64_t bucket_us = 0;
  friend auto operator<=>(const Stretch&, const Stretch&) = default;
};

// Collects rows and stores several per statement, replacing what is there. Call flush() in the end.
class RollupWriter {
 public:
  explicit RollupWriter(Session& session) : session_{session} {}
  void put(const Stretch& at, int level, int dimension, StoredCells cells);
  // All cells, and for levels above minutes those of each dimension alone.
  void put_all(const Stretch& at, int level, const Cells& cells, const Names& names);
  void flush();

 private:
  struct Waiting {
    Stretch at;
    int level, dimension;
    StoredCells cells;
  };
  Session& session_;
  std::vector<Waiting> waiting_;
};

// Calls `each` for every stored stretch of [from, to), in order; its texts live during the call.
using EachStretch = std::function<void(std::int64_t bucket_us, std::string_view index, std::string_view sums)>;
void read_stretches(Session& session, OrgId org, int level, int dimension, std::int64_t from_us, std::int64_t to_us, const EachStretch& each);

}  // namespace lectr::store
