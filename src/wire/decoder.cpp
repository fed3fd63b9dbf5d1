#include "lectr/wire/decoder.hpp"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <utility>

#include "lectr/base/text.hpp"

namespace lectr::wire {
namespace {

// Counts output and stops at the bound; the codec does one step at a time.
class BoundedDecoder : public BodyDecoder {
 public:
  explicit BoundedDecoder(std::size_t max_output) noexcept : left_{max_output} {}

 protected:
  void begin(std::string_view in) noexcept final { in_ = in; }

  std::string_view next(std::span<char> scratch) noexcept final {
    if (scratch.empty()) broken_ = true;
    while (!broken_) {
      const std::size_t before = in_.size();
      std::size_t produced = decode(in_, scratch);
      if (produced > left_) {
        produced = left_;
        broken_ = true;
      }
      left_ -= produced;
      if (produced != 0) return {scratch.data(), produced};
      if (in_.size() == before) break;  // no progress: the codec wants more input
    }
    in_ = {};
    return {};
  }

  // Consumes from the front of `in`, writes to out; returns how much. Sets broken_ on bad data.
  virtual std::size_t decode(std::string_view& in, std::span<char> out) noexcept = 0;

 private:
  std::string_view in_;
  std::size_t left_;
};

class UnknownDecoder final : public BodyDecoder {
 public:
  UnknownDecoder() noexcept { broken_ = true; }

 protected:
  void begin(std::string_view) noexcept override {}
  std::string_view next(std::span<char>) noexcept override { return {}; }
};

// gzip (RFC 1952, several members) and deflate, which means zlib (RFC 1950) but is sent raw by some (RFC 9110 §8.4.1.2).
class ZlibDecoder final : public BoundedDecoder {
 public:
  ZlibDecoder(bool gzip, std::size_t max_output) noexcept : BoundedDecoder{max_output}, gzip_{gzip} {
    if (gzip_) open(15 + 16);
  }
  ~ZlibDecoder() override {
    if (opened_) inflateEnd(&stream_);
  }
  ZlibDecoder(const ZlibDecoder&) = delete;
  ZlibDecoder& operator=(const ZlibDecoder&) = delete;

 protected:
  std::size_t decode(std::string_view& in, std::span<char> out) noexcept override {
    if (!opened_) choose_format(in);
    if (!opened_) return 0;
    if (!head_left_.empty()) {
      const std::size_t produced = run(head_left_, out);
      if (produced != 0 || broken_ || ended_) return produced;
    }
    if (ended_ && !reopen(in)) return 0;
    return run(in, out);
  }

 private:
  static uInt clamp(std::size_t size) noexcept { return static_cast<uInt>(std::min<std::size_t>(size, 1U << 30)); }

  std::size_t run(std::string_view& in, std::span<char> out) noexcept {
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data()));
    stream_.avail_in = clamp(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = clamp(out.size());
    const uInt given = stream_.avail_in, room = stream_.avail_out;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    in.remove_prefix(given - stream_.avail_in);
    if (result == Z_STREAM_END) {
      ended_ = true;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      broken_ = true;
    }
    return room - stream_.avail_out;
  }

  void open(int window_bits) noexcept {
    opened_ = inflateInit2(&stream_, window_bits) == Z_OK;
    broken_ = broken_ || !opened_;
  }

  // Two bytes tell a zlib header. The first is held back until the second is there, and is then given to the codec before it.
  void choose_format(std::string_view& in) noexcept {
    while (!in.empty() && head_length_ < 2) {
      head_[head_length_++] = in.front();
      in.remove_prefix(1);
    }
    if (head_length_ < 2) return;
    const auto first = static_cast<unsigned char>(head_[0]), second = static_cast<unsigned char>(head_[1]);
    const bool zlib = (first & 0x0F) == 8 && first >> 4 <= 7 && (first * 256U + second) % 31 == 0;
    open(zlib ? 15 : -15);
    head_left_ = {head_, 2};
  }

  // Behind a member: another one, or padding that nobody reads.
  bool reopen(std::string_view& in) noexcept {
    if (gzip_ && !in.empty() && in.front() == '\x1F') {
      ended_ = false;
      broken_ = inflateReset(&stream_) != Z_OK;
      return !broken_;
    }
    in = {};
    return false;
  }

  z_stream stream_{};
  bool gzip_ = false, opened_ = false, ended_ = false;
  std::size_t head_length_ = 0;
  std::string_view head_left_;  // of head_
  char head_[2] = {};
};

// RFC 7932; its window is at most 16 MiB, and held only as far as it is used.
class BrotliDecoder final : public BoundedDecoder {
 public:
  explicit BrotliDecoder(std::size_t max_output) noexcept
      : BoundedDecoder{max_output}, state_{BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)} {
    broken_ = state_ == nullptr;
  }
  ~BrotliDecoder() override {
    if (state_ != nullptr) BrotliDecoderDestroyInstance(state_);
  }
  BrotliDecoder(const BrotliDecoder&) = delete;
  BrotliDecoder& operator=(const BrotliDecoder&) = delete;

 protected:
  std::size_t decode(std::string_view& in, std::span<char> out) noexcept override {
    std::size_t in_left = in.size(), out_left = out.size();
    auto* next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    auto* next_out = reinterpret_cast<std::uint8_t*>(out.data());
    const BrotliDecoderResult result = BrotliDecoderDecompressStream(state_, &in_left, &next_in, &out_left, &next_out, nullptr);
    in.remove_prefix(in.size() - in_left);
    if (result == BROTLI_DECODER_RESULT_ERROR) broken_ = true;
    if (result == BROTLI_DECODER_RESULT_SUCCESS) in = {};
    return out.size() - out_left;
  }

 private:
  BrotliDecoderState* state_;
};

// RFC 8878, window as RFC 9659 bounds it for HTTP.
class ZstdDecoder final : public BoundedDecoder {
 public:
  explicit ZstdDecoder(std::size_t max_output) noexcept : BoundedDecoder{max_output}, stream_{ZSTD_createDStream()} {
    static constexpr int kWindowLog = 23;  // 8 MiB
    broken_ = stream_ == nullptr || ZSTD_isError(ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kWindowLog));
  }
  ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;

 protected:
  std::size_t decode(std::string_view& in, std::span<char> out) noexcept override {
    ZSTD_inBuffer source{in.data(), in.size(), 0};
    ZSTD_outBuffer target{out.data(), out.size(), 0};
    const std::size_t result = ZSTD_decompressStream(stream_, &target, &source);
    in.remove_prefix(source.pos);
    if (ZSTD_isError(result)) broken_ = true;
    return target.pos;
  }

 private:
  ZSTD_DStream* stream_;
};

}  // namespace

std::unique_ptr<BodyDecoder> BodyDecoder::make(std::string_view content_encoding, std::size_t max_output) {
  const std::string_view coding = trim(content_encoding);
  if (coding.empty() || iequals(coding, "identity")) return nullptr;
  if (iequals(coding, "gzip") || iequals(coding, "x-gzip")) return std::make_unique<ZlibDecoder>(true, max_output);
  if (iequals(coding, "deflate")) return std::make_unique<ZlibDecoder>(false, max_output);
  if (iequals(coding, "br")) return std::make_unique<BrotliDecoder>(max_output);
  if (iequals(coding, "zstd")) return std::make_unique<ZstdDecoder>(max_output);
  return std::make_unique<UnknownDecoder>();
}

}  // namespace lectr::wire
