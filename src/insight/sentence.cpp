#include <algorithm>
#include <cmath>

#include "lectr/insight/contribution.hpp"

namespace lectr::insight {
namespace {

std::string_view what(Metric metric, Direction direction) {
  const bool more = direction == Direction::high;
  switch (metric) {
    case Metric::volume: return more ? "extra requests" : "missing requests";
    case Metric::errors: return more ? "extra errors" : "drop of errors";
    case Metric::latency: return more ? "slow requests" : "drop of slow requests";
    case Metric::cost: return more ? "extra cost" : "drop of cost";
    case Metric::drift: return more ? "extra drift" : "drop of drift";
  }
  return "change";
}

void part(std::string& out, std::string_view kind, const std::string& value, std::string_view absent) {
  if (!out.empty()) out += ", ";
  if (value.empty())
    out += absent;
  else
    out.append(kind).append(value);
}

std::string named(Dimension d, const Cause& c) {
  const bool feature = d == Dimension::feature || d == Dimension::feature_model || d == Dimension::feature_key;
  const bool model = d == Dimension::model || d == Dimension::feature_model || d == Dimension::model_key;
  const bool key = d == Dimension::key || d == Dimension::feature_key || d == Dimension::model_key;
  std::string out;
  if (feature) part(out, "feature ", c.feature, "untagged requests");
  if (model) part(out, "model ", c.model, "an unknown model");
  if (key) part(out, "key ", c.key, "requests without a key");
  return out;
}

}  // namespace

std::string sentence(const Explanation& e) {
  if (e.dimension == Dimension::none || e.causes.empty()) return "no single cause";
  const long percent = std::clamp(std::lround(e.share * 100), 0L, 100L);
  std::string out = (percent == 100 ? "all" : std::to_string(percent) + " %") + " of the ";
  out.append(what(e.metric, e.direction)).append(" comes from ");
  for (std::size_t i = 0; i < e.causes.size(); ++i) {
    if (i > 0) out += i + 1 < e.causes.size() ? "; " : " and ";
    out += named(e.dimension, e.causes[i]);
  }
  return out;
}

}  // namespace lectr::insight
