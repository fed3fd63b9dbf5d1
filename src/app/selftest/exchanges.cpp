#include "app/selftest/exchanges.hpp"

#include <sodium.h>
#include <zlib.h>

#include <charconv>
#include <stdexcept>
#include <string_view>

namespace lectr::app::selftest {
namespace {

constexpr std::size_t kUpload = 300'000, kDownload = 200'000, kLongLine = 1'000'000;

std::string canary() {
  unsigned char dice[16];
  ::randombytes_buf(dice, sizeof dice);
  char text[sizeof dice * 2 + 1];
  ::sodium_bin2hex(text, sizeof text, dice, sizeof dice);
  return "canary" + std::string{text};
}

std::string bytes_of_all_kinds(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i % 251);
  return out;
}

std::string gzip(const std::string& text) {
  z_stream z{};
  std::string out(::compressBound(static_cast<uLong>(text.size())) + 64, '\0');
  constexpr int kGzip = 15 + 16;
  if (::deflateInit2(&z, 6, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("zlib");
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  ::deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  ::deflateEnd(&z);
  return out;
}

std::string chunk(std::string_view payload, std::string_view extension = "") {
  char size[16];
  const auto end = std::to_chars(size, size + sizeof size, payload.size(), 16).ptr;
  return std::string{size, end}.append(extension).append("\r\n").append(payload).append("\r\n");
}

std::string with_length(std::string head, const std::string& body) {
  return head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct Writer {
  const Canaries& c;
  std::string bearer = "Authorization: Bearer " + c.credential + "\r\n", json = "Content-Type: application/json\r\n",
              ok_json =
                  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-request-id: req_selftest\r\nX-Odd:   spaced\t\r\nSet-Cookie: "
                  "a=1\r\nSet-Cookie: b=2\r\n",
              ok_stream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";

  std::string post(const std::string& target, const std::string& body, const std::string& more = "") const {
    return with_length(
        "POST " + target + " HTTP/1.1\r\nHost: selftest\r\n" + bearer + json + more + "User-Agent: selftest/1\r\nX-Twice: 1\r\nX-Twice: 2\r\n", body);
  }
  std::string chat(bool stream, const std::string& more = "") const {
    return R"({ "model" : "gpt-4o-mini",)" + (stream ? std::string{R"("stream":true,)"} : std::string{}) + more +
           "\n\t\"messages\":[{\"role\":\"user\",\"content\":\"\\u00e9\xC3\xA9 " + c.prompt + "\"}], \"x\" : 1.50 }";
  }
  std::string event(const std::string& document) const { return "data: " + document + "\n\n"; }

  Scripted plain() const {
    const std::string usage = R"("usage":{"prompt_tokens":18,"completion_tokens":100,"total_tokens":118})";
    return {"chat",
            post("/v1/chat/completions", chat(false)),
            with_length(ok_json, R"({"id":"c","model":"gpt-4o-mini","choices":[{"message":{"content":")" + c.answer + R"("}}],)" + usage + "}"),
            false,
            18,
            100};
  }
  // Chunks that cut a character, sizes with leading zeros, an extension.
  Scripted stream(bool usage) const {
    const std::string first = event(R"({"model":"gpt-4o-mini","choices":[{"delta":{"content":")" + c.answer + " \xE2\x82\xAC\"}}]}");
    const std::size_t cut = first.find('\xE2') + 1;
    std::string answer = ok_stream + chunk(first.substr(0, cut), ";a=b") + chunk(first.substr(cut));
    if (usage) answer += chunk(event(R"({"model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}})"));
    answer += chunk("data: [DONE]\n\n") + "000\r\n\r\n";
    const std::string ask = usage ? R"("stream_options":{"include_usage":true},)" : "";
    return {usage ? "chat, streamed" : "chat, streamed without usage",
            post("/v1/chat/completions", chat(true, ask)),
            answer,
            false,
            usage ? 7 : -1,
            usage ? 3 : -1};
  }
  Scripted responses() const {
    const auto named = [](const std::string& type, const std::string& rest) {
      return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + rest + "}\n\n";
    };
    return {"responses, streamed",
            post("/v1/responses", R"({"model":"gpt-4o-mini","stream":true,"input":")" + c.prompt + "\"}"),
            ok_stream + chunk(named("response.output_text.delta", R"("sequence_number":1,"delta":")" + c.answer + '"')) +
                chunk(named("response.completed",
                            R"("response":{"model":"gpt-4o-mini","usage":{"input_tokens":5,"output_tokens":4,"total_tokens":9}})")) +
                "0\r\n\r\n",
            false,
            5,
            4};
  }
  Scripted messages() const {
    const std::string request =
        with_length("POST /v1/messages HTTP/1.1\r\nHost: selftest\r\nx-api-key: " + c.credential + "\r\nanthropic-version: 2023-06-01\r\n" + json,
                    R"({"model":"claude-haiku-4-5","max_tokens":9,"stream":true,"messages":[{"role":"user","content":")" + c.prompt + "\"}]}");
    const auto named = [](const std::string& type, const std::string& rest) {
      return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + rest + "}\n\n";
    };
    return {"Anthropic messages, streamed",
            request,
            ok_stream + chunk(named("message_start", R"(,"message":{"model":"claude-haiku-4-5","usage":{"input_tokens":6,"output_tokens":1}})")) +
                chunk(named("content_block_delta", R"(,"index":0,"delta":{"type":"text_delta","text":")" + c.answer + "\"}")) +
                chunk(named("message_delta", R"(,"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":8})") + named("message_stop", "")) +
                "0\r\n\r\n",
            false,
            6,
            8};
  }
  Scripted gemini() const {
    const std::string request = with_length(
        "POST /v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse HTTP/1.1\r\nHost: selftest\r\nx-goog-api-key: " + c.credential + "\r\n" +
            json,
        R"({"contents":[{"parts":[{"text":")" + c.prompt + "\"}]}]}");
    return {
        "Gemini, streamed",
        request,
        ok_stream +
            chunk(
                R"(data: {"candidates":[{"content":{"parts":[{"text":")" + c.answer +
                R"("}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":2,"totalTokenCount":6},"modelVersion":"gemini-2.5-flash"})"
                "\r\n\r\n") +
            "0\r\n\r\n",
        false,
        4,
        2};
  }
  Scripted compressed() const {
    const std::string body = gzip(R"({"model":"gpt-4o-mini","choices":[{"message":{"content":")" + c.answer +
                                  R"("}}],"usage":{"prompt_tokens":3,"completion_tokens":2}})");
    return {"chat, compressed answer",
            post("/v1/chat/completions", chat(false), "Accept-Encoding: gzip, br\r\n"),
            with_length(ok_json + "Content-Encoding: gzip\r\n", body),
            false,
            3,
            2};
  }
  Scripted long_line() const {
    const std::string event_text =
        event(R"({"model":"gpt-4o-mini","choices":[{"delta":{"content":")" + c.answer + std::string(kLongLine, 'x') + "\"}}]}");
    return {"chat, an event of 1 MB", post("/v1/chat/completions", chat(true)),
            ok_stream + chunk(std::string_view{event_text}.substr(0, kLongLine / 2)) + chunk(std::string_view{event_text}.substr(kLongLine / 2)) +
                chunk("data: [DONE]\n\n") + "0\r\n\r\n"};
  }
  Scripted upload() const {
    const std::string body =
        "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; "
        "filename=\"" +
        c.prompt + "\"\r\n\r\n" + bytes_of_all_kinds(kUpload) + "\r\n--b--\r\n";
    const std::string head = "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: selftest\r\n" + bearer +
                             "Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n";
    return {"upload, chunked", head + chunk(body.substr(0, 1)) + chunk(body.substr(1, 70'000)) + chunk(body.substr(70'001)) + "0\r\nX-Sum: 1\r\n\r\n",
            with_length(ok_json, R"({"text":")" + c.answer + "\"}")};
  }
  Scripted download() const {
    return {"speech, binary", post("/v1/audio/speech", R"({"model":"tts-1","input":")" + c.prompt + "\"}"),
            with_length("HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n", bytes_of_all_kinds(kDownload) + c.answer)};
  }
  Scripted until_close() const {
    return {"answer ended by the close", post("/v1/things", R"({"a":")" + c.prompt + "\"}"),
            "HTTP/1.1 200 Fine By Me\r\nContent-Type: text/plain\r\n\r\n" + c.answer, true};
  }
  Scripted failure() const {
    return {"error of the provider", post("/v1/chat/completions", chat(false)),
            with_length("HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nretry-after: 7\r\nx-ratelimit-remaining-requests: 0\r\n",
                        R"({"error":{"message":")" + c.answer + R"(","type":"requests","code":"rate_limit_exceeded"}})")};
  }
  Scripted without_body() const {
    return {"no body either way", "DELETE /v1/files/f HTTP/1.1\r\nHost: selftest\r\n" + bearer + "\r\n",
            "HTTP/1.1 204 No Content\r\nx-request-id: r\r\n\r\n"};
  }
};

}  // namespace

Canaries make_canaries() { return {canary(), canary(), "sk-proj-" + canary()}; }

std::vector<Scripted> scripted_exchanges(const Canaries& canaries) {
  const Writer w{canaries};
  return {w.plain(),     w.stream(true), w.stream(false), w.responses(),   w.messages(), w.gemini(),      w.compressed(),
          w.long_line(), w.upload(),     w.download(),    w.until_close(), w.failure(),  w.without_body()};
}

}  // namespace lectr::app::selftest
