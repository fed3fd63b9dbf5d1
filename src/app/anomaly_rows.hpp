// From what the detector found to what is stored, told and shown. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "anomaly_judge.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::app {

// Brings `row`, which may be new, up to date.
void apply(const Found& found, store::AnomalyRow& row);

// The incident that a new anomaly belongs to (insight::incident_of), of `others` that nobody dismissed. 0: it is one of its own.
std::int64_t incident_of(const store::AnomalyRow& fresh, std::span<const store::AnomalyRow> others);

// What people are told, once.
store::ControlEventRow event_of(const store::AnomalyRow& row);

// Where the difference comes from, as JSON: a sentence, the causes with their shares, and what of a cost is volume, mix and price. `scale` brings `usual`
// to the length of `now`.
std::string contribution_of(const store::AnomalyRow& row, std::span<const store::ShareRow> now, std::span<const store::ShareRow> usual, double scale,
                            std::span<const store::KeyRow> keys);

// One series around an anomaly, as JSON: from, step_s, and for each step what was observed, what is usual, and the band around that. null: not known.
std::string band_of(const AnomalyJudge& judge, const store::AnomalyRow& row, std::span<const store::FeatureBucket> buckets, std::int64_t from_us,
                    std::int64_t to_us);

}  // namespace lectr::app
