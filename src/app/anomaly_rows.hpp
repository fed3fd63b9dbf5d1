// From what the detector found to what is stored, told and shown. Pure.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "anomaly_judge.hpp"
#include "lectr/policy/price.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::app {

// Brings `row`, which may be new, up to date.
void apply(const Found& found, store::AnomalyRow& row);

// The incident that a new anomaly belongs to (insight::incident_of), of `others` that nobody dismissed. 0: it is one of its own.
std::int64_t incident_of(const store::AnomalyRow& fresh, std::span<const store::AnomalyRow> others);

// What people are told, once.
store::ControlEventRow event_of(const store::AnomalyRow& row);

// The same hours of the last seven days, of those that say what is usual now: the days that the series knows (from `known_from_us` on), of the same kind
// (Monday to Friday or weekend), without what `others`, the org's anomalies of that time, have been. What was dismissed is never among them; the other kind
// of day, and then days with an anomaly, are where there is nothing else.
std::vector<store::TimeSpan> usual_hours(const store::AnomalyRow& row, const JudgedBy& by, std::int64_t known_from_us,
                                         std::span<const store::AnomalyRow> others);

// What a model's tokens cost in requests of so many of input, by the price list in force; none: the list does not have it.
using ListedRates = std::function<std::optional<policy::Rates>(std::string_view provider, std::string_view model, std::int64_t input)>;
// Where the difference comes from, as JSON: a sentence, the causes with their shares, and what a cost is made of. `scale` brings `usual` to the length of
// `now`.
std::string contribution_of(const store::AnomalyRow& row, std::span<const store::ShareRow> now, std::span<const store::ShareRow> usual, double scale,
                            std::span<const store::KeyRow> keys, const ListedRates& rates);

// One series around an anomaly, as JSON: from, step_s, and for each step what was observed, what is usual, and the band around that. null: not known.
std::string band_of(const AnomalyJudge& judge, const store::AnomalyRow& row, std::span<const store::FeatureBucket> buckets, std::int64_t from_us,
                    std::int64_t to_us);

}  // namespace lectr::app
