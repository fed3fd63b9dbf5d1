#include "app/demo/encode.hpp"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

namespace lectr::demo {
namespace {

constexpr std::size_t kRoom = 16 * 1024;

class ZlibEncoder final : public Encoder {
 public:
  // deflate means the zlib format (RFC 9110 §8.4.1.2); 16 added to the window bits asks for gzip.
  explicit ZlibEncoder(bool gzip) { deflateInit2(&z_, 5, Z_DEFLATED, 15 + (gzip ? 16 : 0), 8, Z_DEFAULT_STRATEGY); }
  ~ZlibEncoder() override { deflateEnd(&z_); }
  void add(std::string& out, std::string_view bytes) override { run(out, bytes, Z_SYNC_FLUSH); }
  void finish(std::string& out) override { run(out, {}, Z_FINISH); }

 private:
  void run(std::string& out, std::string_view bytes, int flush) {
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    z_.avail_in = static_cast<uInt>(bytes.size());
    Bytef room[kRoom];
    do {  // ends: a call that leaves room free has written all
      z_.next_out = room;
      z_.avail_out = kRoom;
      deflate(&z_, flush);
      out.append(reinterpret_cast<char*>(room), kRoom - z_.avail_out);
    } while (z_.avail_out == 0);
  }
  z_stream z_{};
};

class BrotliEncoder final : public Encoder {
 public:
  BrotliEncoder() { BrotliEncoderSetParameter(state_.get(), BROTLI_PARAM_QUALITY, 3); }
  void add(std::string& out, std::string_view bytes) override { run(out, bytes, BROTLI_OPERATION_FLUSH); }
  void finish(std::string& out) override { run(out, {}, BROTLI_OPERATION_FINISH); }

 private:
  void run(std::string& out, std::string_view bytes, BrotliEncoderOperation operation) {
    std::size_t left = bytes.size();
    const auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
    do {
      std::size_t none = 0;
      if (!BrotliEncoderCompressStream(state_.get(), operation, &left, &next, &none, nullptr, nullptr)) return;
      std::size_t size = 0;
      const std::uint8_t* made = BrotliEncoderTakeOutput(state_.get(), &size);
      out.append(reinterpret_cast<const char*>(made), size);
    } while (left > 0 || BrotliEncoderHasMoreOutput(state_.get()));
  }
  struct Free {
    void operator()(BrotliEncoderState* s) const noexcept { BrotliEncoderDestroyInstance(s); }
  };
  std::unique_ptr<BrotliEncoderState, Free> state_{BrotliEncoderCreateInstance(nullptr, nullptr, nullptr)};
};

class ZstdEncoder final : public Encoder {
 public:
  void add(std::string& out, std::string_view bytes) override { run(out, bytes, ZSTD_e_flush); }
  void finish(std::string& out) override { run(out, {}, ZSTD_e_end); }

 private:
  void run(std::string& out, std::string_view bytes, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    char room[kRoom];
    std::size_t left = 0;
    do {
      ZSTD_outBuffer made{room, kRoom, 0};
      left = ZSTD_compressStream2(context_.get(), &made, &in, directive);
      if (ZSTD_isError(left)) return;
      out.append(room, made.pos);
    } while (left > 0 || in.pos < in.size);
  }
  struct Free {
    void operator()(ZSTD_CCtx* c) const noexcept { ZSTD_freeCCtx(c); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context_{ZSTD_createCCtx()};
};

}  // namespace

std::unique_ptr<Encoder> make_encoder(Coding coding) {
  switch (coding) {
    case Coding::gzip: return std::make_unique<ZlibEncoder>(true);
    case Coding::deflate: return std::make_unique<ZlibEncoder>(false);
    case Coding::br: return std::make_unique<BrotliEncoder>();
    case Coding::zstd: return std::make_unique<ZstdEncoder>();
    case Coding::none: break;
  }
  return nullptr;
}

std::string_view coding_name(Coding coding) noexcept {
  constexpr std::string_view kNames[] = {"", "gzip", "deflate", "br", "zstd"};
  return kNames[static_cast<std::size_t>(coding)];
}

}  // namespace lectr::demo
