// Overview figures that SQL of one dialect can't give: exact percentiles and sums over the rows of a window.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lectr/store/event_store.hpp"
#include "store/row_text.hpp"

namespace lectr::store {

// What one row adds.
struct OverviewSample {
  std::string_view provider;
  std::int64_t latency_us = 0, ttfb_us = -1, tokens_input = -1, tokens_output = -1;
  std::optional<Money> cost;
  bool error = false, streaming = false, measured = false, price_unknown = false;
};

class OverviewSum {
 public:
  void add(const OverviewSample& sample);
  Overview result() &&;

 private:
  struct Part {
    std::int64_t requests = 0, errors = 0, tokens_input = 0, tokens_output = 0;
    Sums::Femto latency = 0, cost = 0;
    std::vector<std::int64_t> latencies;
  };
  Overview all_;
  Sums::Femto cost_ = 0;
  std::vector<std::int64_t> latencies_, first_bytes_;
  std::map<std::string, Part, std::less<>> parts_;
};

// The smallest value that at least `percent` of all are not above (SQL's percentile_disc); -1: there are none. Reorders `values`.
std::int64_t percentile(std::vector<std::int64_t>& values, int percent);

}  // namespace lectr::store
