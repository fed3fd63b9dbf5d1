// A finished exchange for tests of telemetry.
#pragma once

#include "lectr/base/event.hpp"

namespace lectr::telemetry {

inline Event row(std::string feature = "support", std::string model = "gpt-4o-mini") {
  Event e;
  for (std::size_t i = 0; i < e.id.bytes.size(); ++i) e.id.bytes[i] = static_cast<std::uint8_t>(0x10 + i);
  e.completed_at_us = 1'760'000'000'000'000;
  e.org_id = 7;
  e.provider = "openai", e.endpoint = "/v1/chat/completions", e.method = "POST";
  e.model_requested = e.model_actual = std::move(model);
  e.feature = std::move(feature);
  e.status = 200, e.attempts = 1;
  e.latency_us = 1'500'000, e.ttfb_us = 250'000, e.bytes_in = 100, e.bytes_out = 900;
  e.token_source = TokenSource::provider;
  e.tokens_input = 40, e.tokens_output = 9, e.tokens_cached = 8;
  e.cost = Money{Money::kPerDollar / 4};
  e.cost_source = CostSource::price_table;
  return e;
}

}  // namespace lectr::telemetry
