// Every answer parses and carries what a client of that API looks at.
#include <gtest/gtest.h>

#include "demo_client.hpp"

namespace lectr::demo {
namespace {

using nlohmann::json;

Mock& mock() {
  static Mock one;
  return one;
}

struct UnaryCase {
  const char* name;
  const char* method;
  const char* target;
  Headers headers;
  const char* body;
  std::vector<std::pair<const char*, json>> want;  // pointer into the answer, value; null: only present
};

class Unary : public testing::TestWithParam<UnaryCase> {};
TEST_P(Unary, Parses) {
  const auto& c = GetParam();
  const Answer answer = mock().ask(c.method, c.target, c.headers, c.body);
  EXPECT_EQ(answer.status, 200u) << answer.body;
  EXPECT_TRUE(answer.whole);
  const json got = answer.json();
  ASSERT_FALSE(got.is_discarded()) << answer.body;
  for (const auto& [pointer, value] : c.want) {
    const json::json_pointer at{pointer};
    ASSERT_TRUE(got.contains(at)) << pointer << " in " << answer.body;
    if (!value.is_null()) { EXPECT_EQ(got[at], value) << pointer; }
  }
}

constexpr const char* kChat = R"({"model":"gpt-5-mini","messages":[{"role":"user","content":"say \"model\":\"no\""}]})";
constexpr const char* kTools =
    R"({"model":"gpt-5-mini","messages":[{"role":"user","content":"weather?"}],"tools":[{"type":"function","function":{"name":"get_weather","parameters":{}}}]})";
constexpr const char* kToolResult =
    R"({"model":"m","messages":[{"role":"tool","tool_call_id":"call_1","content":"18"}],"tools":[{"type":"function","function":{"name":"get_weather"}}]})";

