// Files, audio: what goes up as multipart and what comes down as bytes.
#include "app/demo/answer.hpp"
#include "app/demo/build_text.hpp"

namespace lectr::demo {
namespace {

std::string file_object(const Ask& ask, std::string_view id, std::size_t bytes) {
  return concat("{\"object\":\"file\",\"id\":", quoted(id), ",\"purpose\":", quoted(ask.purpose.empty() ? "user_data" : ask.purpose),
                ",\"filename\":", quoted(ask.filename.empty() ? "mock.jsonl" : ask.filename), ",\"bytes\":", bytes, ",\"created_at\":", ask.created,
                R"(,"expires_at":null,"status":"processed","status_details":null})");
}

}  // namespace

Reply answer_files(const Ask& ask) {
  Reply reply;
  const std::string fresh = "file-" + id_text(ask.number);
  if (ask.route.operation == Operation::file_content) {
    reply.content_type = "application/octet-stream";
    reply.headers = "content-disposition: attachment; filename=\"mock.jsonl\"\r\n";
    reply.body.fill = ask.modes.bytes.value_or(1024);
  } else if (ask.route.operation == Operation::file) {
    if (ask.method == "DELETE")
      reply.body.before = concat(R"({"object":"file","deleted":true,"id":)", quoted(ask.route.id), "}");
    else
      reply.body.before = file_object(ask, ask.route.id, 1024);
  } else if (ask.method == "POST") {
    reply.body.before = file_object(ask, fresh, ask.body_bytes);
  } else {
    reply.body.before = concat(R"({"object":"list","data":[)", file_object(ask, fresh, 1024), "],\"first_id\":\"", fresh, "\",\"last_id\":\"", fresh,
                               "\",\"has_more\":false}");
  }
  return reply;
}

Reply answer_speech(const Ask& ask) {
  Reply reply;
  reply.content_type = "audio/mpeg";
  StreamPlan plan;
  plan.deltas = ask.modes.chunks;
  // MPEG frame sync, then every byte value: nothing on the way may take it for text.
  plan.delta = [bytes = ask.modes.chunk_bytes == 0 ? std::size_t{1024} : ask.modes.chunk_bytes](std::string& out, std::size_t i, std::string_view) {
    out += "\xFF\xFB\x90\x44";
    for (std::size_t k = 4; k < bytes; ++k) out += static_cast<char>((k * 7 + i) & 0xFF);
  };
  plan.text = false;
  plan.garbled = std::string(64, '\0');
  reply.stream = std::move(plan);
  return reply;
}

Reply answer_transcriptions(const Ask& ask) {
  Reply reply;
  constexpr std::string_view kUsage =
      R"({"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":0,"audio_tokens":14},"output_tokens":45,"total_tokens":59})";
  if (ask.format == "text") {
    reply.content_type = "text/plain; charset=utf-8";
    reply.body.fill = ask.text_bytes();
    return reply;
  }
  if (!ask.stream) {
    reply.body = {"{\"text\":\"", ask.text_bytes(), concat("\",\"usage\":", kUsage, "}")};
    return reply;
  }
  reply.content_type = "text/event-stream; charset=utf-8";
  StreamPlan plan;
  plan.deltas = ask.modes.chunks;
  plan.delta = [](std::string& out, std::size_t, std::string_view text) {
    cat(out, "data: {\"type\":\"transcript.text.delta\",\"delta\":\"", text, "\"}\n\n");
  };
  plan.last.push_back(concat("data: {\"type\":\"transcript.text.done\",\"text\":\"Sure, here.\",\"usage\":", kUsage, "}\n\n"));
  plan.garbled = "data: {\"type\":\n\n";
  reply.stream = std::move(plan);
  return reply;
}

}  // namespace lectr::demo
