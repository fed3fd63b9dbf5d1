#include "lectr/wire/meter.hpp"

#include <gtest/gtest.h>

#include "splits.hpp"

namespace lectr::wire {
namespace {

std::string to_text(const Metered& m) {
  std::string out;
  const auto add = [&](const char* name, std::int64_t value) {
    if (value >= 0) out += std::string{name} + "=" + std::to_string(value) + " ";
  };
  const Usage& u = m.usage;
  add("in", u.input), add("out", u.output), add("cached", u.cached), add("write", u.cache_write), add("write_1h", u.cache_write_1h);
  add("reasoning", u.reasoning), add("audio_in", u.audio_input), add("audio_out", u.audio_output), add("retry", m.retry_after_ms);
  if (m.measured.total() > 0) {
    out += "text=";
    for (const auto n : m.measured.bytes) out += std::to_string(n) + ",";
    out += "/" + std::to_string(m.measured.deltas) + " ";
  }
  if (!m.model.empty()) out += "model=" + std::string{m.model} + " ";
  if (!m.service_tier.empty()) out += "tier=" + std::string{m.service_tier} + " ";
  if (m.error != ErrorCategory::none) out += "error=" + std::string{lectr::to_text(m.error)} + " ";
  if (!m.error_code.empty()) out += "code=" + std::string{m.error_code} + " ";
  if (m.error_event) out += "event ";
  if (m.malformed) out += "malformed ";
  if (m.terminator) out += "end ";
  if (!out.empty()) out.pop_back();
  return out;
}

struct Case {
  const char* name;
  Api api;
  BodyKind kind;
  unsigned status;
  std::string body, want;
};

std::string meter(const Case& c, const testing::Pieces& pieces) {
  ResponseMeter meter;
  meter.start(c.api, c.kind, c.status);
  for (const auto piece : pieces) {
    const std::string copy{piece};  // of exact size, so that reading past it is seen by the sanitizer
    meter.feed(copy);
  }
  meter.finish();
  return to_text(meter.seen());
}

class Meter : public ::testing::TestWithParam<Case> {};
TEST_P(Meter, Sees) {
  EXPECT_EQ(testing::same_for_every_split(GetParam().body, [](const testing::Pieces& pieces) { return meter(GetParam(), pieces); }), GetParam().want);
}

std::string name_of(const ::testing::TestParamInfo<Case>& test) { return test.param.name; }

Case chat(const char* name, std::string body, std::string want) {
  return {name, Api::openai_chat, BodyKind::sse, 200, std::move(body), std::move(want)};
}
Case unary(const char* name, Api api, std::string body, std::string want) {
  return {name, api, BodyKind::json, 200, std::move(body), std::move(want)};
}
Case stream(const char* name, Api api, std::string body, std::string want) {
  return {name, api, BodyKind::sse, 200, std::move(body), std::move(want)};
}
Case failed(const char* name, unsigned status, std::string body, std::string want) {
  return {name, Api::openai_chat, BodyKind::json, status, std::move(body), std::move(want)};
}

std::string frame(std::string_view json) { return "data: " + std::string{json} + "\n\n"; }
std::string event(std::string_view name, std::string_view json) { return "event: " + std::string{name} + "\n" + frame(json); }

const std::string kHello =
    frame(
        R"({"id":"c","model":"gpt-6.1-sol-2026-10-01","service_tier":"default","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null,"obfuscation":"xyz"})") +
    frame(R"({"id":"c","choices":[{"index":0,"delta":{"content":"Hi €\n"}}],"usage":null})");
const std::string kStop = frame(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
const std::string kDone = frame("[DONE]");

INSTANTIATE_TEST_SUITE_P(
    Chat, Meter,
    ::testing::Values(
        chat(
            "with_usage",
            kHello +
                frame(
                    R"({"choices":[],"usage":{"prompt_tokens":20,"completion_tokens":7,"total_tokens":27,"prompt_tokens_details":{"cached_tokens":16,"audio_tokens":2,"cache_write_tokens":3},"completion_tokens_details":{"reasoning_tokens":4,"audio_tokens":1}}})") +
                kDone,
            "in=20 out=7 cached=16 write=3 reasoning=4 audio_in=2 audio_out=1 text=4,0,3,0,/1 model=gpt-6.1-sol-2026-10-01 tier=default end"),
        chat("without_usage", kHello + kStop + kDone, "text=4,0,3,0,/1 model=gpt-6.1-sol-2026-10-01 tier=default end"),
        chat("cut", kHello + "data: {\"choices\":[{\"delta\":{\"content\":\"ab", "text=6,0,3,0,/2 model=gpt-6.1-sol-2026-10-01 tier=default"),
        chat("done_without_line_end", "data: [DONE]", "end"), chat("done_with_spaces", "data:  [DONE] \r\n\r\n", "end"),
        chat("half_done", "data: [DON", ""), chat("not_done", "data: [DONE\n\n", "malformed"),
        chat("done_and_more", "data: [DONE]x\n\n", "malformed"), chat("cr_lines", "data: {\"model\":\"m\"}\r\rdata: [DONE]\r\r", "model=m end"),
        chat("crlf_lines", "data:{\"model\":\"m\"}\r\n\r\ndata:[DONE]\r\n\r\n", "model=m end"),
        chat("byte_order_mark",
             "\xEF\xBB\xBF"
             "data: {\"model\":\"m\"}\n\n",
             "model=m"),
        chat("comments_and_other_fields", ": OPENROUTER PROCESSING\n\nid: 1\nretry: 10\ndata\n\n:\n" + kDone, "end"),
        chat("data_in_lines", "data: {\"model\":\ndata: \"m\"}\n\n", "model=m"), chat("no_json", frame("oops") + kDone, "malformed end"),
        chat("no_json_at_the_end", "data: oops", "malformed"), chat("unfinished_json", frame("{\"a\":1") + kDone, "malformed end"),
        chat("goes_on_after_garbage", frame("oops") + frame(R"({"usage":{"prompt_tokens":1,"completion_tokens":2}})"), "in=1 out=2 malformed"),
        chat(
            "groq",
            frame(
                R"({"x_groq":{"id":"req_1","usage":{"queue_time":0.1,"prompt_tokens":5,"completion_tokens":6,"total_tokens":11}},"choices":[{"delta":{},"finish_reason":"stop"}]})") +
                kDone,
            "in=5 out=6 end"),
        chat("groq_fails_midway", kHello + frame(R"({"x_groq":{"error":"overloaded"}})"),
             "text=4,0,3,0,/1 model=gpt-6.1-sol-2026-10-01 tier=default error=capacity event"),
        chat("azure_first_chunk", frame(R"({"choices":[],"model":"","prompt_filter_results":[{"prompt_index":0}]})") + kHello,
             "text=4,0,3,0,/1 model=gpt-6.1-sol-2026-10-01 tier=default"),
        chat("cumulative_usage_is_not_added",
             frame(R"({"usage":{"prompt_tokens":9,"completion_tokens":1}})") + frame(R"({"usage":{"prompt_tokens":9,"completion_tokens":5}})") +
                 frame(R"({"usage":null})") + kDone,
             "in=9 out=5 end"),
        chat("reasoning_outside",
             frame(R"({"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":45,"completion_tokens_details":{"reasoning_tokens":30}}})"),
             "in=10 out=35 reasoning=30"),
        chat("reasoning_inside",
             frame(R"({"usage":{"prompt_tokens":10,"completion_tokens":35,"total_tokens":45,"completion_tokens_details":{"reasoning_tokens":30}}})"),
             "in=10 out=35 reasoning=30"),
        chat("citations_and_reasoning_outside",
             frame(R"({"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":22,"reasoning_tokens":4,"citation_tokens":3}})"),
             "in=10 out=12 reasoning=4"),
        chat("total_that_fits_nothing",
             frame(R"({"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":99,"completion_tokens_details":{"reasoning_tokens":3}}})"),
             "in=10 out=5 reasoning=3"),
        chat("deepseek_cache", frame(R"({"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":8}})"), "in=10 out=5 cached=8"),
        chat(
            "tools_reasoning_refusal",
            frame(
                R"({"choices":[{"delta":{"reasoning_content":"ab","refusal":"c","tool_calls":[{"index":0,"function":{"name":"f","arguments":"{\"a\":1}"}}]}}]})"),
            "text=10,0,0,0,/1"),
        chat("audio_data_is_not_text", frame(R"({"choices":[{"delta":{"audio":{"data":"AAAA"}}}]})"), ""),
        chat("negative_and_odd_counts", frame(R"({"usage":{"prompt_tokens":-1,"completion_tokens":"7","total_tokens":1.5}})"), ""),
        chat("huge_counts", frame(R"({"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":1e300}})"),
             "in=1000000000000000 out=1000000000000000"),
        chat("error_in_stream", kHello + frame(R"({"error":{"code":429,"message":"slow down"},"choices":[{"finish_reason":"error"}]})"),
             "text=4,0,3,0,/1 model=gpt-6.1-sol-2026-10-01 tier=default error=rate event"),
        chat("error_event", event("error", R"({"message":"x"})"), "error=capacity event"),
        unary(
            "unary", Api::openai_chat,
            R"({"model":"m","choices":[{"message":{"content":"abc","tool_calls":[{"function":{"arguments":"{}"}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}})",
            "in=3 out=2 text=5,0,0,0,/1 model=m end"),
        unary("unary_cut", Api::openai_chat, R"({"model":"m","choices":[)", "model=m"),
        unary("unary_no_json", Api::openai_chat, "<html>", "malformed"), unary("unary_empty", Api::openai_chat, "", ""),
        unary("unary_trailing", Api::openai_chat, "{}\n x", "malformed end"),
        unary("unary_bom", Api::openai_chat, "\xEF\xBB\xBF{\"model\":\"m\"}", "model=m end"),
        unary("unary_half_bom", Api::openai_chat, "\xEF\xBB{}", "malformed end"), unary("number", Api::openai_chat, "12", "end"),
        unary("error_in_200", Api::openai_chat, R"({"error":{"type":"overloaded_error"}})", "error=capacity code=overloaded_error event end"),
        unary("completions", Api::openai_completions, R"({"choices":[{"text":"abcd"}],"usage":{"prompt_tokens":1,"completion_tokens":1}})",
              "in=1 out=1 text=4,0,0,0,/1 end"),
        unary("embeddings", Api::openai_embeddings,
              R"({"object":"list","data":[{"embedding":[0.1,-2e-3]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":8,"total_tokens":8}})",
              "in=8 out=0 model=text-embedding-3-small end")),
    name_of);

