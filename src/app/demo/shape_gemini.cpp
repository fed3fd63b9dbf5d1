// Gemini's native API. Streams are SSE with CRLF blank lines when asked with alt=sse, one JSON array that grows otherwise.
#include <algorithm>

#include "app/demo/answer.hpp"
#include "app/demo/build_text.hpp"

namespace lectr::demo {
namespace {

// Cumulative; thoughts are counted outside of candidates.
std::string usage(const Ask& ask, long output) {
  const long visible = std::max(0L, output - ask.reasoning_tokens());
  std::string out = concat("{\"promptTokenCount\": ", ask.input_tokens(), ",\"candidatesTokenCount\": ", visible,
                           ",\"totalTokenCount\": ", ask.input_tokens() + output);
  if (ask.cached_tokens() > 0) cat(out, ",\"cachedContentTokenCount\": ", ask.cached_tokens());
  if (ask.reasoning_tokens() > 0) cat(out, ",\"thoughtsTokenCount\": ", ask.reasoning_tokens());
  return concat(out, ",\"promptTokensDetails\": [{\"modality\": \"TEXT\",\"tokenCount\": ", ask.input_tokens(), "}]}");
}

std::string function_part(const Ask& ask) {
  return concat("{\"functionCall\": {\"name\": ", quoted(*ask.tool), ",\"args\": {\"location\": \"Paris\"}}}");
}

constexpr std::string_view kTextStart = "{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"";
constexpr std::string_view kPartsStart = "{\"candidates\": [{\"content\": {\"parts\": [";

std::string after_parts(const Ask& ask, std::string_view finish, long output) {
  return concat("],\"role\": \"model\"}", finish, ",\"index\": 0}],\"usageMetadata\": ", usage(ask, output),
                ",\"modelVersion\": ", quoted(ask.answering), ",\"responseId\": \"", id_text(ask.number), "\"}");
}

StreamPlan generate_stream(const Ask& ask) {
  constexpr std::string_view kStop = ",\"finishReason\": \"STOP\"";
  const bool sse = ask.alt_sse;
  StreamPlan plan;
  plan.text = !ask.tool;
  plan.deltas = ask.tool ? 1 : std::max(1u, ask.modes.chunks);
  plan.delta = [ask, sse, count = plan.deltas, kStop](std::string& out, std::size_t i, std::string_view text) {
    out += sse ? "data: " : i == 0 ? "[" : ",\r\n";
    if (ask.tool)
      cat(out, kPartsStart, function_part(ask));
    else
      cat(out, kTextStart, text, "\"}");
    const bool last = i + 1 == count;
    cat(out, after_parts(ask, last ? kStop : std::string_view{}, last ? ask.output_tokens() : ask.output_tokens(i + 1)), sse ? "\r\n\r\n" : "");
  };
  if (!sse) plan.last.push_back("]\r\n");
  plan.garbled = sse ? "data: {\"candidates\": [{\"content\":\r\n\r\n" : ",\r\n{\"candidates\": }";
  return plan;
}

}  // namespace

Reply answer_generate(const Ask& ask) {
  Reply reply;
  if (ask.stream) {
    reply.content_type = ask.alt_sse ? "text/event-stream" : "application/json; charset=UTF-8";
    reply.stream = generate_stream(ask);
    return reply;
  }
  reply.content_type = "application/json; charset=UTF-8";
  const std::string tail = after_parts(ask, ",\"finishReason\": \"STOP\"", ask.output_tokens());
  if (ask.tool)
    reply.body = {concat(kPartsStart, function_part(ask), tail, "\n"), 0, {}};
  else
    reply.body = {std::string{kTextStart}, ask.text_bytes(), concat("\"}", tail, "\n")};
  return reply;
}

Reply answer_gemini_other(const Ask& ask) {
  Reply reply;
  reply.content_type = "application/json; charset=UTF-8";
  if (ask.route.operation == Operation::count_gemini_tokens)
    reply.body.before = concat("{\"totalTokens\": ", ask.input_tokens(), "}\n");
  else
    reply.body.before = "{\"embedding\": {\"values\": [0.013, -0.021, 0.034, 0.008]}}\n";
  return reply;
}

}  // namespace lectr::demo
