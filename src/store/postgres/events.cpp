// Events in Postgres. A batch is one COPY straight into the table, so a row is written once and not first to a staging table. Only
// a batch with an id that is there already (a replay) is refused as a whole; it goes in again through a staging table that skips such rows.
#include <atomic>
#include <charconv>
#include <pqxx/tablewriter>

#include "store/columns.hpp"
#include "store/events.hpp"
#include "store/postgres/database.hpp"
#include "store/postgres/session.hpp"
#include "store/row_text.hpp"

namespace lectr::store::postgres {
namespace {

constexpr int kBatchesAfterReplay = 16;  // duplicates come in runs; so many batches then go through the staging table at once

// A row in COPY's text format (PostgreSQL manual, "COPY", File Formats).
struct CopyLine {
  std::string& out;
  std::string scratch{};
  bool first = true;

  void id(const char*, const Uuid& v) { next() += v.to_text(); }
  void number(const char*, std::int64_t v) { put(next(), v); }
  void count(const char*, std::int64_t v) { v < 0 ? null() : put(next(), v); }
  void flag(const char*, bool v) { next() += v ? 't' : 'f'; }
  void money(const char*, const std::optional<Money>& v) { v ? void(next() += v->to_text()) : null(); }
  template <class Enum>
  void choice(const char*, Enum v) {
    put(next(), static_cast<std::int64_t>(v));
  }
  void text(const char*, const std::string& v) {
    next();
    for (const char c : storable(v, scratch)) {
      if (c == '\\')
        out += "\\\\";
      else if (c == '\t')
        out += "\\t";
      else if (c == '\n')
        out += "\\n";
      else if (c == '\r')
        out += "\\r";
      else
        out += c;
    }
  }

 private:
  std::string& next() {
    if (!first) out += '\t';
    first = false;
    return out;
  }
  void null() { next() += "\\N"; }
  static void put(std::string& to, std::int64_t v) {
    char digits[24];
    to.append(digits, std::to_chars(digits, digits + sizeof digits, v).ptr);
  }
};

std::string copy_text(std::span<const Event> batch) {
  std::string lines;
  lines.reserve(batch.size() * 400);
  for (const Event& event : batch) {
    CopyLine line{lines};
    visit_columns(line, event);
    lines += '\n';
  }
  return lines;
}

// The columns of a COPY are those of the list, so that a newer schema with more columns takes our rows too.
void copy_into(pqxx::transaction_base& transaction, const std::string& table, const std::string& lines) {
// libpqxx 6 has no other way to send ready-made lines: its stream_to formats and escapes field by field, with an allocation each.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  const std::string columns[] = {column_names()};
  pqxx::tablewriter writer{transaction, table, std::begin(columns), std::end(columns)};
#pragma GCC diagnostic pop
  writer.write_raw_line(lines);
  writer.complete();
}

constexpr const char* kTotals =
    "count(*), count(*) FILTER (WHERE error_source <> 0), coalesce(sum(tokens_input), 0), coalesce(sum(tokens_output), 0), "
    "percentile_disc(0.95) WITHIN GROUP (ORDER BY latency_us), coalesce(sum(cost), 0)";
constexpr const char* kWindow = " FROM events WHERE org_id = ? AND completed_at_us >= ? AND completed_at_us < ?";

class PostgresEvents final : public SqlEvents {
 public:
  explicit PostgresEvents(std::shared_ptr<PostgresDatabase> database) : SqlEvents{database}, postgres_{std::move(database)} {}

  Result<void> append(std::span<const Event> batch) override {
    if (batch.empty()) return {};
    const std::string lines = copy_text(batch);
    if (staged_batches_ > 0) {
      --staged_batches_;
      return append_staged(lines);
    }
    const auto done = postgres_->on_connection([&](pqxx::connection_base& connection) {
      pqxx::work transaction{connection};
      copy_into(transaction, "events", lines);
      transaction.commit();
    });
    if (done || done.error().code != Code::conflict) return done;
    staged_batches_ = kBatchesAfterReplay;
    return append_staged(lines);
  }

  Result<Overview> overview(OrgId org, std::int64_t from_us, std::int64_t to_us) override {
    Overview sum;
    const Query all = Query{"SELECT "}
                          .add(kTotals)
                          .add(
                              ", percentile_disc(0.5) WITHIN GROUP (ORDER BY latency_us), percentile_disc(0.5) WITHIN GROUP (ORDER BY ttfb_us), "
                              "count(*) FILTER (WHERE streaming), "
                              "count(*) FILTER (WHERE token_source = 2), count(*) FILTER (WHERE cost_source = 4)")
                          .add(kWindow, org, from_us, to_us);
    const Query by_provider = Query{"SELECT "}
                                  .add(kTotals)
                                  .add(", provider, trunc(avg(latency_us))")
                                  .add(kWindow, org, from_us, to_us)
                                  .add(" AND provider <> '' GROUP BY provider ORDER BY count(*) DESC, provider");
    const auto done = postgres_->read([&](Session& session) {
      sum = {};
      session.run(all, [&](const Row& r) { fill(sum, r); });
      session.run(by_provider, [&](const Row& r) { sum.providers.push_back(provider_totals(r)); });
    });
    if (!done) return done.error();
    return sum;
  }

 private:
  Result<void> append_staged(const std::string& lines) {
    return postgres_->on_connection([&](pqxx::connection_base& connection) {
      pqxx::work transaction{connection};
      transaction.exec("CREATE TEMP TABLE batch (LIKE events) ON COMMIT DROP");
      copy_into(transaction, "batch", lines);
      transaction.exec("INSERT INTO events (" + column_names() + ") SELECT " + column_names() + " FROM batch ON CONFLICT (id) DO NOTHING");
      transaction.commit();
    });
  }

  static void fill(Overview& sum, const Row& r) {
    sum.requests = r.number(0), sum.errors = r.number(1), sum.tokens_input = r.number(2), sum.tokens_output = r.number(3);
    sum.latency_p95_us = r.maybe_number(4).value_or(-1);
    sum.cost_usd = trim_decimal(r.text(5));
    sum.latency_p50_us = r.maybe_number(6).value_or(-1), sum.ttfb_p50_us = r.maybe_number(7).value_or(-1);
    sum.streaming = r.number(8), sum.cost_estimated = r.number(9) > 0, sum.cost_unknown = r.number(10);
  }
  static ProviderTotals provider_totals(const Row& r) {
    return {std::string{r.text(6)}, r.number(0), r.number(1), r.number(2), r.number(3), r.number(7), r.number(4), trim_decimal(r.text(5))};
  }

  std::shared_ptr<PostgresDatabase> postgres_;
  std::atomic<int> staged_batches_{0};
};

static_assert(static_cast<int>(TokenSource::measured) == 2 && static_cast<int>(CostSource::unknown_model) == 4, "kept in the SQL above");

}  // namespace

std::unique_ptr<EventStore> make_events(std::shared_ptr<PostgresDatabase> database) { return std::make_unique<PostgresEvents>(std::move(database)); }

}  // namespace lectr::store::postgres
