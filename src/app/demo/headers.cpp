#include "app/demo/answer.hpp"
#include "app/demo/build_text.hpp"

namespace lectr::demo {
namespace {

void openai_limits(std::string& out, long day_requests) {
  cat(out, "x-ratelimit-limit-requests: ", day_requests, "\r\nx-ratelimit-limit-tokens: 150000\r\nx-ratelimit-remaining-requests: ", day_requests - 1,
      "\r\nx-ratelimit-remaining-tokens: 149984\r\nx-ratelimit-reset-requests: 12ms\r\nx-ratelimit-reset-tokens: 6ms\r\n");
}

void anthropic_limits(std::string& out) {
  for (const std::string_view kind : {"requests", "tokens", "input-tokens", "output-tokens"})
    cat(out, "anthropic-ratelimit-", kind, "-limit: 50000\r\nanthropic-ratelimit-", kind, "-remaining: 49990\r\nanthropic-ratelimit-", kind,
        "-reset: 2030-01-01T00:00:00Z\r\n");
}

}  // namespace

void append_provider_headers(std::string& out, const Ask& ask) {
  const std::string id = id_text(ask.number);
  switch (ask.route.dialect) {
    case Dialect::openai:
      cat(out, "x-request-id: req_", id, "\r\nopenai-organization: org-mock\r\nopenai-processing-ms: 12\r\nopenai-version: 2020-10-01\r\n");
      openai_limits(out, 10000);
      break;
    case Dialect::anthropic:
      cat(out, "request-id: req_", id, "\r\nanthropic-organization-id: 00000000-0000-4000-8000-000000000000\r\n");
      anthropic_limits(out);
      break;
    case Dialect::gemini:
    case Dialect::gemini_openai: cat(out, "server-timing: gfet4t7; dur=12\r\nx-content-type-options: nosniff\r\n"); break;
    case Dialect::groq:
      cat(out, "x-request-id: req_", id, "\r\nx-groq-region: mock\r\n");
      openai_limits(out, 14400);
      break;
    case Dialect::azure:
      cat(out, "x-request-id: ", id, "\r\napim-request-id: ", id, "\r\nx-ms-region: Mock Central\r\n");
      openai_limits(out, 1000);
      break;
  }
}

}  // namespace lectr::demo
