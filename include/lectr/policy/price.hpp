// What an exchange cost. Pure, exact integers.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lectr/base/event.hpp"
#include "lectr/config/snapshot.hpp"
#include "lectr/wire/endpoint.hpp"
#include "lectr/wire/meter.hpp"

namespace lectr::policy {

struct CostQuery {
  std::string_view provider, model;  // model: the one that answered, else the one asked for
  wire::Usage usage;
  wire::TokenEstimate output_estimate;  // used where usage.output is unknown
  std::string_view service_tier;        // widens the band where its multiplier is not known
  std::int64_t at_us = 0;               // unix time
  wire::TokenEstimate input_estimate;   // used where usage.input is unknown; a high of -1: no upper bound
};
// What the tables have for a model at any time: the part of a price that does not change from request to request.
struct Listed {
  const std::vector<config::ModelPrice>* periods = nullptr;  // null: the model is not known; lives as long as its table
  bool alias = false;
};
struct ListedModel {
  Listed own, table;
};
ListedModel list_model(const config::PriceTable& table, const config::PriceTable* own, std::string_view provider, std::string_view model) noexcept;

struct Cost {
  std::optional<Money> value, low, high;
  CostSource source = CostSource::none;
};

// Unknown model: source unknown_model, no value. A dated snapshot of a known model ("-2026-01-31", "-20260131"): the alias price,
// matched_alias. Reported usage: low = value = high, unless something that usage does not tell could change the price:
//   - a tier whose multiplier is not known: low is the cheapest tier known, high is empty (no bound is known);
//   - cached tokens of a model without a known cache price: value and high count them as plain input, low as free;
//   - images, cached audio, per-request fees: the band holds their cheapest and dearest reading.
// Input tokens neither reported nor estimated: value and low are what the output cost, high is empty: "at least". No tokens known at all:
// source none, no value. An amount beyond Money's range has no value either.
// `own`: an org's price overrides, asked first; what they price says org_override. Tiers stay those of `table`.
Cost price(const config::PriceTable& table, const CostQuery& query, const config::PriceTable* own = nullptr) noexcept;
// The same for who has asked list_model() with the query's provider and model.
Cost price(const config::PriceTable& table, const CostQuery& query, const ListedModel& listed) noexcept;

// Whether a model works for it: lists, files and the like cost nothing.
inline bool costs(const wire::Endpoint& endpoint) noexcept { return endpoint.body_model != wire::BodyModel::none || !endpoint.path_model.empty(); }
// In 1e-9 USD, as limits count money; rounded up.
constexpr std::int64_t nano_of(Money money) noexcept { return (money.femto + 999'999) / 1'000'000; }

// Before a request: price()'s value of so many plain tokens, and what each token of output costs then. None: unknown model.
struct ExpectedCost {
  Money cost;
  std::int64_t output_femto = 0;
  double output_nano() const noexcept { return static_cast<double>(output_femto) / 1e6; }
};
std::optional<ExpectedCost> expect_cost(const ListedModel& listed, std::int64_t input, std::int64_t output, std::int64_t at_us) noexcept;

// What tokens of a model cost at a time, in a request of `input` tokens in all: 1e-15 USD each. -1: no price of its own; cached and cache_write go as input
// then, reasoning as output. What a tier, an image or a fee would change is not in it.
struct Rates {
  CostSource source = CostSource::none;
  std::int64_t input = -1, output = -1, cached = -1, cache_write = -1, reasoning = -1;
};
std::optional<Rates> rates_of(const ListedModel& listed, std::int64_t at_us, std::int64_t input) noexcept;

}  // namespace lectr::policy
