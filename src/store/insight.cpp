// The detector's turn and state, and the anomalies it found.
#include "store/insight.hpp"

#include <array>
#include <charconv>

#include "store/buckets.hpp"
#include "store/list.hpp"
#include "store/rollups.hpp"

namespace lectr::store {
namespace {

constexpr std::int64_t kMostAnomalies = 10'000;  // of an org, as of events; older ones go
constexpr Error kNotItsTurn{Code::conflict, Fault::us, Again::no, "another instance runs the detector"};

// Without its band, which is long and asked for of one anomaly only.
#define LECTR_ANOMALY_COLUMNS                                                                                                                    \
  "id, org_id, feature, metric, direction, severity, buckets, opened_us, updated_us, closed_us, figures, incident, contribution, dismissed_us, " \
  "dismissed_by, reason"
constexpr std::string_view kSelect = "SELECT " LECTR_ANOMALY_COLUMNS ", '' FROM anomalies";
constexpr std::string_view kSelectWhole = "SELECT " LECTR_ANOMALY_COLUMNS ", band FROM anomalies";
#undef LECTR_ANOMALY_COLUMNS

// As one text: the dialects share no type for what is no money and no count.
constexpr double AnomalyRow::*kFigures[] = {&AnomalyRow::observed, &AnomalyRow::baseline, &AnomalyRow::low,
                                            &AnomalyRow::high,     &AnomalyRow::sigma,    &AnomalyRow::peak_sigma};

std::string figures_of(const AnomalyRow& row) {
  std::string text;
  std::array<char, 32> digits{};
  for (const auto figure : kFigures) {
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), row.*figure).ptr;
    text.append(text.empty() ? "" : " ").append(digits.data(), end);
  }
  return text;
}
void read_figures(std::string_view text, AnomalyRow& row) {
  const char* at = text.data();
  for (const auto figure : kFigures) {
    at = std::from_chars(at, text.data() + text.size(), row.*figure).ptr;
    if (at < text.data() + text.size()) ++at;
  }
}

AnomalyRow row_of(const Row& r) {
  AnomalyRow out;
  out.id = r.number(0), out.org = r.number(1);
  if (!r.null(2)) out.feature = std::string{r.text(2)};
  const auto small = [&r](int column) { return static_cast<int>(r.number(column)); };
  out.metric = small(3), out.direction = small(4), out.severity = small(5), out.window = small(6);
  out.opened_us = r.number(7), out.updated_us = r.number(8), out.closed_us = r.maybe_number(9);
  read_figures(r.text(10), out);
  out.incident = r.number(11), out.contribution = r.text(12);
  out.dismissed_us = r.maybe_number(13), out.dismissed_by = r.text(14), out.reason = r.text(15);
  out.band = r.text(16);
  return out;
}

void add_feature(Query& q, const std::optional<std::string>& feature) {
  if (feature)
    q.add(" AND feature = ?", *feature);
  else
    q.add(" AND feature IS NULL");
}

std::optional<std::int64_t> find(Session& session, const AnomalyRow& row) {
  Query q{"SELECT id FROM anomalies WHERE org_id = ? AND metric = ? AND opened_us = ?", row.org, std::int64_t{row.metric}, row.opened_us};
  add_feature(q, row.feature);
  std::optional<std::int64_t> id;
  session.run(q, [&](const Row& r) { id = r.number(0); });
  return id;
}

std::int64_t insert(Session& session, const AnomalyRow& row) {
  std::int64_t id = 0;
  session.run(
      Query{"INSERT INTO anomalies (org_id, feature, metric, direction, severity, buckets, opened_us, updated_us, closed_us, figures, incident, "
            "contribution, band) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            row.org, row.feature, std::int64_t{row.metric}, std::int64_t{row.direction}, std::int64_t{row.severity}, std::int64_t{row.window},
            row.opened_us, row.updated_us, row.closed_us, figures_of(row), row.incident, row.contribution, row.band},
      [&](const Row& r) { id = r.number(0); });
  if (row.incident == 0) session.run(Query{"UPDATE anomalies SET incident = id WHERE id = ?", id});
  session.run(Query{"DELETE FROM anomalies WHERE org_id = ? AND id <= (SELECT id FROM anomalies WHERE org_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
                    row.org, row.org, kMostAnomalies});
  return id;
}

