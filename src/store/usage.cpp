#include "store/usage.hpp"

#include <algorithm>

namespace lectr::store {
namespace {

// Of groups in memory: those that come after share one, as clients choose the names.
constexpr std::size_t kMostParts = 100'000;

}  // namespace

UsageFold::Part& UsageFold::part_of(const Dims& d) {
  const Key key{d.feature, d.task, d.provider, d.asked == 0 ? d.model : d.asked, d.model};
  if (const auto at = parts_.find(key); at != parts_.end()) return at->second;
  if (parts_.size() < kMostParts) return parts_[key];
  const std::uint32_t other = names_.id_of(kOther);
  return parts_[Key{other, other, other, other, other}];
}

void UsageFold::add(CellReader& cells) {
  while (cells.next()) {
    if (!filter_.matches(cells.dims())) continue;
    Part& part = part_of(cells.dims());
    cells.add_to(part.sums);
    part.peak_tokens = std::max(part.peak_tokens, cells.peaks().tokens);
  }
}

void UsageFold::add(const Event& row) {
  const Dims dims = dims_of(row, names_);
  if (!filter_.matches(dims)) return;
  Sums one;
  one.add(row);
  Part& part = part_of(dims);
  part.sums.merge_counts(one);
  part.peak_tokens = std::max(part.peak_tokens, tokens_of(row));
}

std::vector<UsageGroup> UsageFold::result() && {
  std::vector<UsageGroup> out;
  out.reserve(parts_.size());
  for (auto& [key, part] : parts_) {
    const auto& [feature, task, provider, asked, model] = key;
    out.push_back({names_.text(feature), names_.text(task), names_.text(provider), names_.text(asked), names_.text(model), std::move(part.sums),
                   part.peak_tokens});
  }
  std::sort(out.begin(), out.end(), [](const UsageGroup& a, const UsageGroup& b) {
    return std::tie(b.total.cost, a.feature, a.task, a.provider, a.asked, a.model) <
           std::tie(a.total.cost, b.feature, b.task, b.provider, b.asked, b.model);
  });
  if (out.size() > kMostUsage) out.resize(kMostUsage);
  return out;
}

}  // namespace lectr::store
