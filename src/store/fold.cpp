#include "store/fold.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "lectr/telemetry/log.hpp"
#include "store/levels.hpp"
#include "store/row_text.hpp"
#include "store/session.hpp"

namespace lectr::store {
namespace {

// Counts of all buckets in one array: adding a stored sketch is one addition for each of its buckets.
class DenseSketch {
 public:
  void add_stored(std::string_view bytes) {
    int index = 0;
    while (!bytes.empty()) {
      const auto delta = take_varint(bytes), count = take_varint(bytes);
      if (!delta || !count || *delta >= counts_.size() - static_cast<std::size_t>(index)) {
        log::warn("store: a rollup's sketch can't be read; `lectr rollup rebuild` makes it anew from the rows");
        throw Failure{failures::kUnavailable};
      }
      index += static_cast<int>(*delta);
      counts_[static_cast<std::size_t>(index)] += static_cast<std::int64_t>(*count);
      low_ = std::min(low_, index), high_ = std::max(high_, index);
    }
  }
  void add(const Sketch& sketch) {
    for (const auto& bucket : sketch.buckets()) {
      counts_[static_cast<std::size_t>(bucket.index)] += bucket.count;
      low_ = std::min(low_, bucket.index), high_ = std::max(high_, bucket.index);
    }
  }
  // What was added, and empty again.
  Sketch take() {
    std::vector<Sketch::Bucket> buckets;
    std::size_t used = 0;
    for (int i = low_; i <= high_; ++i) used += counts_[static_cast<std::size_t>(i)] != 0;
    buckets.reserve(used);
    for (int i = low_; i <= high_; ++i)
      if (const auto n = std::exchange(counts_[static_cast<std::size_t>(i)], 0); n != 0) buckets.push_back({i, n});
    low_ = Sketch::kBuckets, high_ = -1;
    return Sketch::of(std::move(buckets));
  }

 private:
  std::array<std::int64_t, Sketch::kBuckets> counts_{};
  std::int32_t low_ = Sketch::kBuckets, high_ = -1;
};

std::optional<std::uint32_t> number_of(const std::optional<std::string>& text, Names& names) {
  if (!text) return {};
  std::string scratch;
  return names.id_of(storable(*text, scratch));
}
template <class T, class U>
bool fits(const std::optional<T>& wanted, const U& is) noexcept {
  return !wanted || *wanted == is;
}

}  // namespace

class Fold::Sum {
 public:
  bool fresh = true;  // nothing was added in this step

  void add(const CellReader& cell, bool sketches) {
    const auto stored = cell.add_to(sums_);
    if (!sketches) return;
    latency_.add_stored(stored.latency);
    ttfb_.add_stored(stored.ttfb);
  }
  void add(const Sums& part) {
    latency_.add(part.latency);
    ttfb_.add(part.ttfb);
    sums_.merge_counts(part);
  }
  Sums take_counts() {  // the sketches go on
    fresh = true;
    return std::exchange(sums_, {});
  }
  Sums take() {
    Sums sums = take_counts();
    sums.latency = latency_.take();
    sums.ttfb = ttfb_.take();
    return sums;
  }

