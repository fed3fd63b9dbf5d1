#include "store/upkeep.hpp"

#include <algorithm>
#include <chrono>

#include "store/rollups.hpp"

namespace lectr::store {
namespace {

constexpr std::int64_t kAtOnce = 5'000;  // rows per transaction
constexpr auto kBudget = std::chrono::seconds{5};
using Clock = std::chrono::steady_clock;

// The row of the watermark stays, so that SQLite, which numbers rows from the highest one, never gives a number twice.
std::int64_t delete_rows(Session& session, OrgId org, std::int64_t before_us) {
  const RollupState state = read_rollup_state(session);
  if (state.watermark < state.rebuild_until) return 0;
  raise_rows_floor(session, org, before_us);
  std::int64_t deleted = 0;
  session.run(Query{"DELETE FROM events WHERE id IN (SELECT id FROM events WHERE org_id = ? AND completed_at_us < ? AND seq < ? "
                    "ORDER BY completed_at_us LIMIT ?) RETURNING 1",
                    org, before_us, state.watermark, kAtOnce},
              [&](const Row&) { ++deleted; });
  return deleted;
}

// One day of one level at a time.
std::int64_t delete_rollups(Session& session, OrgId org, std::int64_t before_us) {
  std::int64_t deleted = 0;
  session.run(Query{"DELETE FROM rule_hits WHERE org_id = ? AND hour_us < ?", org, before_us});
  for (int level = 0; level <= kDays && deleted == 0; ++level) {
    std::optional<std::int64_t> oldest;
    session.run(Query{"SELECT bucket_us FROM rollups WHERE org_id = ? AND level = ? AND dimension = ? AND bucket_us < ? ORDER BY bucket_us LIMIT 1",
                      org, level, kAllDimensions, before_us},
                [&](const Row& row) { oldest = row.number(0); });
    if (!oldest) continue;
    session.run(Query{"DELETE FROM rollups WHERE org_id = ? AND level = ? AND bucket_us < ? RETURNING 1", org, level,
                      std::min(before_us, floor_to(kDayUs, *oldest) + kDayUs)},
                [&](const Row&) { ++deleted; });
  }
  return deleted;
}

Result<void> repeat(Database& database, Clock::time_point until, const std::function<std::int64_t(Session&)>& step) {
  std::int64_t deleted = 1;
  while (deleted > 0 && Clock::now() < until) {
    const auto done = database.write([&](Session& session) { deleted = step(session); });
    if (!done) return done.error();
  }
  return {};
}

}  // namespace

std::int64_t expiry_us(int days, std::int64_t now_us) noexcept { return floor_to(kDayUs, now_us) - std::int64_t{days} * kDayUs; }

Result<void> delete_expired(Database& database, std::span<const Retention> retention, std::int64_t now_us) {
  const auto until = Clock::now() + kBudget;
  for (const Retention& kept : retention) {
    if (kept.row_days > 0) {
      const auto done = repeat(database, until, [&](Session& s) { return delete_rows(s, kept.org, expiry_us(kept.row_days, now_us)); });
      if (!done) return done.error();
    }
    if (kept.rollup_days > 0) {
      const auto done = repeat(database, until, [&](Session& s) { return delete_rollups(s, kept.org, expiry_us(kept.rollup_days, now_us)); });
      if (!done) return done.error();
    }
  }
  return {};
}

}  // namespace lectr::store
