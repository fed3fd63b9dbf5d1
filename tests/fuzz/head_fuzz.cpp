// Heads of both directions: no crash, no read out of bounds, places inside the bytes; what is accepted, Beast reads the same way.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lectr/net/head.hpp"
#include "support/beast_head.hpp"

using namespace lectr::net;

template <class Head>
static void check(std::string_view bytes, const Head& head) {
  if (head.size > bytes.size()) std::abort();
  for (const Field& f : head.fields)
    if (f.at + f.size > head.size || f.value_at + f.value_size > head.size) std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const HeadLimits limits{4096, 20};
  RequestHead request;
  if (const auto parsed = parse_request(bytes, limits, request); parsed && *parsed == Parsed::done) {
    check(bytes, request);
    if (!lectr::oracle::disagreement(bytes, request).empty()) std::abort();
    if (request.target(bytes).empty() || request.target(bytes).front() != '/') std::abort();
    if (request.line(bytes, request.fields.empty() ? Field{} : request.fields.front()).find('\0') != std::string_view::npos) std::abort();
  }
  ResponseHead response;
  if (const auto parsed = parse_response(bytes, limits, false, response); parsed && *parsed == Parsed::done) {
    check(bytes, response);
    if (!lectr::oracle::disagreement(bytes, response).empty()) std::abort();
  }
  return 0;
}
