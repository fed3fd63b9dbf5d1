#include <algorithm>

#include "app/demo/answer.hpp"
#include "app/demo/build_text.hpp"

namespace lectr::demo {
namespace {

// A vector of n floats, as text (0.0123, -0.0456, …) or as the little-endian base64 that SDKs ask for (0.5, -0.25, …).
std::string vector_text(long n, bool base64) {
  if (!base64) {
    std::string out = "[";
    for (long i = 0; i < n; ++i) cat(out, i == 0 ? "" : ",", i % 2 == 0 ? "0.0123" : "-0.0456");
    return out + "]";
  }
  std::string raw;
  for (long i = 0; i < n; ++i) raw.append(i % 2 == 0 ? std::string_view{"\x00\x00\x00\x3F", 4} : std::string_view{"\x00\x00\x80\xBE", 4});
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out = "\"";
  for (std::size_t i = 0; i < raw.size(); i += 3) {
    const auto byte = [&](std::size_t k) { return i + k < raw.size() ? static_cast<unsigned>(static_cast<unsigned char>(raw[i + k])) : 0u; };
    const unsigned bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    out += kAlphabet[bits >> 18];
    out += kAlphabet[bits >> 12 & 63];
    out += i + 1 < raw.size() ? kAlphabet[bits >> 6 & 63] : '=';
    out += i + 2 < raw.size() ? kAlphabet[bits & 63] : '=';
  }
  return out + "\"";
}

struct ListedModel {
  Dialect dialect;
  std::string_view id, owner;
};
constexpr ListedModel kModels[] = {
    {Dialect::openai, "gpt-5-mini", "system"},
    {Dialect::openai, "gpt-4o-mini", "system"},
    {Dialect::openai, "text-embedding-3-small", "system"},
    {Dialect::anthropic, "claude-haiku-4-5", ""},
    {Dialect::anthropic, "claude-sonnet-5", ""},
    {Dialect::gemini, "gemini-2.5-flash", "google"},
    {Dialect::gemini, "gemini-2.5-pro", "google"},
    {Dialect::groq, "llama-3.3-70b-versatile", "Meta"},
    {Dialect::groq, "llama-3.1-8b-instant", "Meta"},
};

std::string model_object(const Ask& ask, std::string_view id, std::string_view owner) {
  if (ask.route.dialect == Dialect::anthropic)
    return concat("{\"type\":\"model\",\"id\":", quoted(id), ",\"display_name\":", quoted(id), ",\"created_at\":\"2026-01-01T00:00:00Z\"}");
  if (ask.route.dialect == Dialect::gemini)
    return concat("{\"name\": ", quoted(concat("models/", id)), ",\"version\": \"001\",\"displayName\": ", quoted(id),
                  ",\"inputTokenLimit\": 1048576,\"outputTokenLimit\": 65536,\"supportedGenerationMethods\": [\"generateContent\"]}");
  return concat("{\"id\":", quoted(id), ",\"object\":\"model\",\"created\":1735689600,\"owned_by\":", quoted(owner), "}");
}

Dialect list_of(Dialect dialect) noexcept {
  if (dialect == Dialect::azure) return Dialect::openai;
  return dialect == Dialect::gemini_openai ? Dialect::gemini : dialect;
}

}  // namespace

Reply answer_embeddings(const Ask& ask) {
  Reply reply;
  const long dimensions = ask.dimensions > 0 ? std::min(ask.dimensions, 4096L) : 1536;
  const std::string vector = vector_text(dimensions, ask.base64);
  std::string& out = reply.body.before;
  out = R"({"object":"list","data":[)";
  for (std::size_t i = 0; i < std::min<std::size_t>(ask.inputs, 2048); ++i)
    cat(out, i == 0 ? "" : ",", "{\"object\":\"embedding\",\"index\":", i, ",\"embedding\":", vector, "}");
  cat(out, "],\"model\":", quoted(ask.answering), ",\"usage\":{\"prompt_tokens\":", ask.input_tokens(), ",\"total_tokens\":", ask.input_tokens(),
      "}}");
  return reply;
}

Reply answer_models(const Ask& ask) {
  Reply reply;
  std::string& out = reply.body.before;
  if (ask.route.operation == Operation::model) {
    if (ask.method == "DELETE")
      out = concat("{\"id\":", quoted(ask.route.id), ",\"object\":\"model\",\"deleted\":true}");
    else
      out = model_object(ask, ask.route.id, "system");
    return reply;
  }
  const bool gemini = ask.route.dialect == Dialect::gemini, anthropic = ask.route.dialect == Dialect::anthropic;
  out = gemini ? "{\"models\": [" : anthropic ? "{\"data\":[" : R"({"object":"list","data":[)";
  bool first = true;
  for (const ListedModel& m : kModels)
    if (m.dialect == list_of(ask.route.dialect)) {
      cat(out, first ? "" : ",", model_object(ask, m.id, m.owner));
      first = false;
    }
  out += anthropic ? R"(],"has_more":false,"first_id":"claude-haiku-4-5","last_id":"claude-sonnet-5"})" : "]}";
  return reply;
}

Reply answer_images(const Ask& ask) {
  constexpr std::string_view kPixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  Reply reply;
  const long input = ask.input_tokens(), output = ask.modes.tokens_output.value_or(272);
  reply.body.before = concat("{\"created\":", ask.created, R"(,"background":"opaque","data":[{"b64_json":")", kPixel,
                             R"("}],"output_format":"png","quality":"low","size":"1024x1024","usage":{"input_tokens":)", input,
                             ",\"input_tokens_details\":{\"image_tokens\":0,\"text_tokens\":", input, "},\"output_tokens\":", output,
                             ",\"total_tokens\":", input + output, "}}");
  return reply;
}

Reply answer_moderations(const Ask& ask) {
  constexpr std::string_view kKinds[] = {"harassment",
                                         "harassment/threatening",
                                         "hate",
                                         "hate/threatening",
                                         "illicit",
                                         "illicit/violent",
                                         "self-harm",
                                         "self-harm/instructions",
                                         "self-harm/intent",
                                         "sexual",
                                         "sexual/minors",
                                         "violence",
                                         "violence/graphic"};
  const auto object = [&](std::string_view value) {
    std::string out = "{";
    for (const std::string_view kind : kKinds) cat(out, out.size() > 1 ? "," : "", "\"", kind, "\":", value);
    return out + "}";
  };
  Reply reply;
  reply.body.before =
      concat("{\"id\":\"modr-", id_text(ask.number), "\",\"model\":", quoted(ask.answering.empty() ? "omni-moderation-latest" : ask.answering),
             ",\"results\":[{\"flagged\":false,\"categories\":", object("false"), ",\"category_scores\":", object("0.0001"),
             ",\"category_applied_input_types\":", object("[\"text\"]"), "}]}");
  return reply;
}

Reply answer_collection(const Ask& ask) {
  Reply reply;
  if (ask.method == "GET")
    reply.body.before = R"({"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false})";
  else
    reply.body.before = concat("{\"id\":\"", ask.route.id, "_", id_text(ask.number), "\",\"object\":\"", ask.route.id,
                               "\",\"created_at\":", ask.created, ",\"status\":\"completed\",\"metadata\":{}}");
  return reply;
}

}  // namespace lectr::demo
