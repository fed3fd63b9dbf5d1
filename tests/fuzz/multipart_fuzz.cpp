// RequestPeek over multipart/form-data. Input: two bytes that choose the cuts, the content type up to a line end, the body.
#include "lectr/wire/peek.hpp"
#include "pieces.hpp"

namespace {

using namespace lectr::wire;

std::string to_text(RequestPeek& peek, std::size_t size) {
  peek.finish();
  const Peeked& p = peek.seen();
  if (p.model_begin > p.model_end || p.model_end > size || p.model.size() > 128) std::abort();
  if (p.malformed) return "malformed";
  return std::string{p.model} + "|" + std::to_string(p.has_model) + "|" + std::to_string(p.model_begin) + "-" + std::to_string(p.model_end) + "|" +
         std::to_string(static_cast<int>(p.stream));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::uint32_t cuts = data[0] | data[1] << 8U;
  const std::string_view text = lectr::fuzz::text_of(data + 2, size - 2);
  const std::size_t line = std::min(text.find('\n'), text.size());
  const std::string type{text.substr(0, line)}, body{text.substr(std::min(line + 1, text.size()))};
  RequestPeek whole, cut;
  whole.start(BodyModel::multipart, type);
  whole.feed(body);
  cut.start(BodyModel::multipart, type);
  lectr::fuzz::feed_in_pieces(body, cuts, [&](std::string_view piece) { cut.feed(piece); });
  lectr::fuzz::must_be_equal(to_text(whole, body.size()), to_text(cut, body.size()));
  return 0;
}
