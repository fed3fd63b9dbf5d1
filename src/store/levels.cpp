#include "store/levels.hpp"

#include <algorithm>

namespace lectr::store {
namespace {

struct Cover {
  std::int64_t step_us;
  const Closed& closed;
  std::vector<Run> runs{};

  void with(int level, std::int64_t from, std::int64_t to) {
    if (from >= to) return;
    if (level == kMinutes) {
      runs.push_back({level, from, to});
      return;
    }
    const auto at = static_cast<std::size_t>(level);
    const std::int64_t unit = kLevelUs[at], first = ceil_to(unit, from), last = floor_to(unit, std::min(to, closed[at]));
    if (first >= last || step_us % unit != 0) return with(level - 1, from, to);
    with(level - 1, from, first);
    runs.push_back({level, first, last});
    with(level - 1, last, to);
  }
};

}  // namespace

std::vector<Run> plan_runs(std::int64_t from_us, std::int64_t to_us, std::int64_t step_us, const Closed& closed) {
  Cover cover{step_us, closed};
  cover.with(kDays, from_us, to_us);
  return std::move(cover.runs);
}

int cells_for(const AggregateQuery& query) noexcept {
  const RollupFilter& f = query.filter;
  const std::pair<Dimension, bool> filtered[] = {
      {Dimension::provider, f.provider.has_value()}, {Dimension::model, f.model.has_value()}, {Dimension::feature, f.feature.has_value()},
      {Dimension::task, f.task.has_value()},         {Dimension::key, f.key.has_value()},     {Dimension::status_class, f.status_class.has_value()}};
  Dimension one = query.by;
  for (const auto& [dimension, is] : filtered) {
    if (!is || dimension == one) continue;
    if (one != Dimension::none) return kAllDimensions;
    one = dimension;
  }
  return static_cast<int>(one);
}

}  // namespace lectr::store
