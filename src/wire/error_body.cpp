#include "lectr/wire/error_body.hpp"

#include <charconv>

namespace lectr::wire {
namespace {

constexpr int kRetrySoonMs = 1000;

// Names of the error classes in each provider's own vocabulary, so that its SDK raises the exception its users expect.
struct Names {
  std::string_view openai, anthropic, gemini;
};

Names names_of(unsigned status) noexcept {
  switch (status) {
    case 400: return {"invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"};
    case 401: return {"authentication_error", "authentication_error", "UNAUTHENTICATED"};
    case 402: return {"insufficient_quota", "billing_error", "RESOURCE_EXHAUSTED"};
    case 403: return {"permission_error", "permission_error", "PERMISSION_DENIED"};
    case 404: return {"not_found_error", "not_found_error", "NOT_FOUND"};
    case 408: return {"timeout_error", "timeout_error", "DEADLINE_EXCEEDED"};
    case 409: return {"conflict_error", "conflict_error", "ABORTED"};
    case 413:
    case 431: return {"invalid_request_error", "request_too_large", "INVALID_ARGUMENT"};
    case 429: return {"rate_limit_error", "rate_limit_error", "RESOURCE_EXHAUSTED"};
    case 499: return {"client_gone", "api_error", "CANCELLED"};
    case 503: return {"server_error", "overloaded_error", "UNAVAILABLE"};
    case 504: return {"server_error", "timeout_error", "DEADLINE_EXCEEDED"};
    default: break;
  }
  if (status < 500) return {"invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"};
  return {"server_error", "api_error", "INTERNAL"};
}

void append_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  append_string(out, name);
  out += ':';
  append_string(out, text);
}

void append_number(std::string& out, unsigned value) {
  char digits[12];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace

Refusal refusal_for(Code code) noexcept {
  const auto hopeless = [&](unsigned status, std::string_view message, std::string_view param = {}) {
    return Refusal{status, code, message, param, 0, true};
  };
  const auto retry = [&](unsigned status, std::string_view message) { return Refusal{status, code, message, {}, kRetrySoonMs, false}; };
  const auto plain = [&](unsigned status, std::string_view message) { return Refusal{status, code, message, {}, 0, false}; };
  switch (code) {
    case Code::invalid_request:
      return hopeless(400,
                      "The request could not be understood: the body is malformed, or names no model where this endpoint needs one. Correct the body "
                      "and send it again.");
    case Code::invalid_provider:
      return hopeless(
          400,
          "The header X-Lectr-Provider names a provider that this gateway does not know, or that has no base URL here. Use a configured provider's "
          "name, or leave the header out.");
    case Code::azure_config_missing:
      return hopeless(
          400,
          "The request is for Azure, but no Azure base URL is configured here. Ask the gateway's operator to set LECTR_PROVIDER_AZURE_BASE_URL.");
    case Code::missing_lectr_key:
      return hopeless(401, "No Lectr org key in this request. Add the header X-Lectr-Key: lc_key_... (or use the org key as the API key).");
    case Code::invalid_lectr_key:
      return hopeless(
          401, "The Lectr org key in this request is unknown or was revoked. Check the key, or create a new one in the dashboard under Settings.");
    case Code::org_disabled: return hopeless(401, "The organisation of this Lectr key is disabled. Ask the gateway's operator to enable it.");
    case Code::missing_provider_key:
      return hopeless(401,
                      "No provider key in this request, and none is configured for this organisation. Send the provider's key as usual, or configure "
                      "a credential reference.");
    case Code::request_timeout:
      return plain(408, "The request did not arrive completely in time, so it was not sent to the provider. Check the connection and send it again.");
    case Code::headers_too_large: return hopeless(431, "The request's headers are larger than this gateway accepts. Send fewer or shorter headers.");
    case Code::request_too_large:
      return hopeless(
          413, "The request's body is larger than this gateway accepts. Send a smaller body, or ask the gateway's operator to raise the limit.");
    case Code::provider_bad_response:
      return plain(502,
                   "The provider's answer was no valid HTTP response, so it could not be passed on. Try again; if it persists, check the provider's "
                   "status and base URL.");
    case Code::provider_unreachable:
      return retry(
          502, "The provider could not be reached. Try again shortly; if it persists, check the provider's status and its base URL in this gateway.");
    case Code::gateway_overloaded: return retry(503, "This gateway has reached its limit of concurrent work. Try again shortly.");
    case Code::provider_timeout:
      return retry(504, "The provider did not answer in time. Try again shortly; for long answers use streaming or a longer timeout.");
    case Code::budget_exceeded:
      return hopeless(
          402,
          "A budget of this organisation is spent. Wait until its next period, or ask an admin to raise it in the dashboard under Limits & budgets.");
    case Code::budget_reserved:
      return retry(
          429, "What is left of a budget is held for requests that are under way; some of it usually comes back when they end. Try again shortly.");
    case Code::rate_limit_exceeded: return retry(429, "A limit of requests per minute is reached. Try again after the time given in Retry-After.");
    case Code::token_limit_exceeded: return retry(429, "A limit of tokens per minute is reached. Try again after the time given in Retry-After.");
    case Code::concurrent_streams_exceeded: return retry(429, "As many streams as are allowed at once are under way. Try again when one has ended.");
    case Code::client_gone: return plain(499, "The client closed the connection before the answer was complete.");
    case Code::not_found: return hopeless(404, "There is nothing at this address. Check the path.");
    case Code::conflict: return hopeless(409, "The request conflicts with the current state. Read it again and repeat the change.");
    case Code::forbidden: return hopeless(403, "This key is not allowed to do that. Use a key with the needed rights.");
    case Code::unavailable: return retry(503, "The service is not available at the moment. Try again shortly.");
    case Code::none:
    case Code::corrupt:
    case Code::full:
    case Code::internal: break;
  }
  Refusal refusal = plain(500, "An internal error of the gateway stopped this request. Try again; if it persists, tell the gateway's operator.");
  refusal.code = Code::internal;
  return refusal;
}

std::string error_body(const Refusal& refusal, ErrorShape shape) {
  const Names names = names_of(refusal.status);
  const std::string_view code = code_name(refusal.code);
  std::string out;
  out.reserve(refusal.message.size() + 160);
  switch (shape) {
    case ErrorShape::openai:
      out += R"({"error":{)";
      append_member(out, "message", refusal.message);
      out += ',';
      append_member(out, "type", names.openai);
      out += ',';
      append_member(out, "code", code);
      out += R"(,"param":)";
      if (refusal.param.empty()) {
        out += "null";
      } else {
        append_string(out, refusal.param);
      }
      out += "}}";
      break;
    case ErrorShape::anthropic:
      out += R"({"type":"error","error":{)";
      append_member(out, "type", names.anthropic);
      out += ',';
      append_member(out, "message", refusal.message);
      out += ',';
      append_member(out, "code", code);
      out += "}}";
      break;
    case ErrorShape::gemini:  // `code` is the status there; ours goes where Google puts machine-readable reasons (google.rpc.ErrorInfo)
      out += R"({"error":{"code":)";
      append_number(out, refusal.status);
      out += ',';
      append_member(out, "message", refusal.message);
      out += ',';
      append_member(out, "status", names.gemini);
      out += R"(,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",)";
      append_member(out, "reason", code);
      out += R"(,"domain":"lectr"}]}})";
      break;
  }
  return out;
}

}  // namespace lectr::wire