const std::string kResponsesUsage =
    R"("usage":{"input_tokens":30,"input_tokens_details":{"cached_tokens":20,"cache_write_tokens":6,"cache_write_tokens_details":{"ttl_30m_tokens":2,"ttl_12h_tokens":4}},"output_tokens":12,"output_tokens_details":{"reasoning_tokens":5},"total_tokens":42})";

INSTANTIATE_TEST_SUITE_P(
    Responses, Meter,
    ::testing::Values(
        stream(
            "completed", Api::openai_responses,
            event("response.created", R"({"type":"response.created","response":{"model":"gpt-6","usage":null}})") +
                event("response.output_text.delta", R"({"type":"response.output_text.delta","delta":"hey"})") +
                event("response.completed",
                      R"({"type":"response.completed","response":{"model":"gpt-6-x","service_tier":"flex","output":[{"content":[{"text":"hey"}]}],)" +
                          kResponsesUsage + "}}"),
            "in=30 out=12 cached=20 write=6 write_1h=4 reasoning=5 text=3,0,0,0,/1 model=gpt-6-x tier=flex end"),
        stream("incomplete", Api::openai_responses,
               frame(R"({"type":"response.incomplete","response":{"usage":{"input_tokens":1,"output_tokens":2}}})"), "in=1 out=2 end"),
        stream("failed", Api::openai_responses,
               frame(R"({"type":"response.failed","response":{"error":{"code":"server_error","message":"x"},"usage":null}})"),
               "error=capacity code=server_error event end"),
        stream("rate_limited", Api::openai_responses, frame(R"({"type":"response.failed","response":{"error":{"code":"rate_limit_exceeded"}}})"),
               "error=rate code=rate_limit_exceeded event end"),
        stream("error", Api::openai_responses, frame(R"({"type":"error","code":"insufficient_quota","message":"x"})"),
               "error=money code=insufficient_quota event"),
        stream("audio_delta_is_no_text", Api::openai_responses,
               frame(R"({"delta":"AAAA","type":"response.audio.delta"})") + frame(R"({"type":"response.audio.transcript.delta","delta":"ab"})"),
               "text=2,0,0,0,/1"),
        stream("type_only_in_the_event", Api::openai_responses,
               event("response.completed", R"({"response":{"usage":{"input_tokens":1,"output_tokens":2}}})"), "in=1 out=2 end"),
        stream("done_is_not_its_end", Api::openai_responses, kDone, ""),
        unary("plain", Api::openai_responses,
              R"({"object":"response","model":"o4","error":null,"output":[{"type":"message","content":[{"type":"output_text","text":"hey"}]}],)" +
                  kResponsesUsage + "}",
              "in=30 out=12 cached=20 write=6 write_1h=4 reasoning=5 text=3,0,0,0,/1 model=o4 end")),
    name_of);

