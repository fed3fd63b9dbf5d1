// Usage of streams whose clients did not ask for it: the request is made to ask (OpenAI's stream_options.include_usage), and what providers add to their
// answers for that is taken out again. Pure: bytes in, bytes out; nothing of them is kept but an event that is not whole yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lectr::wire {

// `text`, which is static, in place of the bytes [begin, end).
struct Edit {
  std::size_t begin = 0, end = 0;
  std::string_view text;
};

// The edit by which a request for a stream asks for its usage. `body`: the whole document, well-formed; `has_options`: it has a top-level
// stream_options (RequestPeek::seen). Nothing: one edit can't do it (written twice, or no object), or it asks already.
std::optional<Edit> ask_for_usage(std::string_view body, bool has_options) noexcept;

// Takes out of a stream of chat or completion chunks what was not asked for by the client: the chunk of the usage, whose `choices` is empty, and
// `"usage":null` in all others. All other bytes pass as they are. An event waits until it is whole, which costs no time where it comes in one piece.
class UsageFilter {
 public:
  // An event that is longer is no chunk of usage: from there on everything passes.
  static constexpr std::size_t kMaxEvent = std::size_t{256} * 1024;

  // Appends what the client gets of `payload` to `out`.
  void feed(std::string_view payload, std::string& out);
  // No byte follows.
  void finish(std::string& out);
  bool gave_up() const noexcept { return gave_up_; }

 private:
  std::size_t take_events(std::string_view text, std::size_t looked, std::string& out);

  enum class After : std::uint8_t { line, passed_cr, dropped_cr };  // a \n may follow that belongs to what ended last

  std::string held_;        // an event's first bytes
  std::size_t looked_ = 0;  // of held_, without its end
  After after_ = After::line;
  bool gave_up_ = false;
};

}  // namespace lectr::wire
