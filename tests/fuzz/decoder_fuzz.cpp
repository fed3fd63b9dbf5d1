// BodyDecoder on hostile input: bounded, the same output in one piece and in many. First byte: the coding; two more: the cuts.
#include "lectr/wire/decoder.hpp"

#include "pieces.hpp"

namespace {

constexpr std::size_t kMaxOutput = 1 << 16;

std::string decoded(const char* coding, std::string_view text, std::uint32_t cuts, std::size_t scratch_size, bool whole) {
  const auto decoder = lectr::wire::BodyDecoder::make(coding, kMaxOutput);
  std::string scratch(scratch_size, '\0'), out;
  const auto feed = [&](std::string_view piece) { decoder->feed(piece, scratch, [&](std::string_view part) { out += part; }); };
  if (whole) {
    feed(std::string{text});
  } else {
    lectr::fuzz::feed_in_pieces(text, cuts, feed);
  }
  if (out.size() > kMaxOutput) std::abort();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr const char* kCodings[] = {"gzip", "deflate", "br", "zstd"};
  if (size < 4) return 0;
  const char* const coding = kCodings[data[0] % 4];
  const std::uint32_t cuts = data[1] | data[2] << 8U;
  const std::string_view text = lectr::fuzz::text_of(data + 3, size - 3);
  const std::string whole = decoded(coding, text, cuts, 4096, true), pieces = decoded(coding, text, cuts, 1 + cuts % 300, false);
  // After bad data it depends on the pieces how much of what came before it had left the codec.
  if (whole.compare(0, std::min(whole.size(), pieces.size()), pieces, 0, std::min(whole.size(), pieces.size())) != 0) std::abort();
  return 0;
}