void bring_up_to_date(Session& session, std::int64_t id, const AnomalyRow& row) {
  Query q{"UPDATE anomalies SET direction = ?, severity = ?, buckets = ?, updated_us = ?, closed_us = ?, figures = ?",
          std::int64_t{row.direction},
          std::int64_t{row.severity},
          std::int64_t{row.window},
          row.updated_us,
          row.closed_us,
          figures_of(row)};
  if (!row.contribution.empty()) q.add(", contribution = ?", row.contribution);
  if (!row.band.empty()) q.add(", band = ?", row.band);
  session.run(q.add(" WHERE id = ?", id));
}

}  // namespace

Result<std::vector<FeatureBucket>> SqlInsight::buckets(std::int64_t from_us, std::int64_t to_us, std::optional<OrgId> org) {
  std::vector<FeatureBucket> out;
  const auto done = database_->read([&](Session& session) { out = read_buckets(session, from_us, to_us, org); });
  if (!done) return done.error();
  return out;
}

Result<std::vector<ShareRow>> SqlInsight::shares(OrgId org, const std::optional<std::string>& feature, std::span<const TimeSpan> spans,
                                                 std::int64_t slow_above_us) {
  std::vector<ShareRow> out;
  const auto done = database_->read([&](Session& session) { out = read_shares(session, org, feature, spans, slow_above_us); });
  if (!done) return done.error();
  return out;
}

Result<bool> SqlInsight::rolled_up(std::int64_t before_us) {
  bool waiting = false;
  const auto done = database_->read([&](Session& session) {
    waiting = false;
    const RollupState state = read_rollup_state(session);
    if (session.newest_seq() <= state.watermark) return;
    session.run(Query{"SELECT 1 FROM events WHERE seq > ? AND +completed_at_us < ? LIMIT 1", state.watermark, before_us},
                [&](const Row&) { waiting = true; });
  });
  if (!done) return done.error();
  return !waiting;
}

Result<bool> SqlInsight::take_turn(std::string_view instance, std::int64_t now_us, std::int64_t until_us) {
  bool mine = false;
  const auto done = database_->write([&](Session& session) {
    mine = false;
    session.run(
        Query{"INSERT INTO detector (id, instance, until_us, judged_us) VALUES (1, ?, ?, 0) ON CONFLICT (id) DO UPDATE SET instance = "
              "excluded.instance, until_us = excluded.until_us WHERE detector.instance = excluded.instance OR detector.until_us < ? RETURNING id",
              instance, until_us, now_us},
        [&](const Row&) { mine = true; });
  });
  if (!done) return done.error();
  return mine;
}

Result<void> SqlInsight::end_turn(std::string_view instance) {
  return database_->write([&](Session& session) { session.run(Query{"UPDATE detector SET until_us = 0 WHERE instance = ?", instance}); });
}

Result<std::optional<std::int64_t>> SqlInsight::load_series(const EachSeries& each) {
  std::optional<std::int64_t> judged_us;
  const auto done = database_->read([&](Session& session) {
    judged_us.reset();
    session.run(Query{"SELECT judged_us FROM detector WHERE judged_us > 0"}, [&](const Row& row) { judged_us = row.number(0); });
    if (!judged_us) return;
    std::vector<OrgId> orgs;
    session.run(Query{"SELECT org_id FROM detector_series ORDER BY org_id"}, [&](const Row& row) { orgs.push_back(row.number(0)); });
    for (const OrgId org : orgs)  // one answer with all of them would be held as a whole
      session.run(Query{"SELECT org_id, saved FROM detector_series WHERE org_id = ?", org}.kept(), [&](const Row& row) {
        each({row.number(0), row.bytes(1)});
      });
  });
  if (!done) return done.error();
  return judged_us;
}

Result<void> SqlInsight::save_series(std::string_view instance, std::int64_t judged_us, const std::function<void(const EachSeries&)>& give_all) {
  return database_->write([&](Session& session) {
    bool mine = false;
    session.run(Query{"UPDATE detector SET judged_us = ? WHERE instance = ? RETURNING id", judged_us, instance}, [&](const Row&) { mine = true; });
    if (!mine) throw Failure{kNotItsTurn};
    session.run(Query{"DELETE FROM detector_series"});
    give_all([&](const OrgSeries& org) {
      session.run(Query{"INSERT INTO detector_series (org_id, saved) VALUES (?, ?)", org.org, Bytes{org.saved}}.kept());
    });
  });
}

