#include "store/buckets.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "lectr/base/model_name.hpp"
#include "store/cells.hpp"
#include "store/levels.hpp"
#include "store/rollup_rows.hpp"
#include "store/rollups.hpp"

namespace lectr::store {
namespace {

constexpr std::int64_t kBucketUs = 5 * kMinuteUs;
constexpr std::size_t kMostFeatures = 1'000;  // of an org in one bucket; what is beyond is in its sum only

double dollars_of(Sums::Femto femto) noexcept { return static_cast<double>(femto) * 1e-15; }

// Of a cell the sum and the largest are known. Exact for one request and for two; of more it takes the others to be equal.
double squares(const Cell& cell) noexcept {
  const double sum = dollars_of(cell.sums.cost), most = std::max(0.0, static_cast<double>(cell.peaks.cost_femto) * 1e-15);
  const auto others = static_cast<double>(cell.sums.requests - 1);
  return others < 1 ? sum * sum : most * most + (sum - most) * (sum - most) / others;
}

struct Part {
  std::int64_t requests = 0, errors = 0, drifted = 0;
  Sums::Femto cost = 0;
  double cost2 = 0;
  Sketch latency;

  void add(const Cell& cell, bool drift) {
    requests += cell.sums.requests, errors += cell.sums.errors, cost += cell.sums.cost, cost2 += squares(cell);
    if (drift) drifted += cell.sums.requests;
    latency.merge(cell.sums.latency);
  }
};

// One org's five minutes.
class OrgBucket {
 public:
  OrgBucket(OrgId org, std::int64_t start_us) : org_{org}, start_us_{start_us} {}
  bool holds(OrgId org, std::int64_t at_us) const noexcept { return org == org_ && floor_to(kBucketUs, at_us) == start_us_; }

  void add(CellReader& cells, const Names& names) {
    while (cells.next()) {
      const Dims& dims = cells.dims();
      const bool drift = dims.asked != 0 && !same_model(names.text(dims.asked), names.text(dims.model));
      const Cell cell = cells.cell();
      sum_.add(cell, drift);
      const auto& feature = names.text(dims.feature);
      if (features_.size() < kMostFeatures || features_.contains(feature)) features_[feature].add(cell, drift);
    }
  }
  void move_to(std::vector<FeatureBucket>& out) {
    for (const auto& [feature, part] : features_) out.push_back(made(feature, part));
    out.push_back(made({}, sum_));
  }

 private:
  FeatureBucket made(const std::optional<std::string>& feature, const Part& p) const {
    return {org_,
            feature,
            start_us_,
            p.requests,
            p.errors,
            p.drifted,
            dollars_of(p.cost),
            p.cost2,
            std::max<std::int64_t>(0, p.latency.quantile_us(950))};
  }

  OrgId org_;
  std::int64_t start_us_;
  std::map<std::string, Part, std::less<>> features_;
  Part sum_;
};

// Cells of one combination, whatever their task and status.
class Shares {
 public:
  Shares(const std::optional<std::string>& feature, std::int64_t slow_above_us) : feature_{feature}, slow_above_us_{slow_above_us} {}

  void add(CellReader& cells, const Names& names) {
    while (cells.next()) {
      const Dims& dims = cells.dims();
      if (feature_ && names.text(dims.feature) != *feature_) continue;
      const Cell cell = cells.cell();
      ShareRow& row = rows_[{dims.feature, dims.model, dims.key, dims.provider}];
      const auto requests = static_cast<double>(cell.sums.requests);
      row.requests += requests, row.errors += static_cast<double>(cell.sums.errors), row.cost += dollars_of(cell.sums.cost);
      row.input += cell.sums.tokens_input, row.cached += cell.sums.tokens_cached, row.cache_write += cell.sums.tokens_cache_write;
      row.output += cell.sums.tokens_output;
      if (dims.asked != 0 && !same_model(names.text(dims.asked), names.text(dims.model))) row.drifted += requests;
      for (const auto& bucket : cell.sums.latency.buckets())
        if (Sketch::value_of(bucket.index) > slow_above_us_) row.slow += static_cast<double>(bucket.count);
    }
  }
  std::vector<ShareRow> rows(const Names& names) && {
    constexpr std::size_t kMost = 10'000;
    std::vector<ShareRow> out;
    for (auto& [which, row] : rows_) {
      const auto [feature, model, key, provider] = which;
      row.feature = names.text(feature), row.model = names.text(model), row.key = key, row.provider = names.text(provider);
      out.push_back(std::move(row));
    }
    std::stable_sort(out.begin(), out.end(), [](const ShareRow& a, const ShareRow& b) { return a.requests > b.requests; });
    if (out.size() > kMost) out.resize(kMost);
    return out;
  }

 private:
  const std::optional<std::string>& feature_;
  std::int64_t slow_above_us_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, KeyId, std::uint32_t>, ShareRow> rows_;
};

}  // namespace

std::vector<ShareRow> read_shares(Session& session, OrgId org, const std::optional<std::string>& feature, std::span<const TimeSpan> spans,
                                  std::int64_t slow_above_us) {
  Names names;
  Shares shares{feature, slow_above_us};
  const RollupState state = read_rollup_state(session);
  for (const TimeSpan& span : spans)
    for (const Run& run : plan_runs(span.from_us, span.to_us, 0, state.closed))
      read_stretches(session, org, run.level, kAllDimensions, run.from_us, run.to_us,
                     [&](std::int64_t, std::string_view index, std::string_view sums) {
                       CellReader cells{index, sums, names};
                       shares.add(cells, names);
                     });
  return std::move(shares).rows(names);
}

std::vector<FeatureBucket> read_buckets(Session& session, std::int64_t from_us, std::int64_t to_us, std::optional<OrgId> org) {
  std::vector<FeatureBucket> out;
  std::optional<OrgBucket> now;
  Names names;
  const auto finish = [&] {
    if (now) now->move_to(out);
    now.reset();
  };
  Query q{"SELECT bucket_us, org_id, cell_index, cell_sums FROM rollups WHERE level = ? AND dimension = ? AND bucket_us >= ? AND bucket_us < ?",
          std::int64_t{kMinutes}, std::int64_t{kAllDimensions}, floor_to(kBucketUs, from_us), floor_to(kBucketUs, to_us)};
  if (org) q.add(" AND org_id = ?", *org);
  session.run(q.add(" ORDER BY bucket_us / ?, org_id, bucket_us", kBucketUs).kept(), [&](const Row& row) {
    const std::int64_t at_us = row.number(0);
    if (!now || !now->holds(row.number(1), at_us)) {
      finish();
      now.emplace(row.number(1), floor_to(kBucketUs, at_us));
    }
    const std::string index = row.bytes(2), sums = row.bytes(3);
    CellReader cells{index, sums, names};
    now->add(cells, names);
  });
  finish();
  return out;
}

}  // namespace lectr::store
