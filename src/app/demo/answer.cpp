#include "app/demo/answer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/demo/json_glance.hpp"
#include "lectr/base/text.hpp"

namespace lectr::demo {
namespace {

// The text of a multipart part, by its name (or its file name, with `attribute`); a small reader for well-formed uploads.
std::string_view multipart(std::string_view body, std::string_view name, std::string_view attribute = {}) noexcept {
  const std::string mark = std::string{"name=\""}.append(name).append("\"");
  std::size_t at = body.find(mark);
  while (at != body.npos && at > 0 && body[at - 1] != ' ' && body[at - 1] != ';') at = body.find(mark, at + 1);  // not inside filename="…"
  if (at == body.npos) return {};
  const std::size_t line_end = body.find("\r\n", at), head_end = body.find("\r\n\r\n", at);
  if (head_end == body.npos) return {};
  if (!attribute.empty()) {
    const std::string start = std::string{attribute}.append("=\"");
    const std::size_t found = body.substr(0, line_end).find(start, at);
    if (found == body.npos) return {};
    const std::size_t from = found + start.size();
    return body.substr(from, std::min(body.find('"', from), body.size()) - from);
  }
  const std::size_t end = body.find("\r\n--", head_end + 4);
  return end == body.npos ? std::string_view{} : body.substr(head_end + 4, end - head_end - 4);
}

// A model that was given tools calls the first one, unless it was told not to or already holds its result: so loops of SDKs end.
std::optional<std::string> wanted_tool(std::string_view body, const Ask& ask) {
  const std::string_view raw = glance(body, "tools");
  if (raw.size() < 3 || raw.front() != '[') return std::nullopt;
  if (glance_text(body, "tool_choice") == "none") return std::nullopt;
  for (const char* result : {"\"tool_call_id\"", "\"tool_result\"", "\"functionResponse\"", "\"function_response\"", "\"function_call_output\""})
    if (body.find(result) != body.npos) return std::nullopt;
  const auto tools = nlohmann::json::parse(raw, nullptr, false);
  if (!tools.is_array() || tools.empty() || !tools[0].is_object()) return std::nullopt;
  const auto& first = tools[0];
  const auto name_in = [](const nlohmann::json& holder) -> std::optional<std::string> {
    if (holder.is_object() && holder.contains("name") && holder["name"].is_string()) return holder["name"].get<std::string>();
    return std::nullopt;
  };
  if (ask.route.dialect == Dialect::gemini) {
    for (const char* key : {"functionDeclarations", "function_declarations"})
      if (first.contains(key) && first[key].is_array() && !first[key].empty()) return name_in(first[key][0]);
    return std::nullopt;
  }
  return first.contains("function") ? name_in(first["function"]) : name_in(first);
}

void read_multipart(Ask& ask, std::string_view body) {
  ask.model = multipart(body, "model");
  ask.filename = multipart(body, "file", "filename");
  ask.purpose = multipart(body, "purpose");
  ask.format = multipart(body, "response_format");
  ask.stream = multipart(body, "stream") == "true";
}

void read_json(Ask& ask, std::string_view body) {
  ask.model = glance_text(body, "model");
  ask.stream = glance_true(body, "stream");
  const std::string_view stream_options = glance(body, "stream_options");
  ask.include_usage = glance_true(stream_options, "include_usage");
  ask.obfuscation = glance(stream_options, "include_obfuscation") != "false";
  ask.tool = wanted_tool(body, ask);
  if (ask.route.operation != Operation::embeddings) return;
  ask.inputs = count_inputs(glance(body, "input"));
  ask.dimensions = glance_int(body, "dimensions").value_or(0);
  ask.base64 = glance_text(body, "encoding_format") == "base64";
}

}  // namespace

long Ask::input_tokens() const noexcept { return modes.tokens_input.value_or(std::max<long>(1, static_cast<long>(body_bytes / 4))); }

long Ask::output_tokens() const noexcept {
  if (modes.tokens_output) return *modes.tokens_output;
  if (tool) return static_cast<long>(std::size(kToolPieces));
  return stream ? static_cast<long>(modes.chunks) : std::max<long>(1, static_cast<long>(text_bytes() / 4));
}

long Ask::output_tokens(std::size_t frames) const noexcept {
  const long share = output_tokens() * static_cast<long>(frames) / std::max(1L, static_cast<long>(modes.chunks));
  return std::min(std::max(1L, share), output_tokens());
}

Ask make_ask(const MockRequest& request, Route route, std::uint64_t number, std::int64_t created) {
  Ask ask;
  ask.route = std::move(route);
  ask.modes = read_modes(request);
  ask.number = number;
  ask.created = created;
  ask.method = request.method;
  ask.body_bytes = request.body.length();
  const std::string_view body = request.body.kept();
  if (istarts_with(request.header("content-type"), "multipart/"))
    read_multipart(ask, body);
  else if (!body.empty())
    read_json(ask, body);
  if (!ask.route.model.empty()) ask.model = ask.route.model;
  if (ask.route.operation == Operation::stream_generate) ask.stream = true;
  ask.alt_sse = request.query("alt") == "sse";
  add_model_suffix(ask.modes, ask.model);
  const std::string_view other = request.header("x-mock-model");
  ask.answering = other.empty() ? ask.model : std::string{other};
  return ask;
}

Reply answer(const Ask& ask) {
  if (ask.modes.status != 0 && ask.modes.status != 200) return error_reply(ask, ask.modes.status);
  switch (ask.route.operation) {
    case Operation::chat: return answer_chat(ask);
    case Operation::completions: return answer_completions(ask);
    case Operation::responses: return answer_responses(ask);
    case Operation::messages: return answer_messages(ask);
    case Operation::count_tokens: return answer_count_tokens(ask);
    case Operation::generate:
    case Operation::stream_generate: return answer_generate(ask);
    case Operation::count_gemini_tokens:
    case Operation::embed_content: return answer_gemini_other(ask);
    case Operation::embeddings: return answer_embeddings(ask);
    case Operation::models:
    case Operation::model: return answer_models(ask);
    case Operation::images: return answer_images(ask);
    case Operation::speech: return answer_speech(ask);
    case Operation::transcriptions: return answer_transcriptions(ask);
    case Operation::moderations: return answer_moderations(ask);
    case Operation::files:
    case Operation::file:
    case Operation::file_content: return answer_files(ask);
    case Operation::collection: return answer_collection(ask);
    case Operation::realtime: return error_reply(ask, 400, "Expected a WebSocket upgrade.");
    case Operation::control:
    case Operation::unknown: break;
  }
  return error_reply(ask, 404, "Unknown request URL.");
}

}  // namespace lectr::demo
