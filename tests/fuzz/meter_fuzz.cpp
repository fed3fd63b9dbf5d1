// ResponseMeter over every API and framing: the same answer in one piece and in many; nothing but known texts leaves it.
#include "lectr/wire/meter.hpp"
#include "pieces.hpp"

namespace {

using namespace lectr::wire;

std::string to_text(ResponseMeter& meter) {
  meter.finish();
  const Metered& m = meter.seen();
  if (m.model.size() > 128 || m.error_code.size() > 64 || m.service_tier.size() > 32) std::abort();
  const Usage& u = m.usage;
  std::string out = std::string{m.model} + "|" + std::string{m.service_tier} + "|" + std::string{m.error_code};
  for (const std::int64_t n :
       {u.input, u.output, u.cached, u.cache_write, u.cache_write_1h, u.reasoning, u.audio_input, u.audio_output, m.retry_after_ms,
        m.measured.bytes[0], m.measured.bytes[1], m.measured.bytes[2], m.measured.bytes[3], m.measured.deltas}) {
    if (n < -1) std::abort();
    out += "|" + std::to_string(n);
  }
  for (const bool b : {m.terminator, m.error_event, m.malformed}) out += b ? "|1" : "|0";
  estimate_tokens(m.measured, m.model);
  return out + "|" + std::to_string(static_cast<int>(m.error));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr unsigned kStatus[] = {200, 200, 200, 400, 429, 529};
  if (size < 6) return 0;
  const auto api = static_cast<Api>(data[0] % 7);
  const auto kind = static_cast<BodyKind>(data[1] % 4);
  const unsigned status = kStatus[data[2] % 6];
  const std::uint32_t cuts = data[3] | data[4] << 8U;
  const std::string text{lectr::fuzz::text_of(data + 5, size - 5)};
  ResponseMeter whole, cut;
  whole.start(api, kind, status);
  whole.feed(text);
  cut.start(api, kind, status);
  lectr::fuzz::feed_in_pieces(text, cuts, [&](std::string_view piece) { cut.feed(piece); });
  lectr::fuzz::must_be_equal(to_text(whole), to_text(cut));
  return 0;
}
