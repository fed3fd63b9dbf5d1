// OpenAI Responses: typed events with sequence numbers, the whole response in the last one.
#include <algorithm>

#include "app/demo/answer.hpp"
#include "app/demo/build_text.hpp"
#include "app/demo/filler.hpp"

namespace lectr::demo {
namespace {

std::string usage(const Ask& ask) {
  return concat("{\"input_tokens\":", ask.input_tokens(), ",\"input_tokens_details\":{\"cached_tokens\":", ask.cached_tokens(),
                "},\"output_tokens\":", ask.output_tokens(), ",\"output_tokens_details\":{\"reasoning_tokens\":", ask.reasoning_tokens(),
                "},\"total_tokens\":", ask.input_tokens() + ask.output_tokens(), "}");
}

// The response object around its output; `output` is the text of the array's inside.
std::string before_output(const Ask& ask, std::string_view status) {
  return concat("{\"id\":\"resp_", id_text(ask.number), "\",\"object\":\"response\",\"created_at\":", ask.created, ",\"status\":\"", status,
                R"(","background":false,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":null,"model":)",
                quoted(ask.answering), ",\"output\":[");
}
std::string after_output(std::string_view usage_json) {
  return concat(
      R"(],"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,"summary":null},"service_tier":"default","store":true,"temperature":1.0,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","usage":)",
      usage_json, R"(,"user":null,"metadata":{}})");
}

std::string message_start(const Ask& ask) {
  return concat(
      "{\"id\":\"msg_", id_text(ask.number),
      R"(","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":")");
}
constexpr std::string_view kMessageEnd = "\"}]}";

std::string function_call(const Ask& ask, std::string_view status, std::string_view arguments) {
  return concat("{\"id\":\"fc_", id_text(ask.number), "\",\"type\":\"function_call\",\"status\":\"", status, "\",\"arguments\":\"", arguments,
                "\",\"call_id\":\"call_", id_text(ask.number), "\",\"name\":", quoted(*ask.tool), "}");
}

std::string event(std::string_view type, std::size_t sequence, std::string_view rest) {
  return concat("event: ", type, "\ndata: {\"type\":\"", type, "\",\"sequence_number\":", sequence, ",", rest, "}\n\n");
}

// The same text as the deltas gave; a long line's text is not repeated, a real one would be.
std::string whole_text(const Ask& ask) {
  std::string text;
  for (std::size_t i = 0; i < ask.modes.chunks && text.size() < 64 * 1024; ++i) append_frame_text(text, i, ask.modes.chunk_bytes, ask.modes.utf8);
  return text;
}

void add_text_item(StreamPlan& plan, const Ask& ask, std::size_t& sequence) {
  const std::string item = concat("\"item_id\":\"msg_", id_text(ask.number), "\",\"output_index\":0,\"content_index\":0");
  plan.first.push_back(event("response.output_item.added", sequence++,
                             concat(R"("output_index":0,"item":{"id":"msg_)", id_text(ask.number),
                                    R"(","type":"message","status":"in_progress","content":[],"role":"assistant"})")));
  plan.first.push_back(
      event("response.content_part.added", sequence++, concat(item, R"(,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""})")));
  plan.deltas = ask.modes.chunks;
  plan.delta = [item, sequence, pad = ask.obfuscation](std::string& out, std::size_t i, std::string_view text) {
    out += event(
        "response.output_text.delta", sequence + i,
        concat(item, ",\"delta\":\"", text, "\",\"logprobs\":[]", pad ? concat(",\"obfuscation\":\"", std::string(1 + i % 16, 'q'), "\"") : ""));
  };
  sequence += plan.deltas;
  const std::string text = whole_text(ask);
  plan.last.push_back(event("response.output_text.done", sequence++, concat(item, ",\"text\":\"", text, "\",\"logprobs\":[]")));
  plan.last.push_back(event("response.content_part.done", sequence++,
                            concat(item, R"(,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":")", text, "\"}")));
  const std::string whole = concat(message_start(ask), text, kMessageEnd);
  plan.last.push_back(event("response.output_item.done", sequence++, concat("\"output_index\":0,\"item\":", whole)));
  plan.last.push_back(
      event("response.completed", sequence++, concat("\"response\":", before_output(ask, "completed"), whole, after_output(usage(ask)))));
}

void add_call_item(StreamPlan& plan, const Ask& ask, std::size_t& sequence) {
  constexpr std::string_view kWhole = R"({\"location\":\"Paris\"})";
  const std::string item = concat("\"item_id\":\"fc_", id_text(ask.number), "\",\"output_index\":0");
  plan.first.push_back(
      event("response.output_item.added", sequence++, concat("\"output_index\":0,\"item\":", function_call(ask, "in_progress", ""))));
  plan.deltas = std::size(kToolPieces);
  plan.text = false;
  plan.delta = [item, sequence](std::string& out, std::size_t i, std::string_view) {
    out += event("response.function_call_arguments.delta", sequence + i, concat(item, ",\"delta\":\"", kToolPieces[i], "\""));
  };
  sequence += plan.deltas;
  plan.last.push_back(event("response.function_call_arguments.done", sequence++, concat(item, ",\"arguments\":\"", kWhole, "\"")));
  const std::string whole = function_call(ask, "completed", kWhole);
  plan.last.push_back(event("response.output_item.done", sequence++, concat("\"output_index\":0,\"item\":", whole)));
  plan.last.push_back(
      event("response.completed", sequence++, concat("\"response\":", before_output(ask, "completed"), whole, after_output(usage(ask)))));
}

}  // namespace

Reply answer_responses(const Ask& ask) {
  Reply reply;
  if (!ask.stream) {
    reply.body.before = before_output(ask, "completed");
    if (ask.tool) {
      reply.body.before += function_call(ask, "completed", R"({\"location\":\"Paris\"})");
    } else {
      reply.body.before += message_start(ask);
      reply.body.fill = ask.text_bytes();
      reply.body.after = kMessageEnd;
    }
    reply.body.after += after_output(usage(ask));
    return reply;
  }
  reply.content_type = "text/event-stream; charset=utf-8";
  StreamPlan plan;
  std::size_t sequence = 0;
  const std::string started = concat("\"response\":", before_output(ask, "in_progress"), after_output("null"));
  plan.first.push_back(event("response.created", sequence++, started));
  plan.first.push_back(event("response.in_progress", sequence++, started));
  if (ask.tool)
    add_call_item(plan, ask, sequence);
  else
    add_text_item(plan, ask, sequence);
  plan.garbled = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\n\n";
  reply.stream = std::move(plan);
  return reply;
}

}  // namespace lectr::demo
