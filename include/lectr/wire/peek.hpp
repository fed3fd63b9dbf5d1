// Reads the few fields the gateway needs from a request body while it passes: never the content, nothing is copied but the model's name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "lectr/wire/endpoint.hpp"
#include "lectr/wire/measured.hpp"

namespace lectr::wire {

enum class Tri : std::uint8_t { absent, no, yes };

struct Peeked {
  std::string_view model;  // decoded, cut at kMaxModel bytes, control characters and broken UTF-8 as '?'; view into the peek
  bool has_model =
      false;  // a top-level "model" with a string value (or the multipart field) was seen. Duplicate keys: the last one counts, as in every common JSON reader
  std::size_t model_begin = 0, model_end = 0;  // raw bytes of the value in the body, quotes included (multipart: the part's content)
  std::uint8_t model_values = 0;               // top-level "model" values of any kind, or fields of that name: more than one can't be replaced by one
  Tri stream = Tri::absent;                    // top-level "stream"
  bool has_stream_options = false;             // the key is there, also with null
  Tri include_usage = Tri::absent;             // stream_options.include_usage
  std::int64_t max_output = -1;                // max_tokens, max_completion_tokens, max_output_tokens, generationConfig.maxOutputTokens
  Measured prompt;                             // lengths of the texts a model reads: messages, system, input; not tools, images or files
  bool unseen_input = false;                   // images, audio or files, whose tokens no length tells
  bool malformed = false;                      // certainly not the JSON / multipart it claims to be
};

// Incremental, resumable at every byte. No allocation after start(). One exchange, one thread.
class RequestPeek {
 public:
  RequestPeek();
  ~RequestPeek();
  RequestPeek(RequestPeek&&) noexcept;
  RequestPeek& operator=(RequestPeek&&) noexcept;

  // `content_type` is the header's value (multipart needs its boundary). BodyModel::none: feed() does nothing.
  void start(BodyModel kind, std::string_view content_type) noexcept;
  void feed(std::string_view bytes) noexcept;
  void finish() noexcept;  // the body is whole: an unclosed document is now malformed
  const Peeked& seen() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;  // a kilobyte that idle connections shall not hold
};

}  // namespace lectr::wire