const std::string kStart = event(
    "message_start",
    R"({"type":"message_start","message":{"model":"claude-opus-5-5","usage":{"input_tokens":25,"cache_creation_input_tokens":100,"cache_read_input_tokens":1000,"cache_creation":{"ephemeral_5m_input_tokens":60,"ephemeral_1h_input_tokens":40},"output_tokens":1,"service_tier":"priority"}}})");

INSTANTIATE_TEST_SUITE_P(
    Anthropic, Meter,
    ::testing::Values(
        stream(
            "whole", Api::anthropic_messages,
            kStart + event("content_block_delta", R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}})") +
                event("ping", R"({"type":"ping"})") +
                event("content_block_delta", R"({"type":"content_block_delta","index":1,"delta":{"type":"thinking_delta","thinking":"hm"}})") +
                event("content_block_delta", R"({"type":"content_block_delta","index":1,"delta":{"type":"signature_delta","signature":"xxxx"}})") +
                event("content_block_delta",
                      R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}})") +
                event(
                    "message_delta",
                    R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15,"output_tokens_details":{"thinking_tokens":6}}})") +
                event("message_stop", R"({"type":"message_stop"})"),
            "in=1125 out=15 cached=1000 write=100 write_1h=40 reasoning=6 text=11,0,0,0,/3 model=claude-opus-5-5 tier=priority end"),
        stream("input_grows_with_tools", Api::anthropic_messages,
               kStart + frame(R"({"type":"message_delta","usage":{"input_tokens":30,"cache_read_input_tokens":null,"output_tokens":4}})"),
               "in=1130 out=4 cached=1000 write=100 write_1h=40 model=claude-opus-5-5 tier=priority"),
        stream("cut_after_start", Api::anthropic_messages, kStart,
               "in=1125 out=1 cached=1000 write=100 write_1h=40 model=claude-opus-5-5 tier=priority"),
        stream("overloaded", Api::anthropic_messages,
               event("error", R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"),
               "error=capacity code=overloaded_error event"),
        stream("fast", Api::anthropic_messages, frame(R"({"type":"message_delta","usage":{"speed":"fast","service_tier":"standard"}})"), "tier=fast"),
        unary("plain", Api::anthropic_messages,
              R"({"type":"message","model":"claude-haiku-5-5","content":[{"type":"text","text":"ok"}],"usage":{"input_tokens":5,"output_tokens":2}})",
              "in=5 out=2 text=2,0,0,0,/1 model=claude-haiku-5-5 end")),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Gemini, Meter,
    ::testing::Values(
        stream("sse", Api::gemini_generate,
               "data: "
               "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hi\"}]}}],\"usageMetadata\":{\"promptTokenCount\":4,\"totalTokenCount\":4},"
               "\"modelVersion\":\"gemini-4-argon\"}\r\n\r\n"
               "data: "
               "{\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":4,\"candidatesTokenCount\":3,"
               "\"thoughtsTokenCount\":10,\"cachedContentTokenCount\":2,\"toolUsePromptTokenCount\":5,"
               "\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":1},{\"modality\":\"AUDIO\",\"tokenCount\":3}],"
               "\"candidatesTokensDetails\":[{\"tokenCount\":2,\"modality\":\"AUDIO\"}],\"trafficType\":\"ON_DEMAND\"}}\r\n\r\n",
               "in=9 out=13 cached=2 reasoning=10 audio_in=3 audio_out=2 text=2,0,0,0,/1 model=gemini-4-argon tier=on_demand end"),
        stream("no_finish", Api::gemini_generate,
               frame(R"({"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"FINISH_REASON_UNSPECIFIED"}]})"), "text=2,0,0,0,/1"),
        stream("blocked", Api::gemini_generate, frame(R"({"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":4}})"),
               "in=4 end"),
        unary("array", Api::gemini_generate,
              R"([{"usageMetadata":{"promptTokenCount":4}},{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"candidatesTokenCount":2}}])",
              "in=4 out=2 end"),
        unary("array_without_finish", Api::gemini_generate, R"( [{"usageMetadata":{"promptTokenCount":4}}])", "in=4"),
        unary("array_cut", Api::gemini_generate, R"([{"candidates":[{"finishReason":"STOP"}]})", ""),
        unary("plain", Api::gemini_generate,
              R"({"candidates":[{"finishReason":"MAX_TOKENS"}],"usageMetadata":{"promptTokenCount":4,"thoughtsTokenCount":7}})",
              "in=4 out=7 reasoning=7 end")),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Other, Meter,
    ::testing::Values(
        Case{"ollama", Api::other, BodyKind::ndjson, 200,
             "{\"model\":\"llama\",\"message\":{\"content\":\"ab\"},\"done\":false}\n\n{\"done\":true,\"prompt_eval_count\":11,\"eval_count\":22}\n",
             "in=11 out=22 text=2,0,0,0,/1 model=llama end"},
        Case{"ollama_without_last_line_end", Api::other, BodyKind::ndjson, 200, "x\n{\"done\":true,\"eval_count\":2}", "out=2 end"},
        Case{"ollama_error", Api::other, BodyKind::ndjson, 200, "{\"error\":\"model crashed\"}\n", "error=capacity event"},
        Case{"image", Api::other, BodyKind::json, 200,
             R"({"data":[{"b64_json":"AAAA"}],"usage":{"input_tokens":5,"output_tokens":100,"total_tokens":105}})", "in=5 out=100 end"},
        Case{"job_with_empty_error", Api::other, BodyKind::json, 200, R"({"object":"fine_tuning.job","error":{"code":null}})", "end"},
        Case{"anything", Api::other, BodyKind::json, 200, "no json", ""}, Case{"binary", Api::openai_chat, BodyKind::opaque, 200, "\x01\x02", ""},
        Case{"interactions", Api::other, BodyKind::sse, 200,
             "event: interaction.completed\ndata: "
             "{\"event_type\":\"interaction.completed\",\"interaction\":{\"usage\":{\"total_input_tokens\":3,\"total_output_tokens\":4}}}\n\n",
             "in=3 out=4 end"},
        Case{"interactions_thoughts_inside", Api::other, BodyKind::json, 200,
             R"({"usage":{"total_input_tokens":3,"total_output_tokens":4,"total_thought_tokens":2,"total_tokens":7}})", "in=3 out=4 reasoning=2 end"},
        Case{"interactions_thoughts_outside", Api::other, BodyKind::json, 200,
             R"({"usage":{"total_input_tokens":3,"total_output_tokens":4,"total_thought_tokens":2,"total_tokens":9}})",
             "in=3 out=6 reasoning=2 end"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Errors, Meter,
    ::testing::Values(
        failed("openai_rate", 429, R"({"error":{"message":"m","type":"tokens","param":null,"code":"rate_limit_exceeded"}})",
               "error=rate code=rate_limit_exceeded end"),
        failed("openai_money", 429, R"({"error":{"type":"insufficient_quota","code":"credit_balance_exhausted"}})",
               "error=money code=credit_balance_exhausted end"),
        failed("openai_new_money_code", 429, R"({"error":{"type":"insufficient_quota","code":"never_heard_of_it"}})",
               "error=money code=insufficient_quota end"),
        failed("openai_key", 401, R"({"error":{"type":"invalid_request_error","code":"invalid_api_key"}})", "error=auth code=invalid_api_key end"),
        failed("openai_key_without_code", 401, R"({"error":{"type":"invalid_request_error","code":null}})",
               "error=auth code=invalid_request_error end"),
        failed("openai_overloaded", 503, R"({"error":{"code":"server_is_overloaded"}})", "error=capacity code=server_is_overloaded end"),
        failed("anthropic_rate", 429, R"({"type":"error","error":{"type":"rate_limit_error","message":"m"},"request_id":"r"})",
               "error=rate code=rate_limit_error end"),
        failed("anthropic_money", 429,
               R"({"type":"error","error":{"type":"rate_limit_error","details":{"error_code":"enforced_spend_limit_reached"}}})",
               "error=money code=enforced_spend_limit_reached end"),
        failed("anthropic_ramp", 429, R"({"type":"error","error":{"type":"rate_limit_error","details":{"error_code":"ramp_limit_exceeded"}}})",
               "error=rate code=ramp_limit_exceeded end"),
        failed("anthropic_overloaded", 529, R"({"type":"error","error":{"type":"overloaded_error"}})", "error=capacity code=overloaded_error end"),
        failed(
            "gemini_rate", 429,
            R"({"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"@type":"q","violations":[{"quotaId":"GenerateRequestsPerMinutePerProject"}]},{"retryDelay":"46.5s"}]}})",
            "retry=46500 error=rate code=RESOURCE_EXHAUSTED end"),
        failed(
            "gemini_daily", 429,
            R"([{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}}])",
            "error=money code=RESOURCE_EXHAUSTED end"),
        failed("gemini_key", 400, R"({"error":{"code":400,"status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}})",
               "error=auth code=API_KEY_INVALID end"),
        failed("azure_filter", 400, R"({"error":{"code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}})",
               "error=safety code=ResponsibleAIPolicyViolation end"),
        failed("azure_number", 429, R"({"error":{"code":"429","message":"m"}})", "error=rate end"),
        failed("vllm", 400, R"({"object":"error","type":"BadRequestError","code":400})", "error=request code=BadRequestError end"),
        failed("unknown_texts_stay_inside", 400, R"({"error":{"type":"secret","code":"also secret","status":"s"}})", "error=request end"),
        failed("string_error", 500, R"({"error":"boom"})", "error=capacity end"), failed("flex_full", 498, "", "error=capacity"),
        failed("payment", 402, "<html>", "error=money"), failed("gateway_timeout", 504, R"({"error")", "error=timeout"),
        failed("too_large", 413, "", "error=request"),
        failed("beyond_64k", 400, "{\"x\":\"" + std::string(70000, 'x') + R"(","error":{"code":"model_not_found"}})", "error=request"),
        Case{"sse_error_body", Api::anthropic_messages, BodyKind::sse, 529, event("error", R"({"type":"error","error":{"type":"overloaded_error"}})"),
             "error=capacity code=overloaded_error"}),
    name_of);

