#include "lectr/wire/endpoint.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lectr::wire {
namespace {

std::string to_text(const Endpoint& e) {
  static const char* const kApi[] = {"other", "chat", "completions", "responses", "embeddings", "messages", "gemini"};
  static const char* const kOwner[] = {"unknown", "shared", "anthropic", "gemini", "azure", "openai_v1", "gemini_openai"};
  static const char* const kShape[] = {"", " anthropic_errors", " gemini_errors"};
  static const char* const kBody[] = {"", " json", " form"};
  std::string out = std::string{e.label} + " " + kApi[static_cast<int>(e.api)] + " " + kOwner[static_cast<int>(e.owner)];
  out += kBody[static_cast<int>(e.body_model)];
  if (e.needs_model) out += " needed";
  if (e.streams_by_path) out += " streams";
  if (!e.path_model.empty()) out += " <" + std::string{e.path_model} + ">";
  return out + kShape[static_cast<int>(e.error_shape)];
}

struct Case {
  const char* request;
  const char* want;
};
class Classify : public ::testing::TestWithParam<Case> {};
TEST_P(Classify, Tells) {
  const std::string request = GetParam().request;
  const std::size_t space = request.find(' ');
  EXPECT_EQ(to_text(classify(request.substr(0, space), std::string_view{request}.substr(space + 1))), GetParam().want) << request;
}

INSTANTIATE_TEST_SUITE_P(
    Paths, Classify,
    ::testing::Values(
        Case{"POST /v1/chat/completions", "/v1/chat/completions chat shared json needed"},
        Case{"POST /v1/chat/completions/", "/v1/chat/completions chat shared json needed"},
        Case{"POST /v1/chat/completions?beta=1", "/v1/chat/completions chat shared json needed"},
        Case{"GET /v1/chat/completions", "/v1/chat/completions other shared"},
        Case{"GET /v1/chat/completions/chatcmpl-1/messages", "/v1/chat/completions/{id}/messages other shared"},
        Case{"POST /v1/chat/completionsx", "other other unknown"}, Case{"POST /v1/completions", "/v1/completions completions shared json needed"},
        Case{"POST /v1/responses", "/v1/responses responses shared json"}, Case{"GET /v1/responses/resp_1", "/v1/responses/{id} other shared"},
        Case{"POST /v1/responses/resp_1/cancel", "/v1/responses/{id}/cancel other shared"},
        Case{"POST /v1/embeddings", "/v1/embeddings embeddings shared json needed"},
        Case{"POST /v1/images/generations", "/v1/images/generations other shared json"},
        Case{"POST /v1/images/edits", "/v1/images/edits other shared form"},
        Case{"POST /v1/audio/speech", "/v1/audio/speech other shared json needed"},
        Case{"POST /v1/audio/transcriptions", "/v1/audio/transcriptions other shared form needed"},
        Case{"POST /v1/audio/translations", "/v1/audio/translations other shared form needed"},
        Case{"POST /v1/moderations", "/v1/moderations other shared json"}, Case{"GET /v1/models", "/v1/models other shared"},
        Case{"GET /v1/models/gpt-6", "/v1/models/{id} other shared"}, Case{"GET /v1/models/meta-llama/Llama-4", "/v1/models/{id} other shared"},
        Case{"GET /v1/models/ft:gpt-4o:org::id", "/v1/models/{id} other shared"}, Case{"POST /v1/files", "/v1/files other shared"},
        Case{"GET /v1/files/file-1/content", "/v1/files/{id}/content other shared"}, Case{"POST /v1/batches", "/v1/batches other shared"},
        Case{"POST /v1/uploads/u/parts", "/v1/uploads/{id}/parts other shared"},
        Case{"POST /v1/vector_stores/v/files/f/content", "/v1/vector_stores/* other shared"},
        Case{"POST /v1/threads/t/runs/r/steps", "/v1/threads/* other shared"},
        Case{"GET /v1/realtime?model=gpt-realtime&x=1", "/v1/realtime other shared <gpt-realtime>"},
        Case{"GET /v1/realtime?xmodel=a", "/v1/realtime other shared"}, Case{"POST /v1/nothing/known", "other other unknown"},
        Case{"POST /v1/messages", "/v1/messages messages anthropic json needed anthropic_errors"},
        Case{"POST /v1/messages?beta=true", "/v1/messages messages anthropic json needed anthropic_errors"},
        Case{"POST /v1/messages/count_tokens", "/v1/messages/count_tokens other anthropic json anthropic_errors"},
        Case{"GET /v1/messages/batches/b/results", "/v1/messages/batches/{id}/results other anthropic anthropic_errors"}),
    [](const auto& test) { return "p" + std::to_string(test.index); });

INSTANTIATE_TEST_SUITE_P(
    OtherBases, Classify,
    ::testing::Values(
        Case{"POST /v1beta/models/gemini-4-argon:generateContent",
             "/v1beta/models/{id}:generateContent gemini gemini <gemini-4-argon> gemini_errors"},
        Case{"POST /v1/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
             "/v1/models/{id}:streamGenerateContent gemini gemini streams <gemini-2.5-pro> gemini_errors"},
        Case{"POST /v1alpha/models/g:countTokens", "/v1alpha/models/{id}:countTokens other gemini <g> gemini_errors"},
        Case{"POST /v1beta/models/g:newVerb", "other other gemini gemini_errors"},
        Case{"GET /v1beta/models", "/v1beta/models other gemini gemini_errors"},
        Case{"POST /v1beta/interactions", "/v1beta/interactions other gemini gemini_errors"},
        Case{"POST /v1/interactions", "/v1/interactions other gemini gemini_errors"},
        Case{"POST /upload/v1beta/files", "/upload/* other gemini gemini_errors"},
        Case{"POST /v1beta/openai/chat/completions", "/v1beta/openai/chat/completions chat gemini_openai json needed"},
        Case{"POST /v1/projects/p/locations/l/publishers/google/models/gemini-3:generateContent",
             "/v1/projects/{id}/models/{id}:generateContent gemini unknown <gemini-3> gemini_errors"},
        Case{"POST /v1/projects/p/locations/l/publishers/anthropic/models/claude-opus-5@20260101:streamRawPredict",
             "/v1/projects/{id}/models/{id}:streamRawPredict messages unknown streams <claude-opus-5@20260101> anthropic_errors"},
        Case{"POST /openai/v1/chat/completions", "/openai/v1/chat/completions chat openai_v1 json needed"},
        Case{"POST /openai/v1/responses", "/openai/v1/responses responses openai_v1 json"}, Case{"POST /openai/v1/new", "other other openai_v1"},
        Case{"POST /openai/deployments/my-gpt/chat/completions?api-version=2024-10-21",
             "/openai/deployments/{id}/chat/completions chat azure json <my-gpt>"},
        Case{"POST /openai/deployments/w/audio/transcriptions", "/openai/deployments/{id}/audio/transcriptions other azure form <w>"},
        Case{"POST /openai/deployments/w/other", "other other azure <w>"}, Case{"POST /openai/deployments/w", "other other unknown"},
        Case{"POST /chat/completions", "/chat/completions chat shared json needed"}, Case{"POST /api/chat", "/api/chat other unknown json"},
        Case{"POST /api/v1/chat/completions", "/v1/chat/completions chat shared json"},
        Case{"POST /inference/v1/completions", "/v1/completions completions shared json"},
        Case{"POST /anthropic/v1/messages", "/v1/messages messages anthropic json anthropic_errors"}, Case{"POST /x/v1/files", "other other unknown"},
        Case{"POST /x/v1/models/m:generateContent", "other other unknown"},
        Case{"POST /model/anthropic.claude-3/converse-stream", "/model/{id}/converse-stream other unknown streams <anthropic.claude-3>"},
        Case{"GET /", "other other unknown"}, Case{"GET /v1", "other other unknown"}, Case{"GET /v1/", "other other unknown"},
        Case{"POST //v1/chat/completions", "/v1/chat/completions chat shared json"}, Case{"OPTIONS *", "other other unknown"},
        Case{"GET ?x", "other other unknown"}, Case{"post /v1/chat/completions", "/v1/chat/completions other shared"},
        Case{"POST /v1beta/openai/", "other other gemini gemini_errors"}, Case{"POST /openai/v1/", "other other unknown"}),
    [](const auto& test) { return "p" + std::to_string(test.index); });

}  // namespace
}  // namespace lectr::wire
