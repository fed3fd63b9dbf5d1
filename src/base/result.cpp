#include "lectr/base/result.hpp"

namespace lectr {

const char* code_name(Code code) noexcept {
  switch (code) {
    case Code::none: return "";
    case Code::invalid_request: return "invalid_request";
    case Code::invalid_provider: return "invalid_provider";
    case Code::azure_config_missing: return "azure_config_missing";
    case Code::missing_lectr_key: return "missing_lectr_key";
    case Code::invalid_lectr_key: return "invalid_lectr_key";
    case Code::org_disabled: return "org_disabled";
    case Code::missing_provider_key: return "missing_provider_key";
    case Code::request_timeout: return "request_timeout";
    case Code::headers_too_large: return "headers_too_large";
    case Code::request_too_large: return "request_too_large";
    case Code::provider_bad_response: return "provider_bad_response";
    case Code::provider_unreachable: return "provider_unreachable";
    case Code::gateway_overloaded: return "gateway_overloaded";
    case Code::provider_timeout: return "provider_timeout";
    case Code::budget_exceeded: return "budget_exceeded";
    case Code::budget_reserved: return "budget_reserved";
    case Code::rate_limit_exceeded: return "rate_limit_exceeded";
    case Code::token_limit_exceeded: return "token_limit_exceeded";
    case Code::concurrent_streams_exceeded: return "concurrent_streams_exceeded";
    case Code::client_gone: return "client_gone";
    case Code::not_found: return "not_found";
    case Code::conflict: return "conflict";
    case Code::forbidden: return "forbidden";
    case Code::unavailable: return "unavailable";
    case Code::corrupt: return "corrupt";
    case Code::full: return "full";
    case Code::internal: return "internal_error";
  }
  return "internal_error";
}

}  // namespace lectr
