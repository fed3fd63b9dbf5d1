// What was asked, in short, and what will be answered. Pure: no socket, no clock but the number and time in the Ask.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/demo/modes.hpp"
#include "app/demo/route.hpp"

namespace lectr::demo {

// Everything an answer depends on; holds no reference into the request.
struct Ask {
  Route route;
  Modes modes;
  std::uint64_t number = 0;   // of the request; ids are made from it
  std::int64_t created = 0;   // unix seconds
  std::string method, model;  // model as asked for
  std::string answering;      // x-mock-model, or the same: the response's model
  bool stream = false, include_usage = false, obfuscation = true, alt_sse = false;
  std::optional<std::string> tool;  // the function to call
  std::size_t body_bytes = 0, inputs = 1;
  long dimensions = 0;
  bool base64 = false;
  std::string filename, purpose, format;  // of uploads and audio

  long input_tokens() const noexcept;                     // Lectr's convention: all prompt tokens
  long output_tokens() const noexcept;                    // all, with reasoning
  long output_tokens(std::size_t frames) const noexcept;  // so far in a stream
  long cached_tokens() const noexcept { return modes.tokens_cached.value_or(0); }
  long reasoning_tokens() const noexcept { return modes.tokens_reasoning.value_or(0); }
  std::size_t text_bytes() const noexcept { return modes.bytes.value_or(400); }  // with its frame a usual answer is about 1 KB
};
Ask make_ask(const MockRequest& request, Route route, std::uint64_t number, std::int64_t created);

// before + `fill` bytes of filler + after. The filler is made while it is sent, so a big answer costs no memory.
struct Body {
  std::string before;
  std::size_t fill = 0;
  std::string after;
};

struct StreamPlan {
  std::vector<std::string> first, last;                                               // frames around the content
  std::size_t deltas = 0;                                                             // content frames
  std::function<void(std::string& out, std::size_t i, std::string_view text)> delta;  // appends content frame i
  std::string garbled;                                                                // a frame that is no JSON, for that mode
  bool text = true;                                                                   // frames carry text that modes may widen
};

struct Reply {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string headers;  // whole lines
  Body body;
  std::optional<StreamPlan> stream;  // instead of body
};
Reply answer(const Ask& ask);
Reply refuse(const Ask& ask, Refusal why);
Reply error_reply(const Ask& ask, unsigned status, std::string_view message = {});

// Ids, rate limits and the like, as the provider sends them on every answer.
void append_provider_headers(std::string& out, const Ask& ask);

// One file per family.
Reply answer_chat(const Ask& ask);
Reply answer_completions(const Ask& ask);
Reply answer_responses(const Ask& ask);
Reply answer_messages(const Ask& ask);
Reply answer_count_tokens(const Ask& ask);
Reply answer_generate(const Ask& ask);
Reply answer_gemini_other(const Ask& ask);
Reply answer_embeddings(const Ask& ask);
Reply answer_models(const Ask& ask);
Reply answer_images(const Ask& ask);
Reply answer_speech(const Ask& ask);
Reply answer_transcriptions(const Ask& ask);
Reply answer_moderations(const Ask& ask);
Reply answer_files(const Ask& ask);
Reply answer_collection(const Ask& ask);

std::string chat_usage(const Ask& ask, long output);                                                     // OpenAI's names, Groq's extra fields
inline constexpr std::string_view kToolPieces[] = {"{\\\"", "location", "\\\":\\\"", "Paris", "\\\"}"};  // JSON-escaped arguments

}  // namespace lectr::demo