Result<std::int64_t> SqlInsight::put_anomaly(const AnomalyRow& row) {
  std::int64_t id = 0;
  const auto done = database_->write([&](Session& session) {
    if (const auto known = find(session, row))
      bring_up_to_date(session, id = *known, row);
    else
      id = insert(session, row);
  });
  if (!done) return done.error();
  return id;
}

Result<std::vector<AnomalyRow>> SqlInsight::list(const Query& query) { return list_rows<AnomalyRow>(*database_, query, row_of); }

Result<std::vector<AnomalyRow>> SqlInsight::anomalies(OrgId org, const AnomalyFilter& filter, std::size_t limit) {
  Query q{kSelect};
  q.add(" WHERE org_id = ?", org);
  if (filter.open) q.add(*filter.open ? " AND closed_us IS NULL" : " AND closed_us IS NOT NULL");
  if (filter.dismissed) q.add(*filter.dismissed ? " AND dismissed_us IS NOT NULL" : " AND dismissed_us IS NULL");
  if (filter.feature) q.add(" AND feature = ?", *filter.feature);
  if (filter.metric) q.add(" AND metric = ?", std::int64_t{*filter.metric});
  if (filter.from_us) q.add(" AND (closed_us IS NULL OR closed_us > ?)", *filter.from_us);
  if (filter.to_us) q.add(" AND opened_us < ?", *filter.to_us);
  if (filter.before) q.add(" AND id < ?", *filter.before);
  return list(q.add(" ORDER BY id DESC LIMIT ?", static_cast<std::int64_t>(limit)));
}

Result<AnomalyRow> SqlInsight::anomaly(OrgId org, std::int64_t id) {
  auto rows = list(Query{kSelectWhole}.add(" WHERE org_id = ? AND id = ?", org, id));
  if (!rows) return rows.error();
  if (rows->empty()) return failures::kNotFound;
  return std::move(rows->front());
}

Result<std::vector<AnomalyRow>> SqlInsight::open_anomalies() { return list(Query{kSelect}.add(" WHERE closed_us IS NULL ORDER BY id")); }

Result<AnomalyCounts> SqlInsight::anomaly_counts(OrgId org) {
  AnomalyCounts counts;
  const auto done = database_->read([&](Session& session) {
    session.run(
        Query{"SELECT count(*), count(dismissed_us), count(CASE WHEN closed_us IS NULL AND dismissed_us IS NULL THEN 1 END) FROM anomalies WHERE "
              "org_id = ?",
              org},
        [&](const Row& row) {
          counts = {row.number(2), row.number(0), row.number(1)};
        });
  });
  if (!done) return done.error();
  return counts;
}

Result<void> SqlInsight::dismiss_anomaly(OrgId org, std::int64_t id, const std::optional<Dismissal>& dismissal) {
  const Dismissal given = dismissal.value_or(Dismissal{});
  return database_->write([&](Session& session) {
    bool changed = false;
    session.run(Query{"UPDATE anomalies SET dismissed_us = ?, dismissed_by = ?, reason = ? WHERE org_id = ? AND incident = (SELECT incident FROM "
                      "anomalies WHERE org_id = ? AND id = ?) RETURNING id",
                      dismissal ? std::optional{given.at_us} : std::nullopt, given.by, given.reason, org, org, id},
                [&](const Row&) { changed = true; });
    if (!changed) throw Failure{failures::kNotFound};
  });
}

Result<std::vector<ExcludedSpan>> SqlInsight::excluded_spans(std::int64_t since_us) {
  std::vector<ExcludedSpan> spans;
  const auto done = database_->read([&](Session& session) {
    spans.clear();
    session.run(Query{"SELECT org_id, feature, opened_us, closed_us FROM anomalies WHERE dismissed_us IS NOT NULL AND closed_us > ? "
                      "ORDER BY org_id, opened_us",
                      since_us},
                [&](const Row& row) {
                  auto& span = spans.emplace_back(ExcludedSpan{row.number(0), {}, row.number(2), row.number(3)});
                  if (!row.null(1)) span.feature = std::string{row.text(1)};
                });
  });
  if (!done) return done.error();
  return spans;
}

}  // namespace lectr::store
