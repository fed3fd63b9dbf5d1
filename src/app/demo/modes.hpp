// What a request asks the mock to do to it: by x-mock-* headers, which a gateway passes on as it does any unknown header, or, where a
// client can't set headers, by a suffix of the model name: "gpt-5-mini--cut-3", "claude-haiku-4-5--error-529--latency-200".
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lectr::demo {

struct MockRequest;

enum class Framing : std::uint8_t { usual /* length or chunked, as the provider does */, chunked, close };
enum class Coding : std::uint8_t { none, gzip, deflate, br, zstd };

struct Modes {
  std::chrono::milliseconds latency{0};    // before the head                     x-mock-latency-ms, mode latency (100)
  std::chrono::milliseconds chunk_gap{0};  // before each frame but the first     x-mock-chunk-ms
  unsigned chunks = 16;                    // content frames of a stream          x-mock-chunks
  std::size_t chunk_bytes = 0;             // text per frame; 0: one word         x-mock-chunk-bytes
  unsigned status = 0;                     // 0: success                          x-mock-status, mode error (500)
  std::optional<unsigned> cut_after;       // frames before the close             x-mock-cut-after, mode cut (3)
  std::optional<unsigned> stall_after;     // frames before the silence           x-mock-stall-after, mode stall (3)
  std::optional<std::size_t> bytes;        // text of a unary answer, of the long line, of a download   x-mock-bytes, mode big (10 MiB)
  bool reset = false;                      // a cut is a RST, not a FIN           mode reset
  bool garble = false;                     // one frame, or the body, is no JSON  mode garble
  bool early = false;                      // answers before it reads the body    mode early
  bool slow_head = false;                  // the head comes in pieces of 16 bytes, chunk_gap (10 ms) apart   mode slow-head
  bool long_line = false;                  // one SSE line of 1 MiB               mode long-line
  bool utf8 = false;                       // text of many bytes per character, and every frame is split inside one   mode utf8
  bool trailer = false;                    // chunked answers end with a trailer field   mode trailer
  bool informational = false;              // 103 Early Hints first               mode early-hints
  Framing framing = Framing::usual;        // x-mock-framing: chunked | close
  Coding coding = Coding::none;            // x-mock-encoding, when accept-encoding has it too
  std::optional<long> tokens_input, tokens_output, tokens_cached, tokens_reasoning;  // x-mock-{input,output,cached,reasoning}-tokens

  bool waits() const noexcept { return latency.count() > 0 || slow_head || stall_after; }
};

Modes read_modes(const MockRequest& request) noexcept;
void add_model_suffix(Modes& modes, std::string_view model) noexcept;

}  // namespace lectr::demo
