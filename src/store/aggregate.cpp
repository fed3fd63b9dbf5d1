// Aggregates: rollups of a window and the rows behind the watermark, in one state.
#include <algorithm>
#include <limits>

#include "store/fold.hpp"
#include "store/rollup_rows.hpp"
#include "store/rollups.hpp"
#include "store/usage.hpp"

namespace lectr::store {
namespace {

constexpr Error kBadSteps{Code::invalid_request, Fault::client, Again::no, "steps are whole minutes, at most 4000 of them"};

// All there is of a window: stored cells, stretch by stretch, and the rows behind the watermark.
template <class EachCells, class EachRow>
void walk(Session& session, const RollupFilter& f, std::int64_t step_us, int dimension, Names& names, EachCells each_cells, EachRow each_row) {
  const RollupState state = read_rollup_state(session);
  for (const Run& run : plan_runs(f.from_us, f.to_us, step_us, state.closed))
    read_stretches(session, f.org, run.level, run.level == kMinutes ? kAllDimensions : dimension, run.from_us, run.to_us,
                   [&](std::int64_t bucket_us, std::string_view index, std::string_view sums) {
                     CellReader cells{index, sums, names};
                     each_cells(bucket_us, cells);
                   });
  if (session.newest_seq() <= state.watermark) return;
  // The sign keeps both dialects from using the index over time: the rows behind the watermark are few and stand together.
  const Query tail = Query{"SELECT "}
                         .add(kSummedColumns)
                         .add(" FROM events WHERE seq > ? AND +org_id = ? AND +completed_at_us >= ? AND +completed_at_us < ?", state.watermark, f.org,
                              f.from_us, f.to_us);
  const std::int64_t floor = state.watermark < state.rebuild_until ? rows_floor(session, f.org) : std::numeric_limits<std::int64_t>::min();
  Event event;
  session.run(tail, [&](const Row& row) {
    const std::int64_t seq = read_summed(row, event);
    if (seq > state.rebuild_until || event.completed_at_us >= floor) each_row(event);
  });
}

}  // namespace

Result<AggregateQuery> widened(const AggregateQuery& query) {
  constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max() / 2;
  AggregateQuery wide = query;
  wide.filter.from_us = floor_to(kMinuteUs, std::clamp(query.filter.from_us, -kEnd, kEnd));
  wide.filter.to_us = std::max(wide.filter.from_us, ceil_to(kMinuteUs, std::clamp(query.filter.to_us, -kEnd, kEnd)));
  if (query.step_us < 0 || query.step_us % kMinuteUs != 0) return kBadSteps;
  if (query.step_us > 0 && (wide.filter.to_us - wide.filter.from_us) / query.step_us > kMostSteps) return kBadSteps;
  return wide;
}

Aggregate read_aggregate(Session& session, const AggregateQuery& query) {
  Names names;
  Fold fold{query, names};
  walk(
      session, query.filter, query.step_us, cells_for(query), names, [&](std::int64_t at_us, CellReader& cells) { fold.add(at_us, cells); },
      [&](const Event& row) { fold.add(row); });
  return std::move(fold).result();
}

std::vector<UsageGroup> read_usage(Session& session, const RollupFilter& filter) {
  Names names;
  UsageFold fold{filter, names};
  walk(
      session, filter, 0, kAllDimensions, names, [&](std::int64_t, CellReader& cells) { fold.add(cells); }, [&](const Event& row) { fold.add(row); });
  return std::move(fold).result();
}

}  // namespace lectr::store
