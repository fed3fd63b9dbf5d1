#include "app/demo/answer.hpp"
#include "app/demo/build_text.hpp"

namespace lectr::demo {
namespace {

struct OpenAiError {
  unsigned status;
  std::string_view type, code, message;
};
constexpr OpenAiError kOpenAi[] = {
    {400, "invalid_request_error", "null", "The request was malformed."},
    {401, "invalid_request_error", "\"invalid_api_key\"", "You didn't provide an API key."},
    {402, "insufficient_quota", "\"insufficient_quota\"", "You exceeded your current quota."},
    {403, "invalid_request_error", "\"unsupported_country_region_territory\"", "Country, region, or territory not supported"},
    {404, "invalid_request_error", "\"model_not_found\"", "The model does not exist or you do not have access to it."},
    {413, "invalid_request_error", "null", "The request is too large."},
    {429, "requests", "\"rate_limit_exceeded\"", "Rate limit reached for requests."},
    {498, "capacity_exceeded", "\"capacity_exceeded\"", "Flex tier capacity exceeded."},
    {503, "server_error", "\"server_is_overloaded\"", "The server is currently overloaded."},
    {500, "server_error", "null", "The server had an error while processing your request."},
};
struct NamedError {
  unsigned status;
  std::string_view name, message;
};
constexpr NamedError kAnthropic[] = {
    {400, "invalid_request_error", "The request was malformed."},
    {401, "authentication_error", "invalid x-api-key"},
    {402, "billing_error", "Your credit balance is too low."},
    {403, "permission_error", "Your API key has no access to this resource."},
    {404, "not_found_error", "The requested resource could not be found."},
    {413, "request_too_large", "Request exceeds the maximum size."},
    {429, "rate_limit_error", "This request would exceed your rate limit."},
    {504, "timeout_error", "Request timed out."},
    {529, "overloaded_error", "Overloaded"},
    {500, "api_error", "Internal server error"},
};
constexpr NamedError kGemini[] = {
    {400, "INVALID_ARGUMENT", "Request contains an invalid argument."},
    {401, "UNAUTHENTICATED", "API key not valid."},
    {402, "FAILED_PRECONDITION", "Billing is not enabled."},
    {403, "PERMISSION_DENIED", "The caller has no permission."},
    {404, "NOT_FOUND", "Requested entity was not found."},
    {429, "RESOURCE_EXHAUSTED", "You exceeded your current quota."},
    {503, "UNAVAILABLE", "The model is overloaded."},
    {504, "DEADLINE_EXCEEDED", "Deadline expired."},
    {500, "INTERNAL", "An internal error has occurred."},
};

// The row of a status; the last row, an internal error, stands for all others.
template <class Row, std::size_t N>
const Row& row_of(const Row (&rows)[N], unsigned status) {
  for (const Row& row : rows)
    if (row.status == status) return row;
  return rows[N - 1];
}

std::string gemini_body(unsigned status, std::string_view message) {
  const NamedError& row = row_of(kGemini, status);
  std::string body = concat("{\n  \"error\": {\n    \"code\": ", status, ",\n    \"message\": ", quoted(message.empty() ? row.message : message),
                            ",\n    \"status\": \"", row.name, "\"");
  if (status == 429)
    body +=
        ",\n    \"details\": [\n      {\n        \"@type\": \"type.googleapis.com/google.rpc.QuotaFailure\"\n      },\n"
        "      {\n        \"@type\": \"type.googleapis.com/google.rpc.RetryInfo\",\n        \"retryDelay\": \"7s\"\n      }\n    ]";
  return body + "\n  }\n}\n";
}

std::string error_body(const Ask& ask, unsigned status, std::string_view message) {
  switch (ask.route.dialect) {
    case Dialect::anthropic: {
      const NamedError& row = row_of(kAnthropic, status);
      return concat(R"({"type":"error","error":{"type":")", row.name, R"(","message":)", quoted(message.empty() ? row.message : message),
                    R"(},"request_id":"req_)", id_text(ask.number), "\"}");
    }
    case Dialect::gemini: return gemini_body(status, message);
    case Dialect::gemini_openai: return concat("[", gemini_body(status, message), "]");
    case Dialect::azure:
      return concat(R"({"error":{"code":")", status, R"(","message":)", quoted(message.empty() ? row_of(kOpenAi, status).message : message), "}}");
    case Dialect::openai:
    case Dialect::groq: break;
  }
  const OpenAiError& row = row_of(kOpenAi, status);
  return concat("{\n  \"error\": {\n    \"message\": ", quoted(message.empty() ? row.message : message), ",\n    \"type\": \"", row.type,
                "\",\n    \"param\": null,\n    \"code\": ", row.code, "\n  }\n}\n");
}

}  // namespace

Reply error_reply(const Ask& ask, unsigned status, std::string_view message) {
  Reply reply;
  reply.status = status;
  if (status == 204 || status == 304) {
    reply.content_type.clear();
    return reply;
  }
  if (status < 400) {
    reply.body.before = "{}";
    return reply;
  }
  reply.body.before = error_body(ask, status, message);
  const bool google = ask.route.dialect == Dialect::gemini || ask.route.dialect == Dialect::gemini_openai;
  if ((status == 429 || status == 503 || status == 529) && !google) reply.headers = "retry-after: 2\r\n";
  if (status == 429 && (ask.route.dialect == Dialect::azure || ask.route.dialect == Dialect::openai)) reply.headers += "retry-after-ms: 1500\r\n";
  return reply;
}

Reply refuse(const Ask& ask, Refusal why) {
  switch (why) {
    case Refusal::leaked: return error_reply(ask, 418, "The mock provider was sent something that belongs to the gateway.");
    case Refusal::two_credentials: return error_reply(ask, 400, "Multiple authentication credentials received. Please pass only one.");
    case Refusal::no_version: return error_reply(ask, 400, "anthropic-version: header is required");
    case Refusal::no_credential:
    case Refusal::none: break;
  }
  return error_reply(ask, 401);
}

}  // namespace lectr::demo
