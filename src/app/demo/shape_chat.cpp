// Chat completions and the older completions: OpenAI, and Groq, Azure, Gemini's compatible path where they differ.
#include "app/demo/answer.hpp"
#include "app/demo/build_text.hpp"

namespace lectr::demo {
namespace {

constexpr std::string_view kFilter =
    R"({"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}})";
constexpr std::string_view kPadding = "k3J9fQ2mX7pLr5TzB8nW";  // obfuscation comes in varying lengths, so that sizes tell nothing

bool is(const Ask& ask, Dialect dialect) noexcept { return ask.route.dialect == dialect; }

// Up to and with the opening bracket of choices.
std::string envelope(const Ask& ask, std::string_view object, std::string_view id_prefix) {
  std::string out = concat("{\"id\":\"", id_prefix, id_text(ask.number), "\",\"object\":\"", object, "\",\"created\":", ask.created,
                           ",\"model\":", quoted(ask.answering));
  if (is(ask, Dialect::openai)) out += ",\"service_tier\":\"default\"";
  if (!is(ask, Dialect::gemini_openai)) out += ",\"system_fingerprint\":\"fp_44709d6fcb\"";
  return out + ",\"choices\":[";
}

// What follows the choices of content frame number `seen` (from 1; 0: a frame around the content).
void close_chunk(std::string& out, const Ask& ask, std::size_t seen) {
  out += ']';
  if (is(ask, Dialect::gemini_openai)) cat(out, ",\"usage\":", chat_usage(ask, ask.output_tokens(seen)));
  if (ask.include_usage && (is(ask, Dialect::openai) || is(ask, Dialect::azure))) out += ",\"usage\":null";
  if (ask.obfuscation && is(ask, Dialect::openai)) cat(out, ",\"obfuscation\":\"", kPadding.substr(0, 3 + seen * 7 % (kPadding.size() - 3)), "\"");
  out += "}\n\n";
}

std::string chunk(const Ask& ask, const std::string& start, std::string_view delta, std::string_view finish, std::size_t seen = 0) {
  std::string out = concat("data: ", start, "{\"index\":0,\"delta\":", delta);
  if (!is(ask, Dialect::gemini_openai)) out += ",\"logprobs\":null";
  cat(out, ",\"finish_reason\":", finish, "}");
  close_chunk(out, ask, seen);
  return out;
}

std::string tool_call(const Ask& ask, std::string_view arguments) {
  return concat("{\"id\":\"call_", id_text(ask.number), "\",\"type\":\"function\",\"function\":{\"name\":", quoted(*ask.tool), ",\"arguments\":\"",
                arguments, "\"}}");
}

void add_last_frames(StreamPlan& plan, const Ask& ask, const std::string& start) {
  const std::string_view finish = ask.tool ? "\"tool_calls\"" : "\"stop\"";
  if (is(ask, Dialect::groq))  // its usage is always there, in a place of its own
    plan.last.push_back(concat("data: ", start, "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":", finish,
                               "}],\"x_groq\":{\"id\":\"req_", id_text(ask.number), "\",\"usage\":", chat_usage(ask, ask.output_tokens()), "}}\n\n"));
  else
    plan.last.push_back(chunk(ask, start, "{}", finish, ask.modes.chunks));
  if (ask.include_usage && !is(ask, Dialect::gemini_openai)) {
    std::string usage = concat("data: ", start, "],\"usage\":", chat_usage(ask, ask.output_tokens()));
    if (ask.obfuscation && is(ask, Dialect::openai)) usage += ",\"obfuscation\":\"a\"";
    plan.last.push_back(usage + "}\n\n");
  }
  plan.last.push_back("data: [DONE]\n\n");
}

StreamPlan chat_stream(const Ask& ask) {
  const std::string start = envelope(ask, "chat.completion.chunk", "chatcmpl-");
  StreamPlan plan;
  if (is(ask, Dialect::azure))
    plan.first.push_back(concat(
        R"(data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":)",
        kFilter, "}]}\n\n"));
  if (ask.tool) {
    std::string call = tool_call(ask, "");
    call.insert(1, "\"index\":0,");
    plan.first.push_back(chunk(ask, start, concat("{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[", call, "]}"), "null"));
    plan.deltas = std::size(kToolPieces);
    plan.text = false;
    plan.delta = [ask, start](std::string& out, std::size_t i, std::string_view) {
      out += chunk(ask, start, concat("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"", kToolPieces[i], "\"}}]}"), "null", i + 1);
    };
  } else {
    std::string role = chunk(ask, start, R"({"role":"assistant","content":"","refusal":null})", "null");
    if (is(ask, Dialect::groq)) role.insert(role.rfind('}'), concat(",\"x_groq\":{\"id\":\"req_", id_text(ask.number), "\"}"));
    plan.first.push_back(std::move(role));
    plan.deltas = ask.modes.chunks;
    plan.delta = [ask, start](std::string& out, std::size_t i, std::string_view text) {
      cat(out, "data: ", start, "{\"index\":0,\"delta\":{\"content\":\"", text, is(ask, Dialect::gemini_openai) ? "\"}" : "\"},\"logprobs\":null",
          ",\"finish_reason\":null}");
      close_chunk(out, ask, i + 1);
    };
  }
  add_last_frames(plan, ask, start);
  plan.garbled = concat("data: ", start, "{\"index\":0,\"delta\":{\"content\":\"oops\n\n");
  return plan;
}

}  // namespace

