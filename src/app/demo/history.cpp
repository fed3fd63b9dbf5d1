#include <algorithm>
#include <cmath>
#include <string>

#include "app/demo/build_text.hpp"
#include "app/demo/catalogue.hpp"
#include "lectr/app/demo.hpp"

namespace lectr::demo {
namespace {

Uuid make_id(Dice& dice, std::int64_t unix_us) noexcept {  // UUIDv7 from the seed
  Uuid id;
  const std::uint64_t ms = static_cast<std::uint64_t>(unix_us / 1000), a = dice.bits(), b = dice.bits();
  for (int i = 0; i < 6; ++i) id.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  for (std::size_t i = 6; i < 8; ++i) id.bytes[i] = static_cast<std::uint8_t>(a >> (8 * i));
  for (std::size_t i = 8; i < 16; ++i) id.bytes[i] = static_cast<std::uint8_t>(b >> (8 * (i - 8)));
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x70);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

std::string_view endpoint_of(const Planned& p) noexcept {
  switch (p.kind->shape) {
    case Shape::chat: return "/v1/chat/completions";
    case Shape::responses: return "/v1/responses";
    case Shape::messages: return "/v1/messages";
    case Shape::generate: return p.streaming ? "/v1beta/models/{id}:streamGenerateContent" : "/v1beta/models/{id}:generateContent";
    case Shape::embeddings: return "/v1/embeddings";
    case Shape::azure_chat: return "/openai/deployments/{id}/chat/completions";
    case Shape::groq_chat: return "/openai/v1/chat/completions";
  }
  return "other";
}

void set_failure(Event& event, const Planned& p) {
  event.error_source = ErrorSource::provider;
  switch (p.outcome) {
    case Outcome::rate_limited: event.error_category = ErrorCategory::rate; break;
    case Outcome::bad_request: event.error_category = ErrorCategory::request; break;
    default: event.error_category = ErrorCategory::capacity; break;
  }
  event.bytes_out = 260;
}

// A stream that ended early was counted by what passed: a number with a band, and the input is not known for those without usage.
void set_partial(Event& event, const Planned& p) {
  const auto output = static_cast<double>(p.output) * p.left_at;
  event.token_source = TokenSource::measured;
  event.tokens_input = p.kind->shape == Shape::messages || p.kind->shape == Shape::generate ? p.input : -1;
  event.tokens_output = std::max(1L, std::lround(output));
  event.tokens_output_low = std::lround(output * 0.85);
  event.tokens_output_high = std::lround(output * 1.2) + 1;
  const bool cut = p.outcome == Outcome::cut;
  event.verdict = cut ? Verdict::truncated : Verdict::client_gone;
  event.error_category = cut ? ErrorCategory::protocol : ErrorCategory::client_gone;
  event.error_source = cut ? ErrorSource::provider : ErrorSource::client;
  if (!cut) event.status = 499;
}

void set_usage(Event& event, const Planned& p) {
  event.token_source = TokenSource::provider;
  event.tokens_input = p.input;
  event.tokens_output = p.output;
  if (p.cached > 0) event.tokens_cached = p.cached;
  if (p.reasoning > 0) event.tokens_reasoning = p.reasoning;
  if (p.streaming) event.verdict = Verdict::complete;
}

Event make_event(Dice& dice, const Planned& p, const HistoryOptions& options, std::int64_t at_us) {
  const Kind& kind = *p.kind;
  Event event;
  event.id = make_id(dice, at_us);
  event.completed_at_us = at_us;
  event.org_id = options.org_id;
  event.key_id = options.key_id;
  event.provider = kind.provider;
  event.endpoint = endpoint_of(p);
  event.method = "POST";
  event.model_requested = kind.model;
  event.feature = kind.feature.empty() ? "untagged" : kind.feature;
  event.task = kind.task;
  event.status = static_cast<std::uint16_t>(outcome_status(p));
  event.streaming = p.streaming && event.status == 200;
  event.attempts = 1;
  event.provider_request_id = "req_" + id_text(dice.bits());
  event.latency_us = std::lround(p.total_ms * 1000);
  event.ttfb_us = std::lround(p.first_ms * 1000);
  event.bytes_in = p.input * 4 + 300;
  if (event.status != 200) {
    set_failure(event, p);
    return event;
  }
  event.model_actual = kind.answering;
  const double came = p.outcome == Outcome::ok ? 1 : p.left_at;
  event.bytes_out = std::lround(static_cast<double>(p.output) * came * (p.streaming ? 260 : 4.4)) + 700;
  if (kind.shape == Shape::embeddings) event.bytes_out = 9000;
  if (p.outcome == Outcome::ok)
    set_usage(event, p);
  else
    set_partial(event, p);
  return event;
}

}  // namespace

std::size_t seed_history(const HistoryOptions& options, const std::function<void(Event&&)>& sink) {
  Dice dice{options.seed};
  const double per_second = options.events / (std::max(1u, options.hours) * 3600.0);
  const std::int64_t start = options.end_us - static_cast<std::int64_t>(options.hours) * 3'600'000'000;
  std::size_t made = 0;
  double at = static_cast<double>(start);
  for (;;) {  // ends: time only goes forward
    at += dice.wait(per_second * day_shape(static_cast<std::int64_t>(at))) * 1e6;
    if (at >= static_cast<double>(options.end_us)) return made;
    const Planned planned = plan_request(dice, options.azure);
    sink(make_event(dice, planned, options, static_cast<std::int64_t>(at)));
    ++made;
  }
}

}  // namespace lectr::demo
