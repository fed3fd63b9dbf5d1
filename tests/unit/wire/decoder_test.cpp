#include "lectr/wire/decoder.hpp"

#include <brotli/encode.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <array>

#include "splits.hpp"

namespace lectr::wire {
namespace {

// window_bits as zlib has them: 31 gzip, 15 zlib, -15 raw.
std::string deflated(std::string_view text, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string brotli(std::string_view text) {
  std::size_t size = BrotliEncoderMaxCompressedSize(text.size());
  std::string out(size, '\0');
  BrotliEncoderCompress(5, 22, BROTLI_MODE_TEXT, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                        reinterpret_cast<std::uint8_t*>(out.data()));
  out.resize(size);
  return out;
}

std::string zstd(std::string_view text, int window_log = 0) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  if (window_log != 0) ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_outBuffer target{out.data(), out.size(), 0};
  ZSTD_inBuffer source{text.data(), text.size(), 0};
  while (ZSTD_compressStream2(context, &target, &source, window_log != 0 ? ZSTD_e_continue : ZSTD_e_end) != 0 && source.pos < source.size) {}
  ZSTD_compressStream2(context, &target, &source, ZSTD_e_end);
  ZSTD_freeCCtx(context);
  out.resize(target.pos);
  return out;
}

std::string decoded(std::string_view coding, const testing::Pieces& pieces, std::size_t max_output = 1 << 22, std::size_t scratch_size = 64) {
  const auto decoder = BodyDecoder::make(coding, max_output);
  if (!decoder) return "identity";
  std::vector<char> scratch(scratch_size);
  std::string out;
  for (const auto piece : pieces) {
    const std::string copy{piece};
    decoder->feed(copy, scratch, [&](std::string_view part) { out += part; });
  }
  return out + (decoder->broken() ? " (broken)" : "");
}

const std::string kText = [] {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "data: {\"n\":" + std::to_string(i * 7919) + "}\n\n";
  return text;
}();

struct Case {
  const char* name;
  const char* coding;
  std::string bytes, want;
};
class Decode : public ::testing::TestWithParam<Case> {};
TEST_P(Decode, Gives) {
  const auto run = [](const testing::Pieces& pieces) { return decoded(GetParam().coding, pieces); };
  EXPECT_EQ(testing::same_for_every_split(GetParam().bytes, run), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, Decode,
    ::testing::Values(Case{"gzip", "gzip", deflated(kText, 31), kText}, Case{"x_gzip", " X-GZip ", deflated(kText, 31), kText},
                      Case{"deflate", "deflate", deflated(kText, 15), kText}, Case{"deflate_raw", "deflate", deflated(kText, -15), kText},
                      Case{"deflate_raw_short", "deflate", deflated("a", -15), "a"}, Case{"deflate_raw_empty", "deflate", deflated("", -15), ""},
                      Case{"deflate_raw_stored", "deflate", std::string{"\x01\x03\x00\xFC\xFF", 5} + "abc", "abc"},
                      Case{"brotli", "br", brotli(kText), kText}, Case{"zstd", "zstd", zstd(kText), kText},
                      Case{"gzip_members", "gzip", deflated("one ", 31) + deflated("", 31) + deflated("two", 31), "one two"},
                      Case{"gzip_padding", "gzip", deflated("one", 31) + std::string(64, '\0'), "one"},
                      Case{"zstd_frames", "zstd", zstd("one ") + zstd("two"), "one two"},
                      Case{"gzip_cut", "gzip", deflated("hello", 31).substr(0, 12), "h"}, Case{"gzip_garbage", "gzip", "hello", " (broken)"},
                      Case{"brotli_garbage", "br", "\xFF\xFF\xFF\xFF", " (broken)"}, Case{"zstd_garbage", "zstd", "hello", " (broken)"},
                      Case{"empty", "gzip", "", ""}, Case{"unknown", "lzma", "x", " (broken)"}, Case{"stacked", "gzip, br", "x", " (broken)"},
                      Case{"identity", "identity", "x", "identity"}, Case{"none", "", "x", "identity"}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(BodyDecoder, StopsAtItsBound) {
  const std::string bomb(1 << 22, 'x');
  for (const auto& [coding, bytes] : std::array<std::pair<const char*, std::string>, 4>{
           {{"gzip", deflated(bomb, 31)}, {"deflate", deflated(bomb, -15)}, {"br", brotli(bomb)}, {"zstd", zstd(bomb)}}}) {
    EXPECT_EQ(decoded(coding, {bytes}, 1000), std::string(1000, 'x') + " (broken)") << coding;
    EXPECT_EQ(decoded(coding, testing::single_bytes(bytes), 1000, 7), std::string(1000, 'x') + " (broken)") << coding;
    EXPECT_EQ(decoded(coding, {bytes}, bomb.size(), 4096), bomb) << coding;
  }
}

TEST(BodyDecoder, RefusesALargeZstdWindow) {
  const std::string text(20 << 20, 'x');
  EXPECT_EQ(decoded("zstd", {zstd(text, 24)}, 1 << 30), " (broken)");
  EXPECT_EQ(decoded("zstd", {zstd(text, 23)}, 1 << 30, 65536), text);
}

TEST(BodyDecoder, GivesNothingIntoNoRoom) {
  const auto decoder = BodyDecoder::make("gzip", 1000);
  decoder->feed(deflated("x", 31), {}, [](std::string_view) { FAIL(); });
  EXPECT_TRUE(decoder->broken());
}

}  // namespace
}  // namespace lectr::wire
