// Looks on while a response body passes: usage, model, end marks, errors; and measures text lengths where the provider reports no usage.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "lectr/base/event.hpp"
#include "lectr/wire/endpoint.hpp"
#include "lectr/wire/measured.hpp"

namespace lectr::wire {

// How a body is framed above HTTP, from its content type.
enum class BodyKind : std::uint8_t { opaque, json, sse, ndjson };
BodyKind body_kind(std::string_view content_type) noexcept;

// Token counts in Lectr's convention (PROVIDERS.md §1.5): input holds cached and cache_write, output holds reasoning. -1: not reported.
// cache_write_1h is the longer-lived part of cache_write (Anthropic 1 h, OpenAI 12 h). Embeddings have output 0.
struct Usage {
  std::int64_t input = -1, output = -1, cached = -1, cache_write = -1, cache_write_1h = -1, reasoning = -1, audio_input = -1, audio_output = -1;
  bool any() const noexcept { return input >= 0 || output >= 0; }
};

struct Metered {
  Usage usage;
  Measured measured;
  std::string_view model;         // response's model, cleaned as the request's is; view into the meter
  std::string_view service_tier;  // response's service_tier / speed, short known words only
  bool terminator =
      false;  // the protocol's end was seen: [DONE], response.completed, message_stop, finishReason, a closed JSON document. Streams of Api::other may have none that is known
  bool error_event = false;                   // an error object inside a 2xx body or stream
  bool malformed = false;                     // a frame that is no JSON where the API promises JSON
  ErrorCategory error = ErrorCategory::none;  // class of an error body or event, by PROVIDERS.md §1.3
  std::string_view error_code;                // provider's error code/type, only when it is from the known list (static text), else empty
  std::int64_t retry_after_ms = -1;           // Gemini's retryDelay
};

// Incremental; any split of the input gives the same result. No allocation per chunk; the object is ≤ 1 KiB. One exchange, one thread.
class ResponseMeter {
 public:
  ResponseMeter();
  ~ResponseMeter();
  ResponseMeter(ResponseMeter&&) noexcept;
  ResponseMeter& operator=(ResponseMeter&&) noexcept;

  // `status` ≥ 400 reads an error body (at most 64 KiB of it are looked at).
  void start(Api api, BodyKind kind, unsigned status) noexcept;
  void feed(std::string_view decoded_body) noexcept;
  void finish() noexcept;  // the body ended (whole or not)
  const Metered& seen() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Estimate of output tokens from measured lengths, with the uncalibrated band of PROVIDERS.md §5. high = -1: only a lower bound
// (hidden reasoning). `model` chooses the vocabulary factor.
struct TokenEstimate {
  std::int64_t value = -1, low = -1, high = -1;
};
TokenEstimate estimate_tokens(const Measured& m, std::string_view model) noexcept;

}  // namespace lectr::wire
