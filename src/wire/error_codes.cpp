#include "wire/error_codes.hpp"

namespace lectr::wire {
namespace {

using enum ErrorCategory;

constexpr KnownError kKnown[] = {
    {"rate_limit_exceeded", rate},
    {"rate_limit_error", rate, true},  // Anthropic's for money too: details.error_code tells
    {"rate_limit_reached", rate},
    {"too_many_requests", rate, true},
    {"ramp_limit_exceeded", rate},
    {"RESOURCE_EXHAUSTED", rate, true},
    {"tokens", rate, true},  // OpenAI's error.type of the limit that was hit
    {"requests", rate, true},
    {"slow_down", capacity},
    {"server_is_overloaded", capacity},
    {"overloaded_error", capacity},
    {"engine_overloaded", capacity},
    {"capacity_exceeded", capacity},
    {"service_unavailable", capacity},
    {"server_error", capacity, true},
    {"internal_server_error", capacity, true},
    {"internal_error", capacity, true},
    {"api_error", capacity, true},
    {"UNAVAILABLE", capacity},
    {"INTERNAL", capacity, true},
    {"UNKNOWN", capacity, true},
    {"insufficient_quota", money},
    {"credit_balance_exhausted", money},
    {"organization_spend_limit_exceeded", money},
    {"project_spend_limit_exceeded", money},
    {"organization_usage_limit_exceeded", money},
    {"enforced_spend_limit_reached", money},
    {"contract_spend_limit_reached", money},
    {"billing_error", money},
    {"billing_hard_limit_reached", money},
    {"billing_not_active", money},
    {"insufficient_balance", money},
    {"invalid_api_key", auth},
    {"authentication_error", auth},
    {"permission_error", auth},
    {"permission_denied", auth},
    {"access_denied", auth},
    {"account_deactivated", auth},
    {"unsupported_country_region_territory", auth},
    {"UNAUTHENTICATED", auth},
    {"PERMISSION_DENIED", auth},
    {"API_KEY_INVALID", auth},
    {"invalid_request_error", request, true},
    {"BadRequestError", request, true},
    {"model_not_found", request},
    {"NotFoundError", request},
    {"not_found_error", request},
    {"conflict_error", request},
    {"request_too_large", request},
    {"context_length_exceeded", request},
    {"string_above_max_length", request},
    {"unsupported_parameter", request},
    {"unsupported_value", request},
    {"unknown_parameter", request},
    {"missing_required_parameter", request},
    {"invalid_value", request},
    {"invalid_type", request},
    {"invalid_prompt", request},
    {"invalid_image", request},
    {"previous_response_not_found", request},
    {"json_validate_failed", request},
    {"tool_use_failed", request},
    {"model_decommissioned", request},
    {"DeploymentNotFound", request},
    {"OperationNotSupported", request},
    {"INVALID_ARGUMENT", request, true},
    {"FAILED_PRECONDITION", request, true},
    {"NOT_FOUND", request},
    {"OUT_OF_RANGE", request},
    {"UNIMPLEMENTED", request},
    {"content_filter", safety},
    {"content_policy_violation", safety},
    {"moderation_blocked", safety},
    {"ResponsibleAIPolicyViolation", safety},
    {"cyber_policy_violation", safety},
    {"timeout_error", timeout},
    {"timeout", timeout},
    {"DEADLINE_EXCEEDED", timeout},
};

}  // namespace

const KnownError* find_known_error(std::string_view text) noexcept {
  for (const KnownError& known : kKnown)
    if (known.text == text) return &known;
  return nullptr;
}

ErrorCategory category_of_status(unsigned status) noexcept {
  if (status < 400) return none;
  switch (status) {
    case 401:
    case 403: return auth;
    case 402: return money;
    case 408:
    case 504:
    case 524: return timeout;
    case 429: return rate;
    case 498: return capacity;
    default: return status < 500 ? request : capacity;
  }
}

}  // namespace lectr::wire
