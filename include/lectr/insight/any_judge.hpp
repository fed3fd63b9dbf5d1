// How well the announcements of one series meet labelled windows. Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "lectr/insight/any_csv.hpp"

namespace lectr::insight {

struct AnyJudgement {
  std::size_t windows = 0, found = 0;         // windows with an announcement
  std::size_t announcements = 0, inside = 0;  // announcements; those within a window
  double precision = 0, recall = 0;           // 1 where there was nothing to err about
  double mean_delay_seconds = 0;              // from a found window's start to its first announcement
  double mean_delay_share = 0;                // of the window's length
};

class AnyJudge {
 public:
  explicit AnyJudge(std::vector<AnyWindow> windows);
  // In the order of the series. A record may be in several windows.
  void add(std::int64_t unix_seconds, bool announced);
  AnyJudgement judgement() const;

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  std::vector<AnyWindow> windows_;
  std::vector<std::int64_t> first_;  // announcement in each window
  std::size_t announcements_ = 0, inside_ = 0;
};

}  // namespace lectr::insight
