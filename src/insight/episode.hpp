// The life of an episode: opened by evidence, closed by calm, reopened within two hours, or taken for the new normal after twelve.
#pragma once

#include <vector>

#include "insight/memory.hpp"
#include "insight/window.hpp"

namespace lectr::insight {

struct Look {  // one metric of one bucket
  Metric metric = Metric::volume;
  std::int64_t at_us = 0;
  std::array<Window, kWindows> windows{};
  int known = 0;       // how many of them there are
  bool spoke = false;  // the bucket said anything about this metric
  double requests = 0;
  Evidence evidence;
};

enum class Turn : std::uint8_t { none, opened, closed, accepted };  // accepted: its level is the new normal

Turn step(const Look& look, Track& track, std::vector<Finding>& out);
// Ends an open episode for a reason from outside: a dismissed span, a long gap.
void close(const Look& look, Track& track, bool may_reopen, std::vector<Finding>& out);
void forget_window(Track& track, int keep = 0);

}  // namespace lectr::insight