std::string chat_usage(const Ask& ask, long output) {
  const long input = ask.input_tokens();
  std::string out = "{";
  if (is(ask, Dialect::groq)) out += "\"queue_time\":0.018,";
  cat(out, "\"prompt_tokens\":", input, ",");
  if (is(ask, Dialect::groq)) out += "\"prompt_time\":0.002,";
  cat(out, "\"completion_tokens\":", output, ",");
  if (is(ask, Dialect::groq)) out += "\"completion_time\":0.031,";
  cat(out, "\"total_tokens\":", input + output);
  if (is(ask, Dialect::groq)) {
    out += ",\"total_time\":0.033";
    if (ask.cached_tokens() > 0) cat(out, ",\"prompt_tokens_details\":{\"cached_tokens\":", ask.cached_tokens(), "}");
    if (ask.reasoning_tokens() > 0) cat(out, ",\"completion_tokens_details\":{\"reasoning_tokens\":", ask.reasoning_tokens(), "}");
    return out + "}";
  }
  if (is(ask, Dialect::gemini_openai)) return out + "}";
  return concat(out, ",\"prompt_tokens_details\":{\"cached_tokens\":", ask.cached_tokens(),
                ",\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":", ask.reasoning_tokens(),
                ",\"audio_tokens\":0,\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}");
}

Reply answer_chat(const Ask& ask) {
  Reply reply;
  if (ask.stream) {
    reply.content_type = is(ask, Dialect::openai) ? "text/event-stream; charset=utf-8" : "text/event-stream";
    reply.stream = chat_stream(ask);
    return reply;
  }
  std::string before = envelope(ask, "chat.completion", "chatcmpl-");
  std::string after;
  if (ask.tool) {
    cat(before, R"({"index":0,"message":{"role":"assistant","content":null,"tool_calls":[)", tool_call(ask, R"({\"location\":\"Paris\"})"),
        R"(],"refusal":null,"annotations":[]})");
  } else {
    before += R"({"index":0,"message":{"role":"assistant","content":")";
    reply.body.fill = ask.text_bytes();
    after = R"(","refusal":null,"annotations":[]})";
  }
  cat(after, ",\"logprobs\":null,\"finish_reason\":", ask.tool ? "\"tool_calls\"" : "\"stop\"");
  if (is(ask, Dialect::azure)) cat(after, ",\"content_filter_results\":", kFilter);
  cat(after, "}],\"usage\":", chat_usage(ask, ask.output_tokens()));
  if (is(ask, Dialect::groq)) cat(after, ",\"x_groq\":{\"id\":\"req_", id_text(ask.number), "\"}");
  if (is(ask, Dialect::azure)) cat(after, ",\"prompt_filter_results\":[{\"prompt_index\":0,\"content_filter_results\":", kFilter, "}]");
  reply.body.before = std::move(before);
  reply.body.after = after + "}";
  return reply;
}

Reply answer_completions(const Ask& ask) {
  Reply reply;
  const std::string start = envelope(ask, "text_completion", "cmpl-");
  const auto frame = [ask, start](std::string& out, std::string_view text, std::string_view finish) {
    cat(out, "data: ", start, "{\"text\":\"", text, "\",\"index\":0,\"logprobs\":null,\"finish_reason\":", finish, "}]",
        ask.include_usage ? ",\"usage\":null" : "", "}\n\n");
  };
  if (!ask.stream) {
    reply.body = {start + "{\"text\":\"", ask.text_bytes(),
                  concat("\",\"index\":0,\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":", chat_usage(ask, ask.output_tokens()), "}")};
    return reply;
  }
  reply.content_type = "text/event-stream";
  StreamPlan plan;
  plan.deltas = ask.modes.chunks;
  plan.delta = [frame](std::string& out, std::size_t, std::string_view text) { frame(out, text, "null"); };
  frame(plan.last.emplace_back(), "", "\"stop\"");
  if (ask.include_usage) plan.last.push_back(concat("data: ", start, "],\"usage\":", chat_usage(ask, ask.output_tokens()), "}\n\n"));
  plan.last.push_back("data: [DONE]\n\n");
  plan.garbled = concat("data: ", start, "{\"text\":\n\n");
  reply.stream = std::move(plan);
  return reply;
}

}  // namespace lectr::demo
