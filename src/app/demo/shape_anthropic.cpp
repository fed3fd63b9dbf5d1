#include "app/demo/answer.hpp"
#include "app/demo/build_text.hpp"

namespace lectr::demo {
namespace {

// Input counts are disjoint here: what the cache gave is not in input_tokens.
std::string usage(const Ask& ask, long output) {
  std::string out = concat("{\"input_tokens\":", ask.input_tokens() - ask.cached_tokens(),
                           ",\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":", ask.cached_tokens(),
                           ",\"cache_creation\":{\"ephemeral_5m_input_tokens\":0,\"ephemeral_1h_input_tokens\":0},\"output_tokens\":", output);
  if (ask.reasoning_tokens() > 0) cat(out, ",\"output_tokens_details\":{\"thinking_tokens\":", ask.reasoning_tokens(), "}");
  return out + ",\"service_tier\":\"standard\"}";
}

std::string message_start(const Ask& ask) {
  return concat("{\"id\":\"msg_", id_text(ask.number), "\",\"type\":\"message\",\"role\":\"assistant\",\"model\":", quoted(ask.answering),
                ",\"content\":[");
}

std::string event(std::string_view type, std::string_view rest) {
  return concat("event: ", type, "\ndata: {\"type\":\"", type, "\"", rest.empty() ? "" : ",", rest, "}\n\n");
}

std::string tool_use(const Ask& ask, std::string_view input) {
  return concat("{\"type\":\"tool_use\",\"id\":\"toolu_", id_text(ask.number), "\",\"name\":", quoted(*ask.tool), ",\"input\":", input, "}");
}

StreamPlan message_stream(const Ask& ask) {
  StreamPlan plan;
  plan.first.push_back(event(
      "message_start", concat("\"message\":", message_start(ask), "],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":", usage(ask, 1), "}")));
  plan.first.push_back(
      event("content_block_start", concat("\"index\":0,\"content_block\":", ask.tool ? tool_use(ask, "{}") : R"({"type":"text","text":""})")));
  plan.first.push_back(event("ping", ""));
  plan.text = !ask.tool;
  plan.deltas = ask.tool ? std::size(kToolPieces) : ask.modes.chunks;
  plan.delta = [tool = ask.tool.has_value()](std::string& out, std::size_t i, std::string_view text) {
    cat(out, "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{",
        tool ? "\"type\":\"input_json_delta\",\"partial_json\":\"" : "\"type\":\"text_delta\",\"text\":\"", tool ? kToolPieces[i] : text, "\"}}\n\n");
  };
  plan.last.push_back(event("content_block_stop", "\"index\":0"));
  plan.last.push_back(event("message_delta", concat("\"delta\":{\"stop_reason\":\"", ask.tool ? "tool_use" : "end_turn",
                                                    "\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":", ask.output_tokens(), "}")));
  plan.last.push_back(event("message_stop", ""));
  plan.garbled = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":\n\n";
  return plan;
}

}  // namespace

Reply answer_messages(const Ask& ask) {
  Reply reply;
  if (ask.stream) {
    reply.content_type = "text/event-stream; charset=utf-8";
    reply.headers = "cache-control: no-cache\r\n";
    reply.stream = message_stream(ask);
    return reply;
  }
  reply.body.before = message_start(ask);
  if (ask.tool) {
    reply.body.before += tool_use(ask, R"({"location":"Paris"})");
  } else {
    reply.body.before += R"({"type":"text","text":")";
    reply.body.fill = ask.text_bytes();
    reply.body.after = "\"}";
  }
  cat(reply.body.after, "],\"stop_reason\":\"", ask.tool ? "tool_use" : "end_turn",
      "\",\"stop_sequence\":null,\"usage\":", usage(ask, ask.output_tokens()), "}");
  return reply;
}

Reply answer_count_tokens(const Ask& ask) {
  Reply reply;
  reply.body.before = concat("{\"input_tokens\":", ask.input_tokens(), "}");
  return reply;
}

}  // namespace lectr::demo