INSTANTIATE_TEST_SUITE_P(
    Apis, Unary,
    testing::Values(
        UnaryCase{"openai_chat",
                  "POST",
                  "/v1/chat/completions",
                  kOpenAi,
                  kChat,
                  {{"/object", "chat.completion"},
                   {"/model", "gpt-5-mini"},
                   {"/choices/0/finish_reason", "stop"},
                   {"/usage/completion_tokens", 100},
                   {"/usage/prompt_tokens_details/cached_tokens", 0}}},
        UnaryCase{"openai_tokens_as_told",
                  "POST",
                  "/v1/chat/completions",
                  kOpenAi + Headers{{"x-mock-input-tokens", "70"},
                                    {"x-mock-output-tokens", "9"},
                                    {"x-mock-cached-tokens", "64"},
                                    {"x-mock-reasoning-tokens", "4"}},
                  kChat,
                  {{"/usage/prompt_tokens", 70},
                   {"/usage/completion_tokens", 9},
                   {"/usage/total_tokens", 79},
                   {"/usage/prompt_tokens_details/cached_tokens", 64},
                   {"/usage/completion_tokens_details/reasoning_tokens", 4}}},
        UnaryCase{"openai_other_model_answers",
                  "POST",
                  "/v1/chat/completions",
                  kOpenAi + Headers{{"x-mock-model", "gpt-5-mini-2025-08-07"}},
                  kChat,
                  {{"/model", "gpt-5-mini-2025-08-07"}}},
        UnaryCase{"openai_tools",
                  "POST",
                  "/v1/chat/completions",
                  kOpenAi,
                  kTools,
                  {{"/choices/0/finish_reason", "tool_calls"},
                   {"/choices/0/message/tool_calls/0/function/name", "get_weather"},
                   {"/choices/0/message/tool_calls/0/function/arguments", R"({"location":"Paris"})"}}},
        UnaryCase{"openai_tool_result_ends_the_loop", "POST", "/v1/chat/completions", kOpenAi, kToolResult, {{"/choices/0/finish_reason", "stop"}}},
        UnaryCase{"openai_completions",
                  "POST",
                  "/v1/completions",
                  kOpenAi,
                  R"({"model":"davinci-002","prompt":"x"})",
                  {{"/object", "text_completion"}, {"/choices/0/text", nullptr}}},
        UnaryCase{"openai_responses",
                  "POST",
                  "/v1/responses",
                  kOpenAi,
                  R"({"model":"gpt-5","input":"x"})",
                  {{"/object", "response"},
                   {"/status", "completed"},
                   {"/output/0/content/0/text", nullptr},
                   {"/usage/input_tokens_details/cached_tokens", 0}}},
        UnaryCase{"openai_responses_tools",
                  "POST",
                  "/v1/responses",
                  kOpenAi,
                  R"({"model":"gpt-5","input":"x","tools":[{"type":"function","name":"f"}]})",
                  {{"/output/0/type", "function_call"}, {"/output/0/name", "f"}}},
        UnaryCase{"openai_embeddings",
                  "POST",
                  "/v1/embeddings",
                  kOpenAi,
                  R"({"model":"text-embedding-3-small","input":["a","b"],"dimensions":8})",
                  {{"/data/1/index", 1}, {"/data/0/embedding/7", nullptr}, {"/usage/prompt_tokens", nullptr}}},
        UnaryCase{"openai_embeddings_base64",
                  "POST",
                  "/v1/embeddings",
                  kOpenAi,
                  R"({"model":"e","input":[1,2,3],"dimensions":3,"encoding_format":"base64"})",
                  {{"/data/0/embedding", "AAAAPwAAgL4AAAA/"}}},
        UnaryCase{"openai_models", "GET", "/v1/models", kOpenAi, "", {{"/object", "list"}, {"/data/0/object", "model"}}},
        UnaryCase{"openai_model", "GET", "/v1/models/gpt-5", kOpenAi, "", {{"/id", "gpt-5"}}},
        UnaryCase{"openai_images",
                  "POST",
                  "/v1/images/generations",
                  kOpenAi,
                  R"({"model":"gpt-image-1","prompt":"x"})",
                  {{"/data/0/b64_json", nullptr}, {"/usage/output_tokens", 272}}},
        UnaryCase{"openai_moderations",
                  "POST",
                  "/v1/moderations",
                  kOpenAi,
                  R"({"input":"x"})",
                  {{"/results/0/flagged", false}, {"/results/0/category_scores/violence", nullptr}}},
        UnaryCase{"openai_files", "GET", "/v1/files", kOpenAi, "", {{"/object", "list"}}},
        UnaryCase{"openai_file_delete", "DELETE", "/v1/files/file-1", kOpenAi, "", {{"/deleted", true}, {"/id", "file-1"}}},
        UnaryCase{"openai_batches", "GET", "/v1/batches", kOpenAi, "", {{"/object", "list"}}},
        UnaryCase{"anthropic_messages",
                  "POST",
                  "/v1/messages",
                  kAnthropic + Headers{{"x-mock-input-tokens", "100"}, {"x-mock-cached-tokens", "40"}},
                  R"({"model":"claude-haiku-4-5","max_tokens":9,"messages":[]})",
                  {{"/type", "message"},
                   {"/content/0/type", "text"},
                   {"/stop_reason", "end_turn"},
                   {"/usage/input_tokens", 60},
                   {"/usage/cache_read_input_tokens", 40}}},
        UnaryCase{"anthropic_tools",
                  "POST",
                  "/v1/messages",
                  kAnthropic,
                  R"({"model":"c","messages":[],"tools":[{"name":"f","input_schema":{}}]})",
                  {{"/content/0/type", "tool_use"}, {"/content/0/name", "f"}, {"/content/0/input/location", "Paris"}, {"/stop_reason", "tool_use"}}},
        UnaryCase{"anthropic_count", "POST", "/v1/messages/count_tokens", kAnthropic, R"({"model":"c","messages":[]})", {{"/input_tokens", nullptr}}},
        UnaryCase{"anthropic_models", "GET", "/v1/models", kAnthropic, "", {{"/data/0/type", "model"}}},
        UnaryCase{"gemini_generate",
                  "POST",
                  "/v1beta/models/gemini-2.5-pro:generateContent",
                  kGemini + Headers{{"x-mock-output-tokens", "50"}, {"x-mock-reasoning-tokens", "20"}},
                  R"({"contents":[]})",
                  {{"/candidates/0/finishReason", "STOP"},
                   {"/candidates/0/content/parts/0/text", nullptr},
                   {"/usageMetadata/candidatesTokenCount", 30},
                   {"/usageMetadata/thoughtsTokenCount", 20},
                   {"/modelVersion", "gemini-2.5-pro"}}},
        UnaryCase{"gemini_v1",
                  "POST",
                  "/v1/models/gemini-2.5-flash:generateContent",
                  kGemini,
                  R"({"contents":[]})",
                  {{"/modelVersion", "gemini-2.5-flash"}}},
        UnaryCase{"gemini_tools",
                  "POST",
                  "/v1beta/models/g:generateContent",
                  kGemini,
                  R"({"contents":[],"tools":[{"functionDeclarations":[{"name":"f"}]}]})",
                  {{"/candidates/0/content/parts/0/functionCall/name", "f"}}},
        UnaryCase{"gemini_count", "POST", "/v1beta/models/g:countTokens", kGemini, R"({"contents":[]})", {{"/totalTokens", nullptr}}},
        UnaryCase{
            "gemini_query_key", "POST", "/v1beta/models/g:generateContent?key=AIzaSydemo", {}, R"({"contents":[]})", {{"/candidates/0/index", 0}}},
        UnaryCase{"gemini_compatible",
                  "POST",
                  "/v1beta/openai/chat/completions",
                  kOpenAi,
                  R"({"model":"gemini-2.5-pro"})",
                  {{"/object", "chat.completion"}, {"/usage/total_tokens", nullptr}}},
        UnaryCase{"groq_chat",
                  "POST",
                  "/openai/v1/chat/completions",
                  kGroq,
                  R"({"model":"llama-3.1-8b-instant"})",
                  {{"/usage/total_time", nullptr}, {"/x_groq/id", nullptr}}},
        UnaryCase{"azure_deployment",
                  "POST",
                  "/openai/deployments/my%20model/chat/completions?api-version=2024-10-21",
                  kAzure,
                  R"({"messages":[]})",
                  {{"/model", "my model"}, {"/prompt_filter_results/0/prompt_index", 0}, {"/choices/0/content_filter_results/hate/filtered", false}}},
        UnaryCase{"azure_v1",
                  "POST",
                  "/openai/v1/chat/completions",
                  kAzure,
                  R"({"model":"mine"})",
                  {{"/model", "mine"}, {"/prompt_filter_results", nullptr}}}),
    [](const auto& c) { return std::string{c.param.name}; });

