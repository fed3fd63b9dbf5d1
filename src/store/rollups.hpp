// Rollups: written from the rows by a watermark, read together with the rows behind it. One SQL for both dialects; every function runs within
// the caller's transaction, so what it reads is one state and what it writes is all or nothing.
//
//   rows seq 1 … watermark   are in the rollups, each exactly once
//   rows seq > watermark     the tail: a read adds them itself
#pragma once

#include <optional>

#include "store/levels.hpp"
#include "store/session.hpp"

namespace lectr::store {

struct RollupState {
  std::int64_t watermark = 0;
  Closed closed{};
  // While the watermark is below, rollups are being rebuilt: of these rows, those before their org's floor are skipped, as what they gave is
  // still there.
  std::int64_t rebuild_until = 0;
  friend bool operator==(const RollupState&, const RollupState&) = default;
};
RollupState read_rollup_state(Session& session);
// Since when an org has all its rows: rows before were deleted, and their rollups are all that is left of them. A whole day.
std::int64_t rows_floor(Session& session, OrgId org);
void raise_rows_floor(Session& session, OrgId org, std::int64_t to_us);  // org 0: of all

// Folds the next rows, at most `most` of them and none above `up_to`, which must all be visible and final. Then closes stretches that are over.
// Returns how much was done; 0: nothing is left to do.
std::size_t roll(Session& session, std::int64_t up_to, std::int64_t now_us, std::size_t most);
// Whether roll() would find anything to do.
bool rolling_needed(Session& session, std::int64_t up_to, std::int64_t now_us);
// Takes away what can be made again from the rows up to `up_to`, and starts over; roll() does the rest.
void begin_rebuild(Session& session, std::int64_t up_to);

Result<AggregateQuery> widened(const AggregateQuery& query);  // to whole minutes; refuses steps that are none or too many
Aggregate read_aggregate(Session& session, const AggregateQuery& widened_query);
std::vector<UsageGroup> read_usage(Session& session, const RollupFilter& widened_filter);

}  // namespace lectr::store
