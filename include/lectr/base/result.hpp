// What can happen in a healthy program: bad input, timeout, refused, full, gone. Exceptions are for bugs and start-up only.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <stdexcept>

namespace lectr {

// One code per distinct outcome that a caller or a person must be able to tell apart. The names of those that reach a client are
// the `error.code` strings of the proxy (see code_name) and are part of the public contract.
enum class Code : std::uint8_t {
  none,
  // Answered to clients of the proxy.
  invalid_request,
  invalid_provider,
  azure_config_missing,
  missing_lectr_key,
  invalid_lectr_key,
  org_disabled,
  missing_provider_key,
  request_timeout,
  headers_too_large,
  request_too_large,
  provider_bad_response,
  provider_unreachable,
  gateway_overloaded,
  provider_timeout,
  budget_exceeded,
  budget_reserved,
  rate_limit_exceeded,
  token_limit_exceeded,
  concurrent_streams_exceeded,
  // Inside only.
  client_gone,
  not_found,
  conflict,
  forbidden,
  unavailable,
  corrupt,
  full,
  internal,
};

enum class Fault : std::uint8_t { client, provider, us };
enum class Again : std::uint8_t { no, same_target, next_target };

// `what` is a literal: no peer's bytes can leak into a log or an answer through it.
struct Error {
  Code code = Code::internal;
  Fault fault = Fault::us;
  Again again = Again::no;
  const char* what = "";
};

template <class T>
using Result = boost::system::result<T, Error>;

// The stable text of a code, as clients see it in `error.code` and rows in `error_code`.
const char* code_name(Code code) noexcept;

// Called by Result::value() on an error: taking the value without asking is a bug.
[[noreturn]] inline void throw_exception_from_error(const Error& e, const boost::source_location&) { throw std::logic_error(e.what); }

}  // namespace lectr