std::string gathered(const std::vector<json>& data, const json::json_pointer& at) {
  std::string text;
  for (const json& frame : data)
    if (frame.contains(at) && frame[at].is_string()) text += frame[at].get<std::string>();
  return text;
}

TEST(Stream, OpenAiChatWithoutUsageHasNoneAnywhere) {
  const Answer answer =
      mock().ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-chunks", "5"}}, R"({"model":"gpt-5-mini","stream":true})");
  const auto data = answer.data();
  ASSERT_EQ(data.size(), 7u);  // role, five words, finish
  EXPECT_EQ(answer.headers.at("content-type"), "text/event-stream; charset=utf-8");
  EXPECT_EQ(answer.frames().back(), "data: [DONE]");
  EXPECT_EQ(data[0]["choices"][0]["delta"]["role"], "assistant");
  EXPECT_EQ(gathered(data, json::json_pointer{"/choices/0/delta/content"}), "Sure, here is a");
  EXPECT_EQ(data[6]["choices"][0]["finish_reason"], "stop");
  for (const json& frame : data) {
    EXPECT_FALSE(frame.contains("usage"));
    EXPECT_TRUE(frame.contains("obfuscation"));
  }
}

TEST(Stream, OpenAiChatWithUsageHasItOnceAndNullElsewhere) {
  const Answer answer = mock().ask("POST", "/v1/chat/completions", kOpenAi + Headers{{"x-mock-chunks", "3"}},
                                   R"({"model":"m","stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}})");
  const auto data = answer.data();
  ASSERT_EQ(data.size(), 6u);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(data[i].contains("usage") && data[i]["usage"].is_null()) << data[i];
    EXPECT_FALSE(data[i].contains("obfuscation"));
  }
  EXPECT_TRUE(data[5]["choices"].empty());
  EXPECT_EQ(data[5]["usage"]["completion_tokens"], 3);
}

TEST(Stream, OpenAiToolArgumentsComeInPieces) {
  std::string body = kTools;
  body.insert(1, "\"stream\":true,");
  const auto data = mock().ask("POST", "/v1/chat/completions", kOpenAi, body).data();
  EXPECT_EQ(data[0]["choices"][0]["delta"]["tool_calls"][0]["function"]["name"], "get_weather");
  EXPECT_EQ(json::parse(gathered(data, json::json_pointer{"/choices/0/delta/tool_calls/0/function/arguments"}))["location"], "Paris");
  EXPECT_EQ(data.back()["choices"][0]["finish_reason"], "tool_calls");
}

TEST(Stream, ResponsesAreNumberedAndEndWithTheWhole) {
  const Answer answer =
      mock().ask("POST", "/v1/responses", kOpenAi + Headers{{"x-mock-chunks", "4"}}, R"({"model":"gpt-5","input":"x","stream":true})");
  const auto data = answer.data();
  ASSERT_EQ(data.size(), 12u);
  for (std::size_t i = 0; i < data.size(); ++i) {
    EXPECT_EQ(data[i]["sequence_number"], i);
    EXPECT_TRUE(answer.frames()[i].starts_with("event: " + data[i]["type"].get<std::string>() + "\n"));
  }
  EXPECT_EQ(data.front()["type"], "response.created");
  EXPECT_EQ(data.back()["type"], "response.completed");
  EXPECT_EQ(data.back()["response"]["usage"]["output_tokens"], 4);
  EXPECT_EQ(data.back()["response"]["output"][0]["content"][0]["text"], gathered(data, json::json_pointer{"/delta"}));
}

