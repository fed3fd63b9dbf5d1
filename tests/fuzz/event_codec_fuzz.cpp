// Journal bytes are not trusted: whatever they hold, decoding ends, stays within its input and the bounds of texts, and what it takes for an
// event survives being written and read again.
#include <cstdlib>
#include <cstring>
#include <string>

#include "events/codec.hpp"
#include "events/crc32c.hpp"
#include "lectr/events/queue.hpp"

namespace {

using namespace lectr;

void check(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t before = bytes.size();
    const auto event = events::decode(bytes);
    if (!event) return;
    if (bytes.size() >= before || event->feature.size() > kMaxFeature || event->notes.size() > kMaxNotes) std::abort();
    std::string again;
    events::encode(*event, again);
    std::string_view rest = again;
    const auto same = events::decode(rest);
    if (!same || same->id != event->id || same->feature.size() > event->feature.size() || !rest.empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  check(input);
  // The checksum keeps random bytes out; give them a right one, so that the fields are reached.
  if (size < events::kMaxRecord - events::kRecordHead - 1) {
    std::string body(1, static_cast<char>(events::kCodecVersion));
    body += input;
    const auto length = static_cast<std::uint32_t>(body.size()), crc = events::crc32c(body);
    std::string record(8, '\0');
    std::memcpy(record.data(), &length, 4);
    std::memcpy(record.data() + 4, &crc, 4);
    check(record + body);
  }
  return 0;
}