TEST(BodyKind, FollowsTheContentType) {
  struct Type {
    const char* text;
    BodyKind want;
  };
  for (const Type& type : {Type{"text/event-stream; charset=utf-8", BodyKind::sse},
                           {"Text/Event-Stream", BodyKind::sse},
                           {"application/json", BodyKind::json},
                           {"application/problem+json ; a=b", BodyKind::json},
                           {"application/x-ndjson", BodyKind::ndjson},
                           {"application/jsonl", BodyKind::ndjson},
                           {"audio/mpeg", BodyKind::opaque},
                           {"", BodyKind::opaque},
                           {"+json", BodyKind::opaque},
                           {"application/jsonx", BodyKind::opaque},
                           {"application/vnd.amazon.eventstream", BodyKind::opaque}})
    EXPECT_EQ(body_kind(type.text), type.want) << type.text;
}

TEST(ResponseMeter, ReadsAMegabyteLine) {
  const std::string body = frame(R"({"choices":[{"delta":{"content":")" + std::string(1 << 20, 'x') + R"("}}]})") + kDone;
  const Case c = chat("", body, "");
  EXPECT_EQ(meter(c, {body}), "text=1048576,0,0,0,/1 end");
  EXPECT_EQ(meter(c, testing::single_bytes(body)), "text=1048576,0,0,0,/1 end");
}

