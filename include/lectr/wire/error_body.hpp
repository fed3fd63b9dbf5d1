// Our own errors in the shape each SDK parses (PRODUCT.md §2).
#pragma once

#include <string>
#include <string_view>

#include "lectr/base/result.hpp"
#include "lectr/wire/endpoint.hpp"

namespace lectr::wire {

struct Refusal {
  unsigned status = 500;
  Code code = Code::internal;
  std::string_view message;  // says what happened, why, and what to do; our words only
  std::string_view param;    // empty: null
  int retry_after_ms = 0;    // > 0: retryable
  bool hopeless = false;     // x-should-retry: false
};

// The refusal of a code with its default status, message, and retry advice.
Refusal refusal_for(Code code) noexcept;

// The JSON body.
std::string error_body(const Refusal& refusal, ErrorShape shape);

}  // namespace lectr::wire
