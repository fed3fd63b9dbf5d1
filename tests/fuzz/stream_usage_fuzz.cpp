// Usage asked for in the client's place: a stream comes out the same in one piece and in many, with nothing in it that did not come in; and a question put
// into a request leaves a document that another reader takes, with the question in it and all else as it was.
#include <nlohmann/json.hpp>

#include "lectr/wire/peek.hpp"
#include "lectr/wire/stream_usage.hpp"
#include "pieces.hpp"

namespace {

using namespace lectr::wire;

void filter(std::string_view text, std::uint32_t cuts) {
  std::string whole, pieces;
  UsageFilter a, b;
  a.feed(text, whole);
  a.finish(whole);
  lectr::fuzz::feed_in_pieces(text, cuts, [&](std::string_view piece) { b.feed(piece, pieces); });
  b.finish(pieces);
  lectr::fuzz::must_be_equal(whole, pieces);
  std::size_t at = 0;
  for (const char c : whole) {
    at = text.find(c, at);
    if (at++ == text.npos) std::abort();
  }
}

void ask(std::string_view text) {
  nlohmann::json before;
  try {
    before = nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception&) { return; }
  RequestPeek peek;
  peek.start(BodyModel::json, "application/json");
  peek.feed(text);
  peek.finish();
  if (!before.is_object() || before.empty() || peek.seen().malformed) return;
  const auto edit = ask_for_usage(text, peek.seen().has_stream_options);
  if (!edit) return;
  nlohmann::json after = nlohmann::json::parse(std::string{text.substr(0, edit->begin)}.append(edit->text).append(text.substr(edit->end)));
  if (after.at("stream_options").at("include_usage") != true) std::abort();
  const auto options = before.find("stream_options");
  if (options == before.end() || options->is_null())
    before["stream_options"] = {{"include_usage", true}};
  else
    (*options)["include_usage"] = true;
  if (before != after) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::string text{lectr::fuzz::text_of(data + 2, size - 2)};
  filter(text, data[0] | data[1] << 8U);
  ask(text);
  return 0;
}