TEST(ResponseMeter, IsReusableMovableAndSilentBeforeItStarts) {
  ResponseMeter first;
  first.feed("x");
  first.finish();
  EXPECT_EQ(to_text(first.seen()), "");
  first.start(Api::openai_chat, BodyKind::json, 200);
  first.feed(R"({"model":"m")");
  ResponseMeter second = std::move(first);
  second.feed("}");
  EXPECT_EQ(to_text(second.seen()), "model=m end");
  second.start(Api::openai_chat, BodyKind::sse, 200);
  EXPECT_EQ(to_text(second.seen()), "");
}

struct EstimateCase {
  const char* name;
  Measured measured;
  const char* model;
  std::int64_t value, low, high;
};
class Estimate : public ::testing::TestWithParam<EstimateCase> {};
TEST_P(Estimate, StaysInItsBand) {
  const auto& c = GetParam();
  const TokenEstimate e = estimate_tokens(c.measured, c.model);
  EXPECT_EQ(e.value, c.value);
  EXPECT_EQ(e.low, c.low);
  EXPECT_EQ(e.high, c.high);
}
INSTANTIATE_TEST_SUITE_P(
    Models, Estimate,
    ::testing::Values(EstimateCase{"latin", {{4000, 0, 0, 0}, 1}, "gpt-4o", 1000, 800, 1350},
                      EstimateCase{"japanese", {{0, 0, 3999, 0}, 1}, "gpt-4o", 1000, 450, 1550},
                      EstimateCase{"half_way", {{2700, 1300, 0, 0}, 1}, "gpt-4o", 1000, 625, 1450},
                      EstimateCase{"old_claude", {{4000, 0, 0, 0}, 1}, "claude-3-5-sonnet-20241022", 1100, 770, 1595},
                      EstimateCase{"claude_4_6", {{4000, 0, 0, 0}, 1}, "claude-opus-4-6", 1100, 770, 1595},
                      EstimateCase{"claude_4_7", {{4000, 0, 0, 0}, 1}, "anthropic/claude-opus-4.7", 1450, 1015, 2103},
                      EstimateCase{"claude_4_dated", {{4000, 0, 0, 0}, 1}, "us.anthropic.claude-sonnet-4-20250514-v1:0", 1100, 770, 1595},
                      EstimateCase{"claude_5_thinks", {{4000, 0, 0, 0}, 1}, "claude-fable-5-2", 1450, 1015, -1},
                      EstimateCase{"o_series", {{4000, 0, 0, 0}, 1}, "o4-mini", 1000, 800, -1},
                      EstimateCase{"gpt_6", {{4000, 0, 0, 0}, 1}, "openai/gpt-6.1-sol", 1000, 800, -1},
                      EstimateCase{"gpt_5_chat", {{4000, 0, 0, 0}, 1}, "gpt-5-chat-latest", 1000, 800, 1350},
                      EstimateCase{"gemini", {{4000, 0, 0, 0}, 1}, "gemini-3.8-flash", 1000, 800, -1},
                      EstimateCase{"old_gemini", {{4000, 0, 0, 0}, 1}, "gemini-2.0-flash", 1000, 800, 1350},
                      EstimateCase{"nothing", {}, "gpt-4o", 0, 0, 0}, EstimateCase{"unknown_model", {{4000, 0, 0, 0}, 1}, "", 1000, 800, 1350}),
    [](const auto& test) { return std::string{test.param.name}; });

}  // namespace
}  // namespace lectr::wire
