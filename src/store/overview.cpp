#include "store/overview.hpp"

#include <algorithm>

namespace lectr::store {

std::int64_t percentile(std::vector<std::int64_t>& values, int percent) {
  if (values.empty()) return -1;
  const std::size_t rank = (values.size() * static_cast<std::size_t>(percent) + 99) / 100;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

void OverviewSum::add(const OverviewSample& s) {
  const std::int64_t input = std::max<std::int64_t>(s.tokens_input, 0), output = std::max<std::int64_t>(s.tokens_output, 0);
  ++all_.requests;
  all_.errors += s.error;
  all_.streaming += s.streaming;
  all_.tokens_input += input;
  all_.tokens_output += output;
  all_.cost_estimated = all_.cost_estimated || s.measured;
  all_.cost_unknown += s.price_unknown;
  cost_ += s.cost ? s.cost->femto : 0;
  latencies_.push_back(s.latency_us);
  if (s.ttfb_us >= 0) first_bytes_.push_back(s.ttfb_us);
  if (s.provider.empty()) return;  // refused before a provider was chosen
  auto part = parts_.find(s.provider);
  if (part == parts_.end()) part = parts_.emplace(std::string{s.provider}, Part{}).first;
  Part& p = part->second;
  ++p.requests;
  p.errors += s.error;
  p.tokens_input += input;
  p.tokens_output += output;
  p.latency += s.latency_us;
  p.cost += s.cost ? s.cost->femto : 0;
  p.latencies.push_back(s.latency_us);
}

Overview OverviewSum::result() && {
  all_.cost_usd = dollars(cost_);
  all_.latency_p50_us = percentile(latencies_, 50);
  all_.latency_p95_us = percentile(latencies_, 95);
  all_.ttfb_p50_us = percentile(first_bytes_, 50);
  for (auto& [provider, p] : parts_)
    all_.providers.push_back({provider, p.requests, p.errors, p.tokens_input, p.tokens_output, static_cast<std::int64_t>(p.latency / p.requests),
                              percentile(p.latencies, 95), dollars(p.cost)});
  std::stable_sort(all_.providers.begin(), all_.providers.end(), [](const auto& a, const auto& b) { return a.requests > b.requests; });
  return std::move(all_);
}

}  // namespace lectr::store
