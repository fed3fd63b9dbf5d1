// From rows to rollups.
#include <algorithm>
#include <limits>
#include <map>

#include "store/cells.hpp"
#include "store/rollup_rows.hpp"
#include "store/rollups.hpp"
#include "store/rule_hits.hpp"

namespace lectr::store {
namespace {

// A stretch is closed this long after its end: rows of other instances and of journals may still come. Later ones are merged into what is closed.
constexpr std::int64_t kGraceUs = kMinuteUs;
constexpr int kClosedAtOnce = 64;  // stretches, for the bound of one transaction

using Minutes = std::map<Stretch, Cells>;

struct Batch {
  Names names;
  Minutes minutes;
  RuleHitCounts hits;
  std::int64_t last_seq = 0, newest_us = 0;
  std::size_t rows = 0;
};

class Floors {
 public:
  explicit Floors(Session& session) {
    session.run(Query{"SELECT org_id, rows_from_us FROM rollup_floors"}, [&](const Row& row) { of_.emplace(row.number(0), row.number(1)); });
  }
  std::int64_t of(OrgId org) const { return std::max(own(org), own(0)); }

 private:
  std::int64_t own(OrgId org) const {
    const auto at = of_.find(org);
    return at == of_.end() ? std::numeric_limits<std::int64_t>::min() : at->second;
  }
  std::map<OrgId, std::int64_t> of_;
};

Batch read_batch(Session& session, const RollupState& state, std::int64_t up_to, std::size_t most) {
  Batch batch;
  const bool rebuilding = state.watermark < state.rebuild_until;
  const Floors floors{session};
  Event event;
  Stretch at{-1, 0};
  Cells* cells = nullptr;  // of the stretch before: rows of one minute come together
  const Query rows =
      Query{"SELECT "}
          .add(kSummedColumns)
          .add(" FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?", state.watermark, up_to, static_cast<std::int64_t>(most));
  session.run(rows, [&](const Row& row) {
    batch.last_seq = read_summed(row, event);
    ++batch.rows;
    if (rebuilding && batch.last_seq <= state.rebuild_until && event.completed_at_us < floors.of(event.org_id)) return;
    const Stretch own{event.org_id, floor_to(kMinuteUs, event.completed_at_us)};
    if (own != at || cells == nullptr) cells = &batch.minutes[at = own];
    (*cells)[dims_of(event, batch.names)].add(event);
    batch.hits.add(event);
    batch.newest_us = std::max(batch.newest_us, own.bucket_us);
  });
  return batch;
}

// Minutes that lie near each other are read by one query.
void add_stored_minutes(Session& session, Minutes& minutes, Names& names) {
  constexpr std::int64_t kNear = kHourUs;
  for (auto first = minutes.begin(); first != minutes.end();) {
    auto last = first, next = std::next(first);
    while (next != minutes.end() && next->first.org == first->first.org && next->first.bucket_us - last->first.bucket_us <= kNear) last = next++;
    read_stretches(session, first->first.org, kMinutes, kAllDimensions, first->first.bucket_us, last->first.bucket_us + 1,
                   [&](std::int64_t bucket_us, std::string_view index, std::string_view sums) {
                     if (const auto at = minutes.find({first->first.org, bucket_us}); at != minutes.end()) read_into(at->second, index, sums, names);
                   });
    first = next;
  }
}

// What came for a stretch that is closed already.
void merge_late(Session& session, RollupWriter& writer, const Batch& batch, Names& names, int level, std::int64_t closed_us) {
  Minutes late;
  const std::int64_t unit = kLevelUs[static_cast<std::size_t>(level)];
  for (const auto& [at, cells] : batch.minutes)
    if (at.bucket_us < closed_us) merge_into(late[{at.org, floor_to(unit, at.bucket_us)}], cells);
  for (auto& [at, cells] : late) {
    read_stretches(session, at.org, level, kAllDimensions, at.bucket_us, at.bucket_us + 1,
                   [&](std::int64_t, std::string_view index, std::string_view sums) { read_into(cells, index, sums, names); });
    bound(cells, names);
    writer.put_all(at, level, cells, names);
  }
}

void fold_batch(Session& session, Batch& batch, const RollupState& state) {
  RollupWriter writer{session};
  for (int level = 1; level <= kDays; ++level) merge_late(session, writer, batch, batch.names, level, state.closed[static_cast<std::size_t>(level)]);
  add_stored_minutes(session, batch.minutes, batch.names);
  for (const auto& [at, cells] : batch.minutes) writer.put_all(at, kMinutes, cells, batch.names);
  writer.flush();
  batch.hits.write(session);
}

std::optional<std::int64_t> first_stretch(Session& session, int level, std::int64_t from_us, std::int64_t to_us) {
  std::optional<std::int64_t> first;
  session.run(Query{"SELECT bucket_us FROM rollups WHERE level = ? AND dimension = ? AND bucket_us >= ? AND bucket_us < ? ORDER BY bucket_us LIMIT 1",
                    level, kAllDimensions, from_us, to_us},
              [&](const Row& row) { first = row.number(0); });
  return first;
}

// Makes one stretch of every org out of the finer ones.
void close_stretch(Session& session, int level, std::int64_t from_us) {
  Names names;
  std::map<OrgId, Cells> orgs;
  const std::int64_t to_us = from_us + kLevelUs[static_cast<std::size_t>(level)];
  session.run(Query{"SELECT org_id, cell_index, cell_sums FROM rollups WHERE level = ? AND dimension = ? AND bucket_us >= ? AND bucket_us < ?",
                    level - 1, kAllDimensions, from_us, to_us},
              [&](const Row& row) { read_into(orgs[row.number(0)], row.bytes(1), row.bytes(2), names); });
  RollupWriter writer{session};
  for (auto& [org, cells] : orgs) {
    bound(cells, names);
    writer.put_all({org, from_us}, level, cells, names);
  }
  writer.flush();
}

// Closes what is over at `until_us`, finer levels first, as each is made of the one below. Returns how many stretches.
int close_stretches(Session& session, RollupState& state, std::int64_t until_us) {
  int done = 0;
  for (int level = 1; level <= kDays; ++level) {
    const auto at = static_cast<std::size_t>(level);
    const std::int64_t finer = level == 1 ? until_us : std::min(until_us, state.closed[at - 1]), target = floor_to(kLevelUs[at], finer);
    while (state.closed[at] < target) {
      const auto next = first_stretch(session, level - 1, state.closed[at], target);
      if (!next) {
        state.closed[at] = target;
        break;
      }
      if (done == kClosedAtOnce) return done;
      close_stretch(session, level, floor_to(kLevelUs[at], *next));
      state.closed[at] = floor_to(kLevelUs[at], *next) + kLevelUs[at];
      ++done;
    }
  }
  return done;
}

std::string closed_name(std::size_t level) { return "closed_" + std::to_string(level); }

void write_state(Session& session, const RollupState& state) {
  const auto set = [&](const std::string& name, std::int64_t value) {
    session.run(Query{"INSERT INTO rollup_state (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value});
  };
  set("watermark", state.watermark);
  set("rebuild_until", state.rebuild_until);
  for (std::size_t level = 1; level < state.closed.size(); ++level) set(closed_name(level), state.closed[level]);
}

}  // namespace

RollupState read_rollup_state(Session& session) {
  RollupState state;
  session.run(Query{"SELECT name, value FROM rollup_state"}.kept(), [&](const Row& row) {
    const auto name = row.text(0);
    if (name == "watermark") state.watermark = row.number(1);
    if (name == "rebuild_until") state.rebuild_until = row.number(1);
    for (std::size_t level = 1; level < state.closed.size(); ++level)
      if (name == closed_name(level)) state.closed[level] = row.number(1);
  });
  return state;
}

std::int64_t rows_floor(Session& session, OrgId org) { return Floors{session}.of(org); }

void raise_rows_floor(Session& session, OrgId org, std::int64_t to_us) {
  session.run(
      Query{"INSERT INTO rollup_floors (org_id, rows_from_us) VALUES (?, ?) ON CONFLICT (org_id) DO UPDATE SET rows_from_us = excluded.rows_from_us "
            "WHERE excluded.rows_from_us > rollup_floors.rows_from_us",
            org, ceil_to(kDayUs, to_us)});
}

std::size_t roll(Session& session, std::int64_t up_to, std::int64_t now_us, std::size_t most) {
  RollupState state = read_rollup_state(session);
  const RollupState before = state;
  Batch batch = read_batch(session, state, up_to, most);
  const bool caught_up = batch.rows < most;
  fold_batch(session, batch, state);
  state.watermark = caught_up ? std::max(up_to, state.watermark) : batch.last_seq;
  const std::int64_t over = std::min(now_us, caught_up ? now_us : batch.newest_us) - kGraceUs;
  const int closed = close_stretches(session, state, over);
  if (state != before) write_state(session, state);
  return batch.rows + static_cast<std::size_t>(closed);
}

bool rolling_needed(Session& session, std::int64_t up_to, std::int64_t now_us) {
  const RollupState state = read_rollup_state(session);
  if (state.watermark < up_to) return true;
  for (int level = 1; level <= kDays; ++level) {
    const auto at = static_cast<std::size_t>(level);
    const std::int64_t target = floor_to(kLevelUs[at], now_us - kGraceUs);
    if (state.closed[at] < target && first_stretch(session, level - 1, state.closed[at], target)) return true;
  }
  return false;
}

void begin_rebuild(Session& session, std::int64_t up_to) {
  session.run(
      Query{"DELETE FROM rollups WHERE NOT EXISTS (SELECT 1 FROM rollup_floors f WHERE f.org_id IN (rollups.org_id, 0) AND rollups.bucket_us < "
            "f.rows_from_us)"});
  session.run(
      Query{"DELETE FROM rule_hits WHERE NOT EXISTS (SELECT 1 FROM rollup_floors f WHERE f.org_id IN (rule_hits.org_id, 0) AND rule_hits.hour_us < "
            "f.rows_from_us)"});
  RollupState state;
  state.rebuild_until = up_to;
  write_state(session, state);
}

}  // namespace lectr::store
