// Sums as numbers for people: the object that stands wherever a sum is shown, and the single metrics of a chart. Pure.
#pragma once

#include <span>
#include <string_view>

#include "api/json.hpp"
#include "lectr/store/aggregate.hpp"

namespace lectr::api {

// requests, errors, tokens, cost with its band, latencies … What has no meaning without a request is null.
Json to_json(const store::Sums& sums);

// One number of a chart.
struct Metric {
  std::string_view name, unit;
  Json (*value)(const store::Sums&);
  double (*weight)(const store::Sums&);  // how much a series matters: which ones a chart names
  bool percentile = false;               // of sketches
};
const Metric* find_metric(std::string_view name) noexcept;  // null: there is none

// Part of the whole, 0 to 1 with six digits; null of nothing.
Json share_of(double part, double whole);

std::optional<store::Dimension> find_dimension(std::string_view name) noexcept;

}  // namespace lectr::api
