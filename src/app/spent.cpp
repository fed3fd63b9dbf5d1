#include "spent.hpp"

namespace lectr::app {

bool look_up(store::EventStore& events, limits::Spent& spent) {
  store::AggregateQuery query;
  query.filter.org = spent.org;
  query.filter.from_us = spent.from_us;
  query.filter.to_us = spent.to_us;
  query.percentiles = store::Percentiles::none;
  if (!spent.feature.empty()) query.filter.feature = spent.feature;
  const auto sums = events.aggregate(query);
  if (!sums) return false;
  spent.unpriced = sums->total.cost_unknown;
  spent.nano = static_cast<std::int64_t>(sums->total.cost / 1'000'000) + spent.unpriced * spent.unknown_nano;
  return true;
}

}  // namespace lectr::app
