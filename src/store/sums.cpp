#include <algorithm>
#include <limits>

#include "lectr/store/aggregate.hpp"
#include "store/row_text.hpp"

namespace lectr::store {
namespace {

// Stays at the end of its range rather than leaving it: a row may hold any 64 bits.
void raise(std::int64_t& sum, std::int64_t by) {
  if (__builtin_add_overflow(sum, by, &sum)) sum = by > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}
void raise_known(std::int64_t& sum, std::int64_t by) { raise(sum, std::max<std::int64_t>(by, 0)); }

}  // namespace

void Sums::add(const Event& e) {
  ++requests;
  errors += e.error_source != ErrorSource::none;
  streaming += e.streaming;
  measured += e.token_source == TokenSource::measured;
  cost_unknown += e.cost_source == CostSource::unknown_model;
  raise_known(tokens_input, e.tokens_input), raise_known(tokens_output, e.tokens_output), raise_known(tokens_cached, e.tokens_cached);
  raise_known(tokens_cache_write, e.tokens_cache_write), raise_known(tokens_reasoning, e.tokens_reasoning);
  raise(bytes_in, e.bytes_in), raise(bytes_out, e.bytes_out);
  retries += e.client_retry > 0;
  if (e.cost) {
    cost += e.cost->femto;
    cost_low += e.cost_low.value_or(*e.cost).femto;
    cost_high += e.cost_high.value_or(*e.cost).femto;
  }
  raise(latency_sum_us, e.latency_us);
  latency.add(e.latency_us);
  if (e.ttfb_us < 0) return;
  raise(ttfb_sum_us, e.ttfb_us);
  ttfb.add(e.ttfb_us);
}

void Sums::merge(const Sums& o) {
  merge_counts(o);
  latency.merge(o.latency);
  ttfb.merge(o.ttfb);
}

void Sums::merge_counts(const Sums& o) {
  requests += o.requests, errors += o.errors, streaming += o.streaming, measured += o.measured, cost_unknown += o.cost_unknown;
  raise(tokens_input, o.tokens_input), raise(tokens_output, o.tokens_output), raise(tokens_cached, o.tokens_cached);
  raise(tokens_cache_write, o.tokens_cache_write), raise(tokens_reasoning, o.tokens_reasoning);
  raise(bytes_in, o.bytes_in), raise(bytes_out, o.bytes_out);
  retries += o.retries;
  cost += o.cost, cost_low += o.cost_low, cost_high += o.cost_high;
  raise(latency_sum_us, o.latency_sum_us), raise(ttfb_sum_us, o.ttfb_sum_us);
}

std::string dollars(Sums::Femto femto) {
  const bool negative = femto < 0;
  if (negative) femto = -femto;
  std::string digits;
  for (; femto > 0; femto /= 10) digits += static_cast<char>('0' + static_cast<int>(femto % 10));
  if (digits.size() < 16) digits.resize(16, '0');
  std::reverse(digits.begin(), digits.end());
  digits.insert(digits.size() - 15, 1, '.');
  return trim_decimal((negative ? "-" : "") + digits);
}

}  // namespace lectr::store
