// The metadata of one finished exchange: what becomes one row. Never content, never a credential.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lectr/base/ids.hpp"
#include "lectr/base/money.hpp"
#include "lectr/base/trace_context.hpp"

namespace lectr {

// Who caused a failure. `none` on success.
enum class ErrorSource : std::uint8_t { none, proxy, provider, client };
// Classes of provider errors as fallback and breakers see them, and our own refusals.
enum class ErrorCategory : std::uint8_t {
  none,
  rate,
  capacity,
  money,
  auth,
  request,
  safety,
  timeout,
  network,
  protocol,
  client_gone,
  refused,
  internal
};
// Where token counts come from. `provider`: reported, exact. `measured`: counted from the passing bytes, with a band.
enum class TokenSource : std::uint8_t { none, provider, measured };
// Where the price comes from. `unknown_model`: no price, cost stays empty (never zero).
enum class CostSource : std::uint8_t { none, price_table, matched_alias, org_override, unknown_model };
// How a stream ended. `none` for exchanges that were no stream.
enum class Verdict : std::uint8_t { none, complete, truncated, stalled, malformed, client_gone };

// Longest stored texts, in bytes; whatever is longer is cut at a UTF-8 boundary before it gets here.
inline constexpr std::size_t kMaxModel = 128, kMaxEndpoint = 96, kMaxFeature = 400, kMaxTask = 64, kMaxProvider = 32, kMaxProviderRequestId = 128,
                             kMaxNotes = 300, kMaxErrorCode = 64, kMaxWhy = 300;

struct Event {
  Uuid id;
  std::int64_t completed_at_us = 0;  // unix time, microseconds
  OrgId org_id = 0;                  // 0: no org could be told (refused before authentication)
  KeyId key_id = 0;
  std::string provider, endpoint, method;
  std::string model_requested, model_actual;
  std::string feature, task;
  std::string rule;   // name of the routing rule applied, empty: none
  std::string notes;  // short words separated by spaces ("provider_unknown retried_stale"), never peer text
  // Why it went where it went, for `why_text` of policy/route: rules tried, holds of limits and budgets, targets with their breakers and outcomes.
  std::string why;
  std::int64_t control_version = 0;  // of the org's control state that decided; 0: there was none
  std::string provider_request_id;
  std::string error_code;    // our own code_name, or the provider's class as far as it is from a known list
  std::uint16_t status = 0;  // what the client was answered; 499: the client left first
  ErrorCategory error_category = ErrorCategory::none;
  ErrorSource error_source = ErrorSource::none;
  Verdict verdict = Verdict::none;
  bool streaming = false;
  std::uint8_t attempts = 0;                 // requests sent to providers
  std::uint8_t client_retry = 0;             // x-stainless-retry-count
  std::int64_t latency_us = 0;               // from the request's complete head to the last byte out
  std::int64_t ttfb_us = -1;                 // to the first response byte from the provider; -1: there was none
  std::int64_t bytes_in = 0, bytes_out = 0;  // body bytes from, and to, the client
  // Tokens; -1: not known. input includes cached and cache_write; output includes reasoning.
  TokenSource token_source = TokenSource::none;
  std::int64_t tokens_input = -1, tokens_output = -1, tokens_cached = -1, tokens_cache_write = -1, tokens_reasoning = -1, tokens_audio = -1;
  std::int64_t tokens_output_low = -1, tokens_output_high = -1;  // band of a measured output; -1: open end
  std::optional<Money> cost, cost_low, cost_high;                // cost_high empty while cost is set: no upper bound is known
  std::optional<Money> saved_high;                               // at most this much was saved by the client's leaving, where it can be told
  CostSource cost_source = CostSource::none;
  std::string price_version;  // which price data priced it
  TraceContext trace;         // the caller's, if it sent one: for the span, no column of the row
};

std::string_view to_text(ErrorSource) noexcept;
std::string_view to_text(ErrorCategory) noexcept;
std::string_view to_text(TokenSource) noexcept;
std::string_view to_text(CostSource) noexcept;
std::string_view to_text(Verdict) noexcept;

}  // namespace lectr
