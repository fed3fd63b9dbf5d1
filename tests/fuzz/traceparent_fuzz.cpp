// What a client sends as `traceparent`: reading it ends, stays within its bytes, and what is taken for a trace is written as it was read.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "lectr/base/trace_context.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};  // its own memory, so that a byte too many is noticed
  const lectr::TraceContext t = lectr::parse_traceparent(text);
  if (!t.present()) {
    if (t != lectr::TraceContext{}) std::abort();
    return 0;
  }
  std::string again = text.substr(0, 3);
  const auto append = [&](auto& bytes) {
    char two[3];
    for (const unsigned byte : bytes) std::snprintf(two, sizeof two, "%02x", byte), again += two;
    again += '-';
  };
  append(t.trace_id);
  append(t.parent_id);
  const std::array<std::uint8_t, 1> flags{t.flags};
  append(flags);
  again.pop_back();
  if (text.compare(0, again.size(), again) != 0) std::abort();
  return 0;
}
