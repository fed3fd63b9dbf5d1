// Recommendations as the API has them: computed anew from the last 30 days, and put together with what was decided about each. Private to the API.
#pragma once

#include <optional>
#include <vector>

#include "api/context.hpp"
#include "api/json.hpp"
#include "api/window.hpp"
#include "lectr/config/control.hpp"
#include "lectr/insight/recommend.hpp"

namespace lectr::api {

inline constexpr std::int64_t kAdviceUs = 30 * kDayUs;  // what recommendations are computed from

// Usage of the window in the terms of insight.
Parsed<std::vector<insight::Usage>> usage_between(const Call& call, std::int64_t from_us, std::int64_t to_us);
// What some usage would cost by the prices of `at_us`, the org's own first. Nothing: no price, or no tokens.
// A model with a length tier that not all of the requests fall into on the same side: value at their average length, from the cheaper tier to the dearer.
std::optional<insight::Repriced> reprice(const Call& call, const insight::Usage& usage, std::string_view provider, std::string_view model,
                                         std::int64_t at_us);

// What became of an applied one: a JSON object. Blocks on the store.
Answer effect_of(const Call& call, const store::RecommendationRow& row);

// For PUT /control with a recommendation's id: the row that says it was applied by a rule of `control`; to be stored once the control state is.
Parsed<store::RecommendationRow> applied_by(const Call& call, const std::string& id, const config::Control& control);

}  // namespace lectr::api
