// RequestPeek over JSON: the same answer in one piece and in many, and the same opinion as another reader on what is JSON.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "lectr/wire/peek.hpp"
#include "pieces.hpp"

namespace {

using namespace lectr::wire;

std::string to_text(RequestPeek& peek) {
  peek.finish();
  const Peeked& p = peek.seen();
  if (p.malformed) return "malformed";
  return std::string{p.model} + "|" + std::to_string(p.has_model) + "|" + std::to_string(p.model_begin) + "-" + std::to_string(p.model_end) + "|" +
         std::to_string(static_cast<int>(p.stream)) + "|" + std::to_string(p.has_stream_options) + "|" +
         std::to_string(static_cast<int>(p.include_usage)) + "|" + std::to_string(p.max_output);
}

// Nesting below 128 levels, invalid UTF-8, lone surrogates and numbers beyond a double are left to others on purpose; the other reader takes a
// NUL for the end of its input.
bool comparable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c != 0 && static_cast<unsigned char>(c) < 0x80; }) &&
         text.find("\\u") == text.npos && std::count(text.begin(), text.end(), '[') + std::count(text.begin(), text.end(), '{') < 128;
}

void compare(std::string_view text, const Peeked& seen) {
  std::string why;
  nlohmann::json doc;
  try {
    doc = nlohmann::json::parse(text);
  } catch (const nlohmann::json::out_of_range&) { return; } catch (const nlohmann::json::exception& e) {
    why = e.what();
  }
  const bool blank = text.find_first_not_of(" \t\r\n") == text.npos;
  if (!blank && seen.malformed != !why.empty()) std::abort();
  if (!why.empty() || !doc.is_object()) return;
  const auto model = doc.find("model");
  const bool has_model = model != doc.end() && model->is_string();
  if (seen.has_model != has_model) std::abort();
  std::string name = has_model ? model->get<std::string>().substr(0, 128) : "";
  for (char& c : name)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  if (seen.model != name) std::abort();
  if (has_model && nlohmann::json::parse(text.substr(seen.model_begin, seen.model_end - seen.model_begin)) != *model) std::abort();
  const auto stream = doc.find("stream");
  const Tri want = stream == doc.end() || !stream->is_boolean() ? Tri::absent : stream->get<bool>() ? Tri::yes : Tri::no;
  if (seen.stream != want) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::uint32_t cuts = data[0] | data[1] << 8U;
  const std::string text{lectr::fuzz::text_of(data + 2, size - 2)};
  RequestPeek whole, cut;
  whole.start(BodyModel::json, "application/json");
  whole.feed(text);
  cut.start(BodyModel::json, "application/json");
  lectr::fuzz::feed_in_pieces(text, cuts, [&](std::string_view piece) { cut.feed(piece); });
  lectr::fuzz::must_be_equal(to_text(whole), to_text(cut));
  if (comparable(text)) compare(text, whole.seen());
  return 0;
}
