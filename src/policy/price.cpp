#include "lectr/policy/price.hpp"

#include <algorithm>
#include <limits>

#include "lectr/base/glob.hpp"
#include "lectr/base/text.hpp"
#include "policy/price_lookup.hpp"

namespace lectr::policy {
namespace {

using config::ModelPrice;
using config::PriceTable;
using config::Rate;
__extension__ using Wide = __int128;

constexpr std::int64_t kUnknown = -1;
// A count beyond this is a provider's mistake; the bound keeps every product and sum within 128 bits.
constexpr std::int64_t kMostTokens = 1'000'000'000'000;

std::int64_t known(std::int64_t tokens) noexcept { return std::clamp<std::int64_t>(tokens, 0, kMostTokens); }

// The rate of a kind for a request of `input` tokens in all. The whole kind is on the higher rate above the threshold: a cliff.
std::int64_t rate_of(const Rate& rate, std::int64_t input) noexcept {
  return rate.threshold > 0 && input > rate.threshold && rate.over_threshold >= 0 ? rate.over_threshold : rate.base;
}
std::int64_t rate_or(const Rate& rate, std::int64_t input, std::int64_t otherwise) noexcept {
  const std::int64_t value = rate_of(rate, input);
  return value >= 0 ? value : otherwise;
}

struct Band {
  Wide low = 0, value = 0, high = 0;
  bool open = false;
};  // open: no upper bound is known

// The whole input, which decides about the cliff: what is known of it.
struct InputSize {
  std::int64_t low = 0, value = 0, high = 0;
};

// Input counts, made consistent: no part exceeds the whole.
struct InputParts {
  std::int64_t cached, write_5m, write_1h, audio, rest;
};
InputParts split(const wire::Usage& u, std::int64_t input, std::int64_t audio_cached) noexcept {
  InputParts p{};
  p.cached = std::min(known(u.cached), input);
  const std::int64_t write = std::min(known(u.cache_write), input - p.cached);
  p.write_1h = std::min(known(u.cache_write_1h), write);
  p.write_5m = write - p.write_1h;
  p.audio = std::min(std::max<std::int64_t>(known(u.audio_input) - audio_cached, 0), input - p.cached - write);
  p.rest = input - p.cached - write - p.audio;
  return p;
}

Wide input_cost(const ModelPrice& m, const wire::Usage& u, std::int64_t input, std::int64_t audio_cached, std::int64_t plain,
                std::int64_t cached_otherwise) noexcept {
  const InputParts p = split(u, input, audio_cached);
  const std::int64_t base = rate_or(m.input, input, 0), cached = rate_or(m.cached, input, cached_otherwise);
  const std::int64_t write = rate_or(m.cache_write, input, base);
  return Wide{p.rest} * plain + Wide{p.audio} * rate_or(m.audio_input, input, base) + Wide{p.cached - audio_cached} * cached +
         Wide{audio_cached} * rate_or(m.audio_cached, input, cached) + Wide{p.write_5m} * write +
         Wide{p.write_1h} * rate_or(m.cache_write_1h, input, write);
}

// Usage does not say which of the cached tokens were audio, nor which of the plain ones were images: both readings bound the band.
void add_input(Band& band, const ModelPrice& m, const wire::Usage& u) noexcept {
  const std::int64_t input = known(u.input), base = rate_or(m.input, input, 0);
  const std::int64_t cached = std::min(known(u.cached), input), audio = std::min(known(u.audio_input), input);
  const std::int64_t least = std::max<std::int64_t>(0, cached + audio - input), most = m.audio_input.base < 0 ? least : std::min(cached, audio);
  const std::int64_t dearest = std::max(base, rate_or(m.input_high, input, base));
  if (cached == 0 && audio == 0 && u.cache_write <= 0) {  // one kind of token, as most requests have
    band.low += Wide{input} * base;
    band.value += Wide{input} * base;
    band.high += Wide{input} * dearest;
    return;
  }
  const Wide few = input_cost(m, u, input, least, base, base), many = input_cost(m, u, input, most, base, base);
  band.value += few;
  band.low += std::min(input_cost(m, u, input, least, base, 0), input_cost(m, u, input, most, base, 0));
  band.high += std::max({few, many, input_cost(m, u, input, least, dearest, base), input_cost(m, u, input, most, dearest, base)});
}

// The output at the rates that go with one input size; `dearest` takes what usage does not tell apart (images) at its highest rate.
Wide output_cost(const ModelPrice& m, const wire::Usage& u, std::int64_t input, bool dearest) noexcept {
  const std::int64_t output = known(u.output), rate = rate_or(m.output, input, 0);
  const std::int64_t audio = m.audio_output.base < 0 ? 0 : std::min(known(u.audio_output), output);
  const std::int64_t reasoning = m.reasoning.base < 0 ? 0 : std::min(known(u.reasoning), output - audio);
  const std::int64_t plain = dearest ? std::max(rate, rate_or(m.output_high, input, rate)) : rate;
  return Wide{audio} * rate_or(m.audio_output, input, rate) + Wide{reasoning} * rate_or(m.reasoning, input, rate) +
         Wide{output - audio - reasoning} * plain;
}

void add_output(Band& band, const ModelPrice& m, const wire::Usage& u, const InputSize& input) noexcept {
  band.low += output_cost(m, u, input.low, false);
  band.value += output_cost(m, u, input.value, false);
  band.high += output_cost(m, u, input.high, true);
}

// What an estimate says, as counts: its band closed where it is open, and that it was.
InputSize counts(const wire::TokenEstimate& e, Band& band) noexcept {
  band.open = band.open || e.high < 0;
  return {known(e.low >= 0 ? e.low : e.value), known(e.value), known(e.high >= 0 ? e.high : e.value)};
}

void add_measured_output(Band& band, const ModelPrice& m, const wire::TokenEstimate& e, const InputSize& input) noexcept {
  const InputSize tokens = counts(e, band);
  const std::int64_t top = rate_or(m.output, input.high, 0);
  band.low += Wide{tokens.low} * rate_or(m.output, input.low, 0);
  band.value += Wide{tokens.value} * rate_or(m.output, input.value, 0);
  band.high += Wide{tokens.high} * std::max(top, rate_or(m.output_high, input.high, top));
}

// An input that was measured may have been cached or written to a cache, which nobody reported: from the cheapest reading to the dearest.
void add_measured_input(Band& band, const ModelPrice& m, const InputSize& input) noexcept {
  const std::int64_t least = rate_or(m.input, input.low, 0), most = rate_or(m.input, input.high, 0);
  band.low += Wide{input.low} * std::min(least, rate_or(m.cached, input.low, least));
  band.value += Wide{input.value} * rate_or(m.input, input.value, 0);
  band.high += Wide{input.high} * std::max({most, rate_or(m.cache_write, input.high, 0), rate_or(m.input_high, input.high, 0)});
}

struct Multiplier {
  std::int32_t low = 1000, value = 1000, high = 1000;
  bool open = false;
};

constexpr std::string_view kAnyProvider = "*";

Multiplier tier_multiplier(const PriceTable& table, const CostQuery& q) noexcept {
  Multiplier found;
  if (q.service_tier.empty()) return found;
  bool hit = false;
  std::int32_t cheapest = 1000;
  for (const config::TierRule& rule : table.tiers) {
    cheapest = std::min(cheapest, rule.low);
    if (!iequals(rule.tier, q.service_tier)) continue;  // first: it tells most rules apart, and each answer is asked of all of them
    if ((rule.provider != kAnyProvider && rule.provider != q.provider) || !glob_matches(rule.model_glob, q.model)) continue;
    found = {rule.low, rule.value, rule.high, false};
    hit = true;
  }
  return hit ? found : Multiplier{cheapest, 1000, 1000, true};
}

// Half a unit is rounded up: 5e-16 USD.
std::optional<Money> to_money(Wide amount, std::int32_t thousandths) noexcept {
  const Wide units = thousandths == 1000 ? amount : (amount * thousandths + 500) / 1000;
  if (units > std::numeric_limits<std::int64_t>::max()) return {};
  return Money{static_cast<std::int64_t>(units)};
}

Band band_of(const ModelPrice& m, const CostQuery& q) noexcept {
  Band band;
  InputSize input;
  if (q.usage.input >= 0) {
    input = {known(q.usage.input), known(q.usage.input), known(q.usage.input)};
    add_input(band, m, q.usage);
  } else if (q.input_estimate.value >= 0) {
    input = counts(q.input_estimate, band);
    add_measured_input(band, m, input);
  } else {
    band.open = true;
  }
  if (q.usage.output >= 0) {
    add_output(band, m, q.usage, input);
  } else if (q.output_estimate.value >= 0) {
    add_measured_output(band, m, q.output_estimate, input);
  } else if (m.output.base > 0) {
    band.open = true;  // the input's price is known, the answer's length is not
  }
  band.high += m.request_high;
  return band;
}

}  // namespace

ListedModel list_model(const PriceTable& table, const PriceTable* own, std::string_view provider, std::string_view model) noexcept {
  return {own ? find_listed(*own, provider, model) : Listed{}, find_listed(table, provider, model)};
}

namespace {

struct InForce {
  const ModelPrice* price = nullptr;
  CostSource source = CostSource::unknown_model;
};
InForce price_in_force(const ListedModel& listed, std::int64_t at_us) noexcept {
  if (const ModelPrice* own = price_at(listed.own, at_us)) return {own, CostSource::org_override};
  const ModelPrice* price = price_at(listed.table, at_us);
  return {price, !price ? CostSource::unknown_model : listed.table.alias ? CostSource::matched_alias : CostSource::price_table};
}

}  // namespace

std::optional<ExpectedCost> expect_cost(const ListedModel& listed, std::int64_t input, std::int64_t output, std::int64_t at_us) noexcept {
  const ModelPrice* const price = price_in_force(listed, at_us).price;
  if (!price) return {};
  const std::int64_t in = known(input), each = rate_or(price->output, in, 0);
  const auto cost = to_money(Wide{in} * rate_or(price->input, in, 0) + Wide{known(output)} * each, 1000);
  return cost ? std::optional{ExpectedCost{*cost, each}} : std::nullopt;
}

std::optional<Rates> rates_of(const ListedModel& listed, std::int64_t at_us, std::int64_t input) noexcept {
  const InForce now = price_in_force(listed, at_us);
  if (!now.price) return {};
  const auto rate = [&](const Rate& of) { return rate_of(of, known(input)); };
  return Rates{
      now.source, rate(now.price->input), rate(now.price->output), rate(now.price->cached), rate(now.price->cache_write), rate(now.price->reasoning)};
}

Cost price(const PriceTable& table, const CostQuery& query, const ListedModel& listed) noexcept {
  const bool any = query.usage.any() || query.output_estimate.value >= 0 || query.input_estimate.value >= 0;
  if (!any) return {};
  const InForce now = price_in_force(listed, query.at_us);
  if (!now.price) return {{}, {}, {}, CostSource::unknown_model};
  const Band band = band_of(*now.price, query);
  const Multiplier tier = tier_multiplier(table, query);
  Cost cost;
  cost.value = to_money(band.value, tier.value);
  if (!cost.value) return {};
  cost.low = to_money(band.low, tier.low);
  if (!band.open && !tier.open) cost.high = to_money(band.high, tier.high);
  cost.source = now.source;
  return cost;
}

Cost price(const PriceTable& table, const CostQuery& query, const PriceTable* own) noexcept {
  return price(table, query, list_model(table, own, query.provider, query.model));
}

}  // namespace lectr::policy