 private:
  Sums sums_;
  DenseSketch latency_, ttfb_;
};

CellFilter::CellFilter(const RollupFilter& f, Names& names)
    : provider_{number_of(f.provider, names)},
      model_{number_of(f.model, names)},
      feature_{number_of(f.feature, names)},
      task_{number_of(f.task, names)},
      key_{f.key},
      status_class_{f.status_class} {}

bool CellFilter::matches(const Dims& d) const noexcept {
  return fits(provider_, d.provider) && fits(model_, d.model) && fits(feature_, d.feature) && fits(task_, d.task) && fits(key_, d.key) &&
         fits(status_class_, d.status_class);
}

Fold::Fold(const AggregateQuery& query, Names& names)
    : query_{query},
      names_{names},
      filter_{query.filter, names},
      first_us_{query.step_us > 0 ? floor_to(query.step_us, query.filter.from_us) : query.filter.from_us},
      steps_{query.step_us > 0 && query.filter.to_us > first_us_
                 ? static_cast<std::size_t>((query.filter.to_us - first_us_ + query.step_us - 1) / query.step_us)
                 : 0},
      all_{std::make_unique<Sum>()} {}
Fold::~Fold() = default;

std::size_t Fold::step_of(std::int64_t at_us) const noexcept {
  return query_.step_us > 0 ? static_cast<std::size_t>((at_us - first_us_) / query_.step_us) : 0;
}

std::size_t Fold::group_of(const Dims& d) {
  std::uint64_t key = 0;
  switch (query_.by) {
    case Dimension::none: break;
    case Dimension::provider: key = d.provider; break;
    case Dimension::model: key = d.model; break;
    case Dimension::feature: key = d.feature; break;
    case Dimension::task: key = d.task; break;
    case Dimension::key: key = static_cast<std::uint64_t>(d.key); break;
    case Dimension::status_class: key = static_cast<std::uint64_t>(d.status_class); break;
  }
  const auto [at, fresh] = groups_.try_emplace(key, group_keys_.size());
  if (fresh) {
    group_keys_.push_back(key);
    sums_.emplace_back();
    parts_.emplace_back();
  }
  return at->second;
}

std::string Fold::name_of(std::size_t group) const {
  const std::uint64_t key = group_keys_[group];
  if (query_.by == Dimension::key || query_.by == Dimension::status_class) return std::to_string(static_cast<std::int64_t>(key));
  return names_.text(static_cast<std::uint32_t>(key));
}

void Fold::end_step() {
  // Arrays of many groups would hold more memory than what is in them.
  constexpr std::size_t kKept = 256;
  const bool of_steps = query_.percentiles == Percentiles::everywhere;
  const bool several = steps_ > 0 && query_.by != Dimension::none;
  for (const std::size_t group : touched_) {
    Part& part = parts_[group].emplace_back(Part{step_, of_steps || group >= kKept ? sums_[group]->take() : sums_[group]->take_counts()});
    if (several) all_->add(part.sums);
    if (group >= kKept) sums_[group].reset();
  }
  if (several && !touched_.empty()) all_parts_.push_back({step_, all_->take()});
  touched_.clear();
}

void Fold::add(std::int64_t at_us, CellReader& cells) {
  const std::size_t step = step_of(at_us);
  if (step != step_) {
    end_step();
    step_ = step;
  }
  while (cells.next()) {
    if (!filter_.matches(cells.dims())) continue;
    const std::size_t group = group_of(cells.dims());
    auto& sum = sums_[group];
    if (!sum) sum = std::make_unique<Sum>();
    if (std::exchange(sum->fresh, false)) touched_.push_back(group);
    sum->add(cells, query_.percentiles != Percentiles::none);
  }
}

void Fold::add(const Event& row) {
  const Dims dims = dims_of(row, names_);
  if (filter_.matches(dims)) late_[{group_of(dims), step_of(row.completed_at_us)}].add(row);
}

// Of each group. Its parts have the sketches, or its arrays still do.
std::vector<Sums> Fold::take_totals() {
  std::vector<Sums> totals(parts_.size());
  for (std::size_t group = 0; group < parts_.size(); ++group) {
    for (const Part& part : parts_[group]) all_->add(part.sums);
    if (sums_[group]) all_->add(sums_[group]->take());
    totals[group] = all_->take();
  }
  return totals;
}

void Fold::put(std::vector<Part>& parts, std::vector<Sums>& steps) const {
  for (Part& part : parts) {
    if (query_.percentiles != Percentiles::everywhere) part.sums.latency = {}, part.sums.ttfb = {};
    Sums& step = steps[part.step];
    if (step.requests == 0)
      step = std::move(part.sums);
    else
      step.merge(part.sums);
  }
}

Aggregate Fold::result() && {
  end_step();
  const bool several = steps_ > 0 && query_.by != Dimension::none;
  for (auto& [place, sums] : late_) {
    if (query_.percentiles == Percentiles::none) sums.latency = {}, sums.ttfb = {};
    if (several) all_parts_.push_back({place.second, sums});
    parts_[place.first].push_back({place.second, std::move(sums)});
  }
  std::vector<Sums> totals = take_totals();
  Aggregate out{.from_us = first_us_, .to_us = query_.filter.to_us, .step_us = query_.step_us};
  for (const Sums& total : totals) out.total.merge(total);
  out.steps.resize(steps_);
  put(all_parts_, out.steps);
  if (query_.by == Dimension::none) {
    if (steps_ > 0 && !parts_.empty()) put(parts_.front(), out.steps);
    return out;
  }
  std::vector<std::size_t> order(parts_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return totals[a].requests != totals[b].requests ? totals[a].requests > totals[b].requests : name_of(a) < name_of(b);
  });
  if (order.size() > kMostGroups) order.resize(kMostGroups);
  for (const std::size_t group : order) {
    Group& made = out.groups.emplace_back(Group{name_of(group), std::move(totals[group]), std::vector<Sums>(steps_)});
    if (steps_ > 0) put(parts_[group], made.steps);
  }
  return out;
}

}  // namespace lectr::store
