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

// The dimensions that cells are filtered by. The model is not among them: rows match by what was asked for too.
RollupFilter dims_of(const RequestFilter& f) {
  RollupFilter dims;
  dims.provider = f.provider, dims.feature = f.feature, dims.task = f.task, dims.key = f.key, dims.status_class = class_of(f);
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
    : dims_{dims_of(f), names}, model_{number_of(f.model, names)}, errors_{f.errors}, least_{least_of(f)}, sort_{sort} {
  by_peaks_ = least_ != Peaks{};
  selective_ = f.provider || f.model || f.feature || f.task || f.key || class_of(f) || by_peaks_;
  dimension_ = f.model ? kAllDimensions : cells_for({.filter = dims_of(f)});
}

bool CellSearch::matches(const CellReader& cell) const noexcept {
  const Dims& d = cell.dims();
  const Peaks& p = cell.peaks();
  return dims_.matches(d) && (!model_ || *model_ == d.model || (*model_ == d.asked && d.asked != 0)) && p.latency_us >= least_.latency_us &&
         p.tokens >= least_.tokens && p.cost_femto >= least_.cost_femto;
}

Match CellSearch::look(CellReader& cells) const {
  Match match;
  while (cells.next()) {
    match.total += cells.requests();
    if (!matches(cells)) continue;
    const std::int64_t rows = !errors_ ? cells.requests() : *errors_ ? cells.errors() : cells.requests() - cells.errors();
    if (rows == 0) continue;
    match.rows += rows;
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
