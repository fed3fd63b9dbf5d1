// Usage at another model's price.
#include <algorithm>

#include "api/recommendations.hpp"
#include "lectr/policy/price.hpp"

namespace lectr::api {
namespace {

using insight::Femto;
constexpr std::int64_t kMostTokens = 1'000'000'000'000'000;  // a product with any rate stays within 128 bits

Femto cost_at(const policy::Rates& rates, const insight::Usage& u, bool cached_free) {
  const auto bounded = [](std::int64_t tokens) { return std::clamp<std::int64_t>(tokens, 0, kMostTokens); };
  const std::int64_t input = bounded(u.input), cached = std::min(bounded(u.cached), input), write = std::min(bounded(u.cache_write), input - cached);
  const std::int64_t output = bounded(u.output), reasoning = std::min(bounded(u.reasoning), output);
  const std::int64_t in = std::max<std::int64_t>(rates.input, 0), out = std::max<std::int64_t>(rates.output, 0);
  const auto or_else = [](std::int64_t rate, std::int64_t otherwise) { return rate >= 0 ? rate : otherwise; };
  return Femto{input - cached - write} * in + Femto{cached} * or_else(rates.cached, cached_free ? 0 : in) +
         Femto{write} * or_else(rates.cache_write, in) + Femto{output - reasoning} * out + Femto{reasoning} * or_else(rates.reasoning, out);
}

}  // namespace

Parsed<std::vector<insight::Usage>> usage_between(const Call& call, std::int64_t from_us, std::int64_t to_us) {
  store::RollupFilter filter;
  filter.from_us = from_us, filter.to_us = to_us;
  const auto groups = call.own.usage(filter);
  if (!groups) return problem_of(groups.error());
  std::vector<insight::Usage> out;
  out.reserve(groups->size());
  for (const store::UsageGroup& g : *groups) {
    const store::Sums& s = g.total;
    out.push_back({g.feature, g.task, g.provider, g.asked, g.model, s.requests, s.errors, s.measured, s.cost_unknown, s.tokens_input, s.tokens_output,
                   s.tokens_cached, s.tokens_cache_write, s.tokens_reasoning, g.peak_tokens, s.cost, s.cost_low, s.cost_high});
  }
  return out;
}

std::optional<insight::Repriced> reprice(const Call& call, const insight::Usage& u, std::string_view provider, std::string_view model,
                                         std::int64_t at_us) {
  if (u.requests <= 0 || (u.input <= 0 && u.output <= 0)) return {};
  const auto snapshot = call.context.snapshot();
  const auto org = snapshot->orgs.find(call.caller.org);
  const config::PriceTable* own = org == snapshot->orgs.end() ? nullptr : org->second.own_prices.get();
  const auto listed = policy::list_model(*snapshot->prices, own, provider, model);
  const auto usual = policy::rates_of(listed, at_us, u.input / u.requests);
  if (!usual) return {};
  insight::Repriced out{cost_at(*usual, u, false), cost_at(*usual, u, true), cost_at(*usual, u, false)};
  for (const std::int64_t length : {std::int64_t{0}, u.peak_tokens}) {  // the tiers that the shortest and the longest may fall into
    const auto other = policy::rates_of(listed, at_us, length);
    if (!other) continue;
    out.low = std::min(out.low, cost_at(*other, u, true));
    out.high = std::max(out.high, cost_at(*other, u, false));
  }
  return out;
}

}  // namespace lectr::api
