#include "store/search_cells.hpp"

#include <algorithm>

#include "store/levels.hpp"
#include "store/row_text.hpp"

namespace lectr::store {
namespace {

std::optional<int> class_of(const RequestFilter& f) {
  if (f.status_class) return f.status_class;
  return f.status ? std::optional{*f.status / 100} : std::nullopt;
}

RollupFilter exact_of(const RequestFilter& f) {
  RollupFilter dims;
  dims.provider = f.provider, dims.key = f.key, dims.status_class = class_of(f);
  return dims;
}

std::optional<std::uint32_t> number_of(const std::optional<std::string>& text, Names& names) {
  if (!text) return {};
  std::string scratch;
  return names.id_of(storable(*text, scratch));
}

Peaks least_of(const RequestFilter& f) {
  Peaks least;
  least.latency_us = f.min_latency_us.value_or(-1), least.tokens = f.min_tokens.value_or(-1);
  least.cost_femto = f.min_cost ? f.min_cost->femto : -1;
  return least;
}

std::int64_t peak_of(const Peaks& peaks, RequestSort sort) noexcept {
  switch (sort) {
    case RequestSort::time: break;
    case RequestSort::latency: return peaks.latency_us;
    case RequestSort::ttfb: return peaks.ttfb_us;
    case RequestSort::tokens: return peaks.tokens;
    case RequestSort::cost: return peaks.cost_femto;
  }
  return -1;
}

}  // namespace

CellSearch::CellSearch(const RequestFilter& f, RequestSort sort, Names& names)
    : exact_{exact_of(f), names},
      model_{number_of(f.model, names)},
      feature_{number_of(f.feature, names)},
      task_{number_of(f.task, names)},
      other_{names.id_of(kOther)},
      errors_{f.errors},
      least_{least_of(f)},
      sort_{sort} {
  by_peaks_ = least_ != Peaks{};
  selective_ = f.provider || f.model || f.feature || f.task || f.key || class_of(f) || by_peaks_;
  RollupFilter dims = exact_of(f);
  dims.feature = f.feature, dims.task = f.task;
  dimension_ = f.model ? kAllDimensions : cells_for({.filter = dims});
}

CellSearch::Fit CellSearch::fit(const std::optional<std::uint32_t>& wanted, std::uint32_t is) const noexcept {
  return !wanted || *wanted == is ? Fit::yes : is == other_ ? Fit::maybe : Fit::no;
}

CellSearch::Fit CellSearch::fit(const CellReader& cell) const noexcept {
  const Dims& d = cell.dims();
  const Peaks& p = cell.peaks();
  if (!exact_.matches(d) || p.latency_us < least_.latency_us || p.tokens < least_.tokens || p.cost_femto < least_.cost_femto) return Fit::no;
  // Rows match by the model that was asked for too; the cell names it where another one answered.
  const Fit model = std::max(fit(model_, d.model), d.asked != 0 ? fit(model_, d.asked) : Fit::no);
  return std::min({model, fit(feature_, d.feature), fit(task_, d.task)});
}

Match CellSearch::look(CellReader& cells) const {
  Match match;
  while (cells.next()) {
    match.total += cells.requests();
    const Fit fits = fit(cells);
    if (fits == Fit::no) continue;
    const std::int64_t rows = !errors_ ? cells.requests() : *errors_ ? cells.errors() : cells.requests() - cells.errors();
    if (rows == 0) continue;
    match.rows += fits == Fit::yes && !by_peaks_ ? rows : 1;  // few at most, or it would have a cell of its own; of a peak one row is sure
    match.unsure = match.unsure || fits == Fit::maybe || by_peaks_;
    match.peak = std::max(match.peak, peak_of(cells.peaks(), sort_));
  }
  return match;
}

std::int64_t value_of(const Event& e, RequestSort sort) noexcept {
  Peaks one;
  one.add(e);
  return peak_of(one, sort);
}

}  // namespace lectr::store
