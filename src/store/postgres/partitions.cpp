#include "store/postgres/partitions.hpp"

#include <algorithm>

#include "lectr/telemetry/log.hpp"
#include "store/rollups.hpp"
#include "store/upkeep.hpp"

namespace lectr::store::postgres {
namespace {

constexpr int kDaysAhead = 4;
// Readers, and writers where a partition is dropped, queue behind the lock that is waited for.
constexpr const char* kPatience = "SET LOCAL lock_timeout = '2s'";

struct Partition {
  std::string name;
  std::int64_t end_us = 0;  // ids below
};

// Oldest first; the last two days and the partition without bounds are never among them.
std::vector<Partition> partitions_before(Session& session, std::int64_t before_us) {
  std::vector<Partition> found;
  session.run(
      Query{"SELECT relname, extract(epoch FROM events_day(upper))::bigint FROM (SELECT c.relname::text, "
            "substring(pg_get_expr(c.relpartbound, c.oid) FROM $$TO \\('([0-9a-f-]{36})'\\)$$)::uuid AS upper "
            "FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'events'::regclass) p WHERE upper IS NOT NULL ORDER BY 2"},
      [&](const Row& row) {
        Partition partition{std::string{row.text(0)}, row.number(1) * 1'000'000};
        if (partition.end_us <= before_us) found.push_back(std::move(partition));
      });
  return found;
}

bool rolled(Session& session, const Partition& partition) {
  const RollupState state = read_rollup_state(session);
  std::int64_t last = 0;
  session.run(Query{"SELECT coalesce(max(seq), 0) FROM " + partition.name}, [&](const Row& row) { last = row.number(0); });
  return last <= state.watermark && state.watermark >= state.rebuild_until;
}

}  // namespace

void make_partitions(Session& session, std::int64_t now_us) {
  session.run(Query{kPatience});
  for (int ahead = 0; ahead <= kDaysAhead; ++ahead)
    session.run(
        Query{"SELECT events_partition((timestamp 'epoch' + ? * interval '1 second')::date)", now_us / 1'000'000 + ahead * (kDayUs / 1'000'000)});
}

Result<void> drop_partitions(PostgresDatabase& database, std::span<const Retention> retention, std::int64_t now_us) {
  int days = 0;
  for (const Retention& kept : retention) {
    if (kept.row_days <= 0) return {};
    days = std::max(days, kept.row_days);
  }
  if (days == 0) return {};
  // A day more: what began in a partition may have ended on the day after.
  const std::int64_t before_us = expiry_us(days, now_us) - kDayUs;
  std::vector<Partition> old;
  const auto listed = database.read([&](Session& session) { old = partitions_before(session, before_us); });
  if (!listed) return listed.error();
  for (const Partition& partition : old) {
    const auto dropped = database.write([&](Session& session) {
      if (!rolled(session, partition)) return;
      session.run(Query{kPatience});
      raise_rows_floor(session, 0, partition.end_us + kDayUs);
      session.run(Query{"DROP TABLE " + partition.name});
    });
    if (!dropped) return dropped.error();
    log::info("store: dropped the rows of " + partition.name);
  }
  return {};
}

}  // namespace lectr::store::postgres
