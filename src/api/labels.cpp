#include "api/answers.hpp"
#include "api/metrics.hpp"
#include "api/params.hpp"

namespace lectr::api {

Result<Labels> Labels::of(const Call& call, store::Dimension by) {
  Labels labels;
  labels.by_ = by;
  if (by != store::Dimension::key) return labels;
  const auto keys = call.own.keys();
  if (!keys) return keys.error();
  for (const auto& key : *keys) labels.keys_.emplace(std::to_string(key.id), key.name);
  return labels;
}

Json Labels::name(const store::Group& group) const { return text_or_null(group.name); }

Json Labels::label(const store::Group& group) const {
  if (by_ == store::Dimension::status_class) return group.name + "xx";
  if (by_ != store::Dimension::key) return text_or_null(group.name);
  const auto key = keys_.find(group.name);
  return key == keys_.end() ? text_or_null(group.name) : Json(key->second);
}

Parsed<bool> wants_previous(const Query& query) {
  std::optional<bool> compare;
  if (auto problem = take_flag(query, "compare", compare)) return *problem;
  return parsed(compare.value_or(false));
}

Answer previous_of(const Call& call, const store::RollupFilter& filter) {
  const auto compare = wants_previous(call.query());
  if (!compare) return compare.error();
  if (!*compare) return Body{nullptr};
  const auto sums = call.own.aggregate(before(filter));
  if (!sums) return problem_of(sums.error());
  return Body{to_json(sums->total)};
}

}  // namespace lectr::api