TEST(Stream, AnthropicEventsInOrder) {
  const Answer answer =
      mock().ask("POST", "/v1/messages", kAnthropic + Headers{{"x-mock-chunks", "2"}}, R"({"model":"claude-haiku-4-5","stream":true})");
  std::string order;
  for (const json& frame : answer.data()) order += frame["type"].get<std::string>() + " ";
  EXPECT_EQ(order, "message_start content_block_start ping content_block_delta content_block_delta content_block_stop message_delta message_stop ");
  EXPECT_EQ(answer.data()[0]["message"]["usage"]["output_tokens"], 1);
  EXPECT_EQ(answer.data()[6]["usage"]["output_tokens"], 2);
}

TEST(Stream, GeminiSseIsCumulativeAndEndsLinesWithCrLf) {
  const Answer answer =
      mock().ask("POST", "/v1beta/models/g:streamGenerateContent?alt=sse", kGemini + Headers{{"x-mock-chunks", "3"}}, R"({"contents":[]})");
  EXPECT_TRUE(answer.body.ends_with("}\r\n\r\n"));
  const auto data = answer.data();
  ASSERT_EQ(data.size(), 3u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(data[static_cast<std::size_t>(i)]["usageMetadata"]["candidatesTokenCount"], i + 1);
  EXPECT_FALSE(data[1]["candidates"][0].contains("finishReason"));
  EXPECT_EQ(data[2]["candidates"][0]["finishReason"], "STOP");
}

TEST(Stream, GeminiWithoutSseIsOneArray) {
  const json array =
      mock().ask("POST", "/v1beta/models/g:streamGenerateContent", kGemini + Headers{{"x-mock-chunks", "3"}}, R"({"contents":[]})").json();
  ASSERT_TRUE(array.is_array());
  EXPECT_EQ(array.size(), 3u);
}

TEST(Stream, GroqHasItsUsageInItsOwnPlace) {
  const auto data =
      mock()
          .ask("POST", "/openai/v1/chat/completions", kGroq + Headers{{"x-mock-chunks", "2"}}, R"({"model":"llama-3.1-8b-instant","stream":true})")
          .data();
  ASSERT_EQ(data.size(), 4u);
  EXPECT_TRUE(data[0]["x_groq"].contains("id"));
  EXPECT_EQ(data[3]["x_groq"]["usage"]["completion_tokens"], 2);
}

TEST(Stream, AzureStartsWithAnEmptyChunkThatIsNoUsage) {
  const auto data =
      mock().ask("POST", "/openai/deployments/d/chat/completions", kAzure, R"({"stream":true,"stream_options":{"include_usage":true}})").data();
  EXPECT_TRUE(data[0]["choices"].empty());
  EXPECT_TRUE(data[0].contains("prompt_filter_results") && !data[0].contains("usage"));
  EXPECT_EQ(data.back()["usage"]["completion_tokens"], 16);
}

TEST(Files, UploadIsReadDownloadHasItsLength) {
  const std::string body =
      "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; "
      "filename=\"a.jsonl\"\r\n\r\n{}\r\n--b--\r\n";
  const json file =
      mock().ask("POST", "/v1/files", {{"authorization", "Bearer sk-demo"}, {"content-type", "multipart/form-data; boundary=b"}}, body).json();
  EXPECT_EQ(file["filename"], "a.jsonl");
  EXPECT_EQ(file["purpose"], "batch");
  EXPECT_EQ(mock().ask("GET", "/v1/files/file-1/content", kOpenAi + Headers{{"x-mock-bytes", "5000"}}).body.size(), 5000u);
}

TEST(Audio, SpeechIsBinaryTranscriptionIsText) {
  const Answer speech = mock().ask("POST", "/v1/audio/speech", kOpenAi + Headers{{"x-mock-chunks", "4"}}, R"({"model":"tts-1","input":"x"})");
  EXPECT_EQ(speech.headers.at("content-type"), "audio/mpeg");
  EXPECT_EQ(speech.body.size(), 4096u);
  const std::string body = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--b--\r\n";
  const Headers multipart{{"authorization", "Bearer sk-demo"}, {"content-type", "multipart/form-data; boundary=b"}};
  EXPECT_TRUE(mock().ask("POST", "/v1/audio/transcriptions", multipart, body).json().contains("text"));
}

}  // namespace
}  // namespace lectr::demo
