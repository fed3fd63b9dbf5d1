// What looking at passing bytes costs: ns per input and MB/s, one thread, the best of 100 short runs of each case: other work on the machine disturbs that least.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

#include "lectr/wire/endpoint.hpp"
#include "lectr/wire/meter.hpp"
#include "lectr/wire/peek.hpp"
#include "wire/json_scan.hpp"

namespace {

using namespace lectr::wire;

volatile std::size_t sink;  // keeps results alive
std::string_view only;      // argument: cases whose names contain it

template <class Work>
void measure(const char* name, std::size_t bytes, Work work) {
  if (std::string_view{name}.find(only) == std::string_view::npos) return;
  using Clock = std::chrono::steady_clock;
  double best = 1e30;
  const std::size_t rounds = std::max<std::size_t>(1, 2'000'000 / (bytes + 100));
  for (int run = 0; run < 100; ++run) {
    const auto start = Clock::now();
    for (std::size_t i = 0; i < rounds; ++i) work();
    best = std::min(best, std::chrono::duration<double, std::nano>(Clock::now() - start).count() / static_cast<double>(rounds));
  }
  std::printf("%-34s %9zu bytes %12.1f ns %9.0f MB/s\n", name, bytes, best, static_cast<double>(bytes) * 1e3 / best);
}

struct Nothing {
  void on_string(std::uint8_t, std::string_view, std::uint64_t, std::uint64_t) noexcept {}
  void on_number(std::uint8_t, std::string_view) noexcept {}
  void on_literal(std::uint8_t, char) noexcept {}
  void on_open(std::uint8_t, bool) noexcept {}
  void on_close(std::uint8_t) noexcept {}
  TextCount& text_count(std::uint8_t) noexcept { return text; }
  TextCount text{};
};

std::string chat_body(std::size_t size) {
  std::string body = R"({"model":"gpt-6.1-sol","messages":[{"role":"system","content":"You are a helpful assistant."},{"role":"user","content":")";
  const std::string end = R"("}],"stream":true,"stream_options":{"include_usage":true},"temperature":0.2,"max_completion_tokens":512})";
  while (body.size() + end.size() < size) body += "Please summarise this paragraph in plain words.\\n";
  return body + end;
}

std::string dense_json(std::size_t size) {
  std::string body = "[";
  for (int i = 0; body.size() < size; ++i)
    body += R"({"id":)" + std::to_string(i * 7919 % 100003) + R"(,"ok":true,"xy":[)" + std::to_string(i % 97) + R"(,-0.25,null],"name":"n)" +
            std::to_string(i) + R"("},)";
  body.back() = ']';
  return body;
}

void peek(const std::string& body) {
  static RequestPeek peek;
  peek.start(BodyModel::json, "application/json");
  peek.feed(body);
  peek.finish();
  sink = peek.seen().model_end;
}

void bench_scanner() {
  static constexpr PathSpec kSpecs[] = {{"model", 1}};
  static constexpr auto kPaths = compile_paths<8>(kSpecs);
  const auto scan = [](const std::string& text) {
    JsonScan json;
    Nothing nothing;
    json.reset(kPaths.data());
    json.feed(text, nothing);
    if (!json.closed()) std::puts("not JSON");
    sink = json.offset();
  };
  const std::string ascii = "\"" + std::string(1 << 20, 'x') + "\"", dense = dense_json(1 << 20);
  std::string lines = "\"";
  while (lines.size() < 1 << 20) lines += "some line of a program that is sent as a prompt;\\n";
  lines += '"';
  std::string escaped = "\"";
  while (escaped.size() < 1 << 20) escaped += "\\u65e5\\u672c\\u8a9e";
  escaped += '"';
  measure("scan long string", ascii.size(), [&] { scan(ascii); });
  measure("scan string with line ends", lines.size(), [&] { scan(lines); });
  measure("scan string of \\u escapes", escaped.size(), [&] { scan(escaped); });
  measure("scan dense JSON", dense.size(), [&] { scan(dense); });
}

void bench_meter() {
  const std::string chunk =
      R"({"id":"chatcmpl-9xYz","object":"chat.completion.chunk","created":1790000000,"model":"gpt-6.1-sol","choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}],"usage":null})";
  const std::string anthropic = R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" token"}})";
  const auto stream = [](Api api, const char* name, const std::string& event) {
    ResponseMeter meter;
    meter.start(api, BodyKind::sse, 200);
    meter.feed(event);
    measure(name, event.size(), [&] { meter.feed(event); });
    sink = static_cast<std::size_t>(meter.seen().measured.total());
    if (meter.seen().malformed || meter.seen().measured.total() == 0) std::puts("not metered");
  };
  stream(Api::openai_chat, "meter chat chunk", "data: " + chunk + "\n\n");
  stream(Api::anthropic_messages, "meter anthropic delta", "event: content_block_delta\ndata: " + anthropic + "\n\n");
  std::string packet;
  for (int i = 0; i < 64; ++i) packet += "data: " + chunk + "\n\n";
  stream(Api::openai_chat, "meter 64 chat chunks in a piece", packet);
  stream(Api::openai_chat, "meter 1 MB SSE line", R"(data: {"choices":[{"delta":{"content":")" + std::string(1 << 20, 'x') + "\"}}]}\n\n");
  const std::string unary = R"({"id":"c","model":"gpt-6.1-sol","choices":[{"index":0,"message":{"role":"assistant","content":")" +
                            std::string(700, 'x') +
                            R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":7,"total_tokens":27}})";
  ResponseMeter meter;
  measure("meter unary 1 KB", unary.size(), [&] {
    meter.start(Api::openai_chat, BodyKind::json, 200);
    meter.feed(unary);
    meter.finish();
    sink = static_cast<std::size_t>(meter.seen().usage.input);
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) only = argv[1];
  for (const std::size_t size : {std::size_t{1024}, std::size_t{102400}}) {
    const std::string body = chat_body(size);
    measure(size == 1024 ? "peek chat body 1 KB" : "peek chat body 100 KB", body.size(), [&] { peek(body); });
  }
  bench_scanner();
  bench_meter();
  for (const char* target : {"/v1/chat/completions", "/v1/messages?beta=true", "/v1beta/models/gemini-4-argon:streamGenerateContent?alt=sse",
                             "/v1/threads/t/runs/r/steps", "/unknown/path"})
    measure(target, std::string_view{target}.size(), [&] { sink = classify("POST", target).label.size(); });
}
