#include "store/cells.hpp"

#include <algorithm>

namespace lectr::store {
namespace {

void keep_larger(std::int64_t& peak, std::int64_t value) noexcept { peak = std::max(peak, value); }

using Text = std::uint32_t Dims::*;

// The values of a dimension with the most requests; equal ones by their text, so that the order of cells does not matter.
std::unordered_map<std::uint32_t, std::int64_t> most_used(const Cells& cells, Text text, const Names& names, std::size_t most) {
  std::unordered_map<std::uint32_t, std::int64_t> requests;
  for (const auto& [dims, cell] : cells) requests[dims.*text] += cell.sums.requests;
  if (requests.size() <= most) return requests;
  std::vector<std::pair<std::uint32_t, std::int64_t>> order{requests.begin(), requests.end()};
  std::sort(order.begin(), order.end(),
            [&](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : names.text(a.first) < names.text(b.first); });
  order.resize(most);
  return {order.begin(), order.end()};
}

void keep_most_used(Cells& cells, Text text, Names& names, std::size_t most) {
  const auto kept = most_used(cells, text, names, most);
  const std::uint32_t other = names.id_of(kOther);
  Cells fewer;
  for (auto& [dims, cell] : cells) {
    Dims to = dims;
    if (!kept.contains(dims.*text)) to.*text = other;
    fewer[to].merge(cell);
  }
  cells = std::move(fewer);
}

}  // namespace

void bound(Cells& cells, Names& names, std::size_t most) {
  for (const std::size_t values : {most / 20, most / 400, std::size_t{0}})
    for (const Text text : {&Dims::feature, &Dims::task, &Dims::asked, &Dims::model})
      if (cells.size() > most) keep_most_used(cells, text, names, values);
}

std::uint32_t Names::id_of(std::string_view text) {
  if (const auto at = ids_.find(text); at != ids_.end()) return at->second;
  const auto id = static_cast<std::uint32_t>(texts_.size());
  ids_.emplace(texts_.emplace_back(text), id);
  return id;
}

std::size_t DimsHash::operator()(const Dims& d) const noexcept {
  std::uint64_t h = 0x9E3779B97F4A7C15u;
  const auto mix = [&h](std::uint64_t v) {
    h = (h ^ v) * 0xD6E8FEB86659FD93u;
    h ^= h >> 32;
  };
  mix(std::uint64_t{d.provider} << 32 | d.model);
  mix(std::uint64_t{d.feature} << 32 | d.asked);
  mix(std::uint64_t{d.task} << 32 | static_cast<std::uint32_t>(d.status_class));
  mix(static_cast<std::uint64_t>(d.key));
  return h;
}

Dims dims_of(const Event& e, Names& names) {
  const bool answered = !e.model_actual.empty();
  Dims d;
  d.provider = names.id_of(e.provider);
  d.model = names.id_of(answered ? e.model_actual : e.model_requested);
  d.asked = answered && e.model_actual != e.model_requested ? names.id_of(e.model_requested) : 0;
  d.feature = names.id_of(e.feature);
  d.task = names.id_of(e.task);
  d.status_class = e.status / 100;
  d.key = e.key_id;
  return d;
}

Dims only(Dimension dimension, const Dims& d) noexcept {
  Dims kept;
  switch (dimension) {
    case Dimension::none: break;
    case Dimension::provider: kept.provider = d.provider; break;
    case Dimension::model: kept.model = d.model; break;
    case Dimension::feature: kept.feature = d.feature; break;
    case Dimension::task: kept.task = d.task; break;
    case Dimension::key: kept.key = d.key; break;
    case Dimension::status_class: kept.status_class = d.status_class; break;
  }
  return kept;
}

std::int64_t tokens_of(const Event& e) noexcept {
  if (e.tokens_input < 0 && e.tokens_output < 0) return -1;
  constexpr std::int64_t kMost = 4'000'000'000'000'000'000;  // as the query has it
  return std::clamp<std::int64_t>(e.tokens_input, 0, kMost) + std::clamp<std::int64_t>(e.tokens_output, 0, kMost);
}

void Peaks::add(const Event& e) noexcept {
  keep_larger(latency_us, e.latency_us);
  keep_larger(ttfb_us, e.ttfb_us);
  keep_larger(tokens, tokens_of(e));
  if (e.cost) keep_larger(cost_femto, e.cost->femto);
}

void Peaks::merge(const Peaks& o) noexcept {
  keep_larger(latency_us, o.latency_us);
  keep_larger(ttfb_us, o.ttfb_us);
  keep_larger(tokens, o.tokens);
  keep_larger(cost_femto, o.cost_femto);
}

void merge_into(Cells& cells, const Cells& more) {
  for (const auto& [dims, cell] : more) cells[dims].merge(cell);
}

}  // namespace lectr::store
