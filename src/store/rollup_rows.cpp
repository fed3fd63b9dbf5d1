#include "store/rollup_rows.hpp"

namespace lectr::store {

const char* const kSummedColumns =
    "seq, completed_at_us, org_id, key_id, provider, model_requested, model_actual, feature, task, status, error_source, streaming, client_retry, "
    "latency_us, ttfb_us, bytes_in, bytes_out, token_source, tokens_input, tokens_output, tokens_cached, tokens_cache_write, tokens_reasoning, "
    "cost, cost_low, cost_high, cost_source, rule, why";

std::int64_t read_summed(const Row& r, Event& e) {
  const auto count = [&r](int column) { return r.maybe_number(column).value_or(-1); };
  e.completed_at_us = r.number(1), e.org_id = r.number(2), e.key_id = r.number(3);
  e.provider = r.text(4), e.model_requested = r.text(5), e.model_actual = r.text(6), e.feature = r.text(7), e.task = r.text(8);
  e.status = static_cast<std::uint16_t>(r.number(9));
  e.error_source = r.number(10) != 0 ? ErrorSource::proxy : ErrorSource::none;  // sums ask only whether there is one
  e.streaming = r.flag(11);
  e.client_retry = static_cast<std::uint8_t>(r.number(12));
  e.latency_us = r.number(13), e.ttfb_us = count(14), e.bytes_in = r.number(15), e.bytes_out = r.number(16);
  e.token_source = r.number(17) == static_cast<int>(TokenSource::measured) ? TokenSource::measured : TokenSource::none;
  e.tokens_input = count(18), e.tokens_output = count(19), e.tokens_cached = count(20), e.tokens_cache_write = count(21),
  e.tokens_reasoning = count(22);
  e.cost = r.money(23), e.cost_low = r.money(24), e.cost_high = r.money(25);
  e.cost_source = r.number(26) == static_cast<int>(CostSource::unknown_model) ? CostSource::unknown_model : CostSource::none;
  e.rule = r.text(27), e.why = r.text(28);
  return r.number(0);
}

void RollupWriter::put(const Stretch& at, int level, int dimension, StoredCells cells) {
  constexpr std::size_t kTogether = 32;
  waiting_.push_back({at, level, dimension, std::move(cells)});
  if (waiting_.size() >= kTogether) flush();
}

void RollupWriter::put_all(const Stretch& at, int level, const Cells& cells, const Names& names) {
  put(at, level, kAllDimensions, encode(cells, names));
  if (level == kMinutes) return;
  for (int dimension = 0; dimension < kAllDimensions; ++dimension) {
    Cells alone;
    for (const auto& [dims, cell] : cells) alone[only(static_cast<Dimension>(dimension), dims)].merge(cell);
    put(at, level, dimension, encode(alone, names));
  }
}

void RollupWriter::flush() {
  if (waiting_.empty()) return;
  Query query{"INSERT INTO rollups (org_id, level, dimension, bucket_us, cell_index, cell_sums) VALUES "};
  const char* separator = "";
  for (Waiting& w : waiting_) {
    query.add(separator).add("(?, ?, ?, ?, ?, ?)", w.at.org, w.level, w.dimension, w.at.bucket_us, Bytes{std::move(w.cells.index)},
                             Bytes{std::move(w.cells.sums)});
    separator = ", ";
  }
  query.add(" ON CONFLICT (org_id, level, dimension, bucket_us) DO UPDATE SET cell_index = excluded.cell_index, cell_sums = excluded.cell_sums");
  waiting_.clear();
  session_.run(query);
}

void read_stretches(Session& session, OrgId org, int level, int dimension, std::int64_t from_us, std::int64_t to_us, const EachStretch& each) {
  Query query{
      "SELECT bucket_us, cell_index, cell_sums FROM rollups WHERE org_id = ? AND level = ? AND dimension = ? AND bucket_us >= ? AND bucket_us < ? "
      "ORDER BY bucket_us",
      org,
      level,
      dimension,
      from_us,
      to_us};
  session.run(query.kept(), [&](const Row& row) { each(row.number(0), row.bytes(1), row.bytes(2)); });
}

}  // namespace lectr::store
