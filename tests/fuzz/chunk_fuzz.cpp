// Chunked framing: any split of the same bytes ends in the same state, with the same payload.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lectr/net/framing.hpp"

using namespace lectr::net;

struct Outcome {
  ChunkScan::State state;
  std::size_t used;
  std::string payload;
  bool operator==(const Outcome&) const = default;
};

static Outcome run(std::string_view bytes, std::size_t step) {
  ChunkScan scan;
  Outcome out{ChunkScan::State::more, 0, {}};
  std::vector<std::string_view> pieces;
  while (!bytes.empty() && scan.state() == ChunkScan::State::more) {
    pieces.clear();
    const std::string_view part = bytes.substr(0, step);
    const std::size_t n = scan.feed(part, &pieces);
    for (const auto& p : pieces) out.payload += p;
    out.used += n;
    bytes.remove_prefix(part.size());
  }
  out.state = scan.state();
  return out;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const Outcome whole = run(bytes, size);
  if (!(run(bytes, 1) == whole) || !(run(bytes, 1 + data[0] % 7) == whole)) std::abort();
  return 0;
}
